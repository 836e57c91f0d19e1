// What a customer looks for: filters with counts, results while typing, order, and what this device remembers.

import { expect, test } from "../support/fixtures.ts";
import {
  FIRST_NAME,
  GAS_STATION_NAME,
  STATION,
  STATION_NAME,
  answerPayment,
  goToPaymentPage,
  heading,
  hydrated,
  open,
  screen,
  stationLink,
} from "../support/journey.ts";
import type { Locator, Page } from "@playwright/test";

function filters(page: Page): Locator {
  return page.getByRole("dialog", { name: "Фильтры" });
}

async function openFilters(page: Page): Promise<Locator> {
  await page.getByRole("button", { name: /^Фильтры/ }).click();
  await expect(filters(page).getByRole("checkbox", { name: /^АИ-95 · [1-9]/ })).toBeVisible();
  return filters(page);
}

/** The count in a label such as «АИ-95 · 14». */
async function countOf(chip: Locator): Promise<number> {
  const text = await chip.evaluate((one) => one.closest("label")?.textContent ?? "");
  return Number(text.split("·")[1]?.replace(/\s/g, ""));
}

function rows(page: Page): Locator {
  return page.locator(".station-list > li");
}

test("filters show how many stations they would leave, and the address keeps them", async ({ page, checkScreen }) => {
  await open(page, "/");
  const sheet = await openFilters(page);
  await checkScreen(page, "1-filters");
  const wash = sheet.getByRole("checkbox", { name: /^Мойка/ });
  const left = await countOf(wash);
  await wash.check();
  await sheet.getByRole("checkbox", { name: /^Открыто сейчас/ }).check();
  await sheet.getByRole("checkbox", { name: /^Север/ }).check();
  const show = sheet.getByRole("button", { name: /^Показать \d+ АЗС$/ });
  await expect(wash).toBeChecked();
  await expect.poll(() => countOf(wash), "fewer under more filters").toBeLessThan(left);
  const total = Number((await show.textContent())?.match(/\d+/)?.[0]);
  await show.click();

  await expect(filters(page)).toHaveCount(0);
  await expect(page).toHaveURL(/brand=/);
  await expect(page).toHaveURL(/service=car_wash/);
  await expect(page).toHaveURL(/open=1/);
  await expect(rows(page)).toHaveCount(total);
  await expect(page.getByRole("button", { name: "Фильтры, выбрано 3" })).toBeVisible();

  await test.step("reload, a station and back", async () => {
    await page.reload();
    await hydrated(page);
    await expect(rows(page)).toHaveCount(total);
    await rows(page).first().getByRole("link").click();
    await expect(screen(page, "station")).toBeVisible();
    await page.goBack();
    await expect(rows(page)).toHaveCount(total);
    await expect(page.getByRole("button", { name: "Фильтры, выбрано 3" })).toBeVisible();
  });

  await test.step("reset", async () => {
    const again = await openFilters(page);
    await expect(again.getByRole("checkbox", { name: /^Мойка/ })).toBeChecked();
    await again.getByRole("button", { name: "Сбросить" }).click();
    await again.getByRole("button", { name: /^Показать/ }).click();
    await expect(page).toHaveURL(/\/$/);
    await expect(stationLink(page, FIRST_NAME)).toBeVisible();
  });
});

test("a sheet that is closed changes nothing, and gives the focus back", async ({ page }) => {
  await open(page, "/");
  const sheet = await openFilters(page);
  await sheet.getByRole("checkbox", { name: /^Мойка/ }).check();
  await page.keyboard.press("Escape");
  await expect(sheet).toHaveCount(0);
  await expect(page.getByRole("button", { name: "Фильтры" })).toBeFocused();
  await expect(page).toHaveURL(/\/$/);
});

test("nothing found can be reset", async ({ page }) => {
  await open(page, "/?brand=%D0%A1%D0%B5%D0%B2%D0%B5%D1%80&q=%D0%91%D0%B0%D0%BB%D1%82%D0%B8%D0%BA%D0%B0");
  await expect(page.getByText("Ничего не нашли. Измените фильтр.")).toBeVisible();
  await page.getByRole("button", { name: "Сбросить фильтр" }).click();
  await expect(page).toHaveURL(/\/$/);
  await expect(page.getByRole("searchbox", { name: "Поиск АЗС" })).toHaveValue("");
  await expect(stationLink(page, FIRST_NAME)).toBeVisible();
});

test("the cheapest of the chosen grade come first", async ({ page }) => {
  await open(page, "/?fuel=a92");
  const sheet = await openFilters(page);
  await sheet.getByRole("radio", { name: "Дешёвые" }).check();
  await sheet.getByRole("button", { name: /^Показать/ }).click();
  await expect(page).toHaveURL(/sort=price/);
  await expect(rows(page)).not.toHaveCount(0);
  const price = async (row: Locator) =>
    Number((await row.locator(".station-price").textContent())?.match(/(\d+),(\d\d)/)?.slice(1).join(""));
  await expect
    .poll(async () => {
      const prices = await Promise.all((await rows(page).all()).slice(0, 5).map(price));
      return prices.length > 1 && prices.every((one, at) => at === 0 || (prices[at - 1] ?? 0) <= one);
    })
    .toBe(true);
});

test("names are sorted as people count, and a number keeps its №", async ({ page }) => {
  await open(page, "/?q=%D0%A1%D0%B5%D0%B2%D0%B5%D1%80");
  await expect(rows(page)).not.toHaveCount(0);
  const numbers = (await page.locator(".station-name").allTextContents()).map((name) => Number(name.match(/№\s(\d+)/)?.[1]));
  expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
  for (const number of await page.locator(".station-name .nobr").all()) {
    const lines = await number.evaluate((one) => new Set([...one.getClientRects()].map(({ bottom }) => Math.round(bottom))).size);
    expect(lines, "one line").toBe(1);
  }
});

test("the newest search is answered, and the one before is aborted", async ({ page, expectedErrors }) => {
  // What the browser reports of a request that was given up.
  expectedErrors.push(/ERR_ABORTED|aborted/i);
  await open(page, "/");
  const asked: string[] = [];
  const failed: string[] = [];
  const textOf = (data: string | null) => (JSON.parse(data ?? "{}") as { query?: { text?: string } }).query?.text ?? "";
  let letGo = (): void => {};
  const held = new Promise<void>((resolve) => (letGo = resolve));
  page.on("requestfailed", (request) => failed.push(textOf(request.postData())));
  await page.route("**/api/stations/find", async (route) => {
    const text = textOf(route.request().postData());
    asked.push(text);
    if (text === "Обводного") await held;
    await route.continue().catch(() => {});
  });
  const search = page.getByRole("searchbox", { name: "Поиск АЗС" });
  await search.fill("Обводного");
  await expect.poll(() => asked).toContain("Обводного");
  await search.fill("Пулковское");
  await expect(stationLink(page, STATION_NAME)).toBeVisible();
  await expect.poll(() => failed, "the request is given up").toContain("Обводного");
  letGo();
  await expect(page).toHaveURL(/q=%D0%9F/);
  await expect(rows(page)).toHaveCount(1);
  await expect(stationLink(page, STATION_NAME)).toBeVisible();
});

test("back to another search brings its text back", async ({ page }) => {
  await open(page, "/?q=%D0%9E%D0%B1%D0%B2%D0%BE%D0%B4%D0%BD%D0%BE%D0%B3%D0%BE");
  await page.getByRole("link", { name: "Карта" }).click();
  const search = page.getByRole("searchbox", { name: "Поиск АЗС" });
  await search.fill("Пулковское");
  await expect(page).toHaveURL(/q=%D0%9F/);
  await page.goBack();
  await expect(search).toHaveValue("Обводного");
  await expect(stationLink(page, "АЗС «Север» № 3")).toBeVisible();
});

test("without a network the last answer stays with its time, and can be asked for again", async ({
  page,
  context,
  checkScreen,
  expectedErrors,
}) => {
  expectedErrors.push(/ERR_INTERNET_DISCONNECTED/);
  await open(page, "/");
  await context.setOffline(true);
  await page.getByRole("searchbox", { name: "Поиск АЗС" }).fill("Пулковское");
  await expect(page.getByText(/^Нет сети\. Показаны данные от \d\d:\d\d\.$/)).toBeVisible();
  await expect(stationLink(page, FIRST_NAME)).toBeVisible();
  await checkScreen(page, "1-offline");
  await context.setOffline(false);
  await page.getByRole("button", { name: "Повторить" }).click();
  await expect(page.getByText("Нет сети.").filter({ visible: true })).toHaveCount(0);
  await expect(rows(page)).toHaveCount(1);
  await expect(stationLink(page, STATION_NAME)).toBeVisible();
});

test("favourites are kept on the device and narrow the list", async ({ page }) => {
  await open(page, `/stations/${STATION}`);
  const heart = page.getByRole("button", { name: "В избранном" });
  await heart.click();
  await expect(heart).toHaveAttribute("aria-pressed", "true");
  await page.reload();
  await hydrated(page);
  await expect(heart).toHaveAttribute("aria-pressed", "true");
  await open(page, "/");
  const chip = page.getByRole("button", { name: "Избранное · 1" });
  await chip.click();
  await expect(page).toHaveURL(new RegExp(`only=${STATION}`));
  await expect(rows(page)).toHaveCount(1);
  await expect(stationLink(page, STATION_NAME)).toBeVisible();
  await chip.click();
  await expect(stationLink(page, FIRST_NAME)).toBeVisible();
});

test("the order of the last time is offered: same fuel and volume, another pump", async ({ page, checkScreen }) => {
  await goToPaymentPage(page);
  await answerPayment(page, "Отказаться");
  await open(page, "/");
  await expect(rows(page).first()).toContainText(STATION_NAME);
  await checkScreen(page, "1-again");
  await page.getByRole("link", { name: /Как в прошлый раз\s?АИ-95, 40,00\sл/ }).click();
  await expect(heading(page, STATION_NAME)).toBeVisible();
  await expect(page.getByRole("radio", { name: /^АИ-95/ })).toBeChecked();
  await expect(page.getByLabel("Объём, л", { exact: true })).toHaveValue("40");
  await expect(page.locator("label.pump input:checked")).toHaveCount(0);
  await page.goBack();
  await page.getByRole("button", { name: "Забыть" }).click();
  await expect(page.getByRole("link", { name: /Как в прошлый раз/ })).toHaveCount(0);
  await page.reload();
  await hydrated(page);
  await expect(page.getByRole("link", { name: /Как в прошлый раз/ })).toHaveCount(0);
});

test("another station that sells it offers the order of the last time too", async ({ page }) => {
  await goToPaymentPage(page);
  await open(page, "/stations/baltika-1");
  await page.getByRole("button", { name: /Как в прошлый раз: АИ-95/ }).click();
  await expect(page.getByLabel("Объём, л", { exact: true })).toHaveValue("40");
});

test("text of any length is refused with a sentence", async ({ page, expectedErrors }) => {
  expectedErrors.push(/400|422/);
  await open(page, "/");
  await page.getByRole("searchbox", { name: "Поиск АЗС" }).fill("а".repeat(5_000));
  await expect(page.locator(".notice")).toBeVisible();
  await expect(stationLink(page, FIRST_NAME)).toBeVisible();
  await page.getByRole("searchbox", { name: "Поиск АЗС" }).fill("Газ");
  await expect(stationLink(page, GAS_STATION_NAME)).toBeVisible();
  await expect(page.locator(".notice")).toHaveCount(0);
});
