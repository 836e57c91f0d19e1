// States of list and station that no order passes through: skeleton, nothing found, closed, no free pump.

import { expect, test } from "../support/fixtures.ts";
import { STATION_NAME, STATION_SEARCH, heading, open, screen, stationLink } from "../support/journey.ts";

test("while a station loads its place is kept, and nothing moves when it comes", async ({ page, checkScreen }) => {
  await open(page, STATION_SEARCH);
  let answer = () => {};
  const held = new Promise<void>((resolve) => (answer = resolve));
  await page.route("**/api/stations/get", async (route) => {
    await held;
    await route.continue();
  });
  await stationLink(page, STATION_NAME).click();
  await expect(page.getByRole("heading", { name: "Загружаем АЗС…" })).toBeAttached();
  await checkScreen(page, "0-skeleton");
  answer();
  await expect(heading(page, STATION_NAME)).toBeVisible();
});

test("nothing found says what to do", async ({ page, checkScreen }) => {
  await open(page, "/?q=%D1%8D%D1%8D%D1%8D%D1%8D%D1%8D");
  await expect(page.getByText("Ничего не нашли. Измените фильтр.")).toBeVisible();
  await checkScreen(page, "1-empty");
  await page.getByRole("button", { name: "Сбросить фильтр" }).click();
  await expect(page.locator(".station-list > li")).not.toHaveCount(0);
});

test("a station that is closed says so, and takes no order", async ({ page, checkScreen }) => {
  await open(page, "/stations/yug-7");
  await expect(screen(page, "station")).toContainText("АЗС временно не работает: Плановый ремонт резервуаров");
  await checkScreen(page, "2-closed");
  await expect(page.getByRole("radio", { name: /^Колонка/, disabled: false })).toHaveCount(0);
});

test("a station whose pumps are all taken says so, and a pump may be chosen for later", async ({ page, checkScreen }) => {
  await open(page, "/stations/baltika-6");
  await page.getByRole("radio", { name: /^АИ-95/ }).check();
  const pumps = page.getByRole("radio", { name: /^Колонка/ });
  await expect(pumps).toHaveCount(4);
  await expect(page.getByRole("radio", { name: /^Колонка \d, занята$/, disabled: false })).toHaveCount(3);
  await expect(page.getByRole("radio", { name: "Колонка 3, не работает" })).toBeDisabled();
  await page.locator("label.pump").first().click();
  await expect(page.getByRole("radio", { name: "Колонка 1, занята" })).toBeChecked();
  await expect(screen(page, "station")).toContainText("Колонка 1 сейчас занята или не работает.");
  await checkScreen(page, "2-full");
});
