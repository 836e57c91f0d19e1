// A driver without any host: from the list of stations to a full tank.

import { expect, test } from "../support/fixtures.ts";
import {
  FIRST_NAME,
  GAS_STATION_NAME,
  PAYER,
  STATION,
  STATION_NAME,
  TOTAL,
  answerPayment,
  expectStatus,
  fillOrder,
  fillPayer,
  goToConfirmation,
  goToPaymentPage,
  heading,
  hydrated,
  open,
  payButton,
  screen,
  startPump,
  stationLink,
} from "../support/journey.ts";

test("a driver finds a station, orders, pays and fuels", async ({ page, server, checkScreen }) => {
  await test.step("search", async () => {
    await open(page, "/");
    await expect(stationLink(page, FIRST_NAME)).toBeVisible();
    await checkScreen(page, "1-stations");
    await page.getByRole("searchbox", { name: "Поиск АЗС" }).fill("Пулковское");
    await expect(page).toHaveURL(/q=/);
    await expect(page.getByRole("listitem").filter({ hasText: "АЗС" })).toHaveCount(1);
    await stationLink(page, STATION_NAME).click();
    await expect(heading(page, STATION_NAME)).toBeVisible();
  });

  await test.step("order", async () => {
    await expect(page).toHaveURL(new RegExp(`/stations/${STATION}$`));
    await expect(page.getByRole("radio", { name: "Колонка 6, занята" })).toBeVisible();
    await fillOrder(page);
    await checkScreen(page, "2-station");
    await goToConfirmation(page);
    await fillPayer(page);
    await checkScreen(page, "3-confirm");
  });

  await test.step("a reload loses nothing of the draft", async () => {
    await page.reload();
    await hydrated(page);
    await expect(page.getByLabel("Имя или организация")).toHaveValue(PAYER.name);
    await expect(payButton(page)).toHaveAccessibleName(`Перейти к оплате · ${TOTAL}`);
  });

  await test.step("payment", async () => {
    await payButton(page).click();
    await page.waitForURL(/\/sandbox\/pay\//);
    await expect(page.getByRole("main")).toContainText(TOTAL);
    await answerPayment(page, "Оплатить");
    await expectStatus(page, "awaiting_payment", "paid");
  });

  await test.step("start", async () => {
    await expect(heading(page, "Оплачено")).toBeVisible();
    await expect(screen(page, "order")).toContainText("Вы у колонки 2?");
    await expect(screen(page, "order")).toContainText(/Начните до \d\d:\d\d, осталось/);
    await checkScreen(page, "5-start");
    await server.control({ forecourt: { hold: "nozzle" } });
    await startPump(page);
  });

  await test.step("fuelling", async () => {
    await expect(heading(page, "Можно заправляться")).toBeVisible();
    await expect(page.locator(".key")).toContainText(/Колонка\s*2/);
    await server.control({ forecourt: { hold: "flow" } });
    await expect(heading(page, "Идёт налив")).toBeVisible();
    await checkScreen(page, "5-fuelling");
  });

  await test.step("a reload shows the same state", async () => {
    await page.reload();
    await expectStatus(page, "fuelling");
    await expect(page.locator(".facts")).toContainText(TOTAL);
  });

  await test.step("end", async () => {
    await server.control({ forecourt: { hold: "none" } });
    await expectStatus(page, "completed");
    await expect(heading(page, "Налив завершён")).toBeVisible();
    await expect(page.locator(".key")).toContainText("40,00 л");
    await checkScreen(page, "6-completed");
    await page.reload();
    await expect(heading(page, "Налив завершён")).toBeVisible();
    await page.getByRole("link", { name: "Готово" }).click();
    await expect(screen(page, "stations")).toBeVisible();
  });
});

test("the way back from the payment page leads to the order, which can still be paid", async ({ page, checkScreen }) => {
  await goToPaymentPage(page);
  await page.goBack();
  await hydrated(page);
  await expectStatus(page, "awaiting_payment");
  await checkScreen(page, "4-awaiting-payment");
  await page.getByRole("link", { name: "Перейти к оплате" }).click();
  await page.waitForURL(/\/sandbox\/pay\//);
});

test("a pump's sticker opens the station with its pump chosen", async ({ page }) => {
  await open(page, `/stations/${STATION}?pump=3`);
  await expect(page.getByRole("radio", { name: "Колонка 3", exact: true })).toBeChecked();
});

test("a grade narrows the list, and the address keeps it", async ({ page }) => {
  await open(page, "/");
  const chip = page.getByRole("button", { name: "АИ-100" });
  await page.getByRole("button", { name: "Показать ещё 20 АЗС" }).click();
  await expect(stationLink(page, GAS_STATION_NAME)).toBeVisible();
  await chip.click();
  await expect(page).toHaveURL(/fuel=a100/);
  await expect(chip).toHaveAttribute("aria-pressed", "true");
  await page.reload();
  await hydrated(page);
  await expect(chip).toHaveAttribute("aria-pressed", "true");
  await expect(stationLink(page, FIRST_NAME)).toBeVisible();
  await expect(stationLink(page, GAS_STATION_NAME)).toHaveCount(0);
});

test("the map shows stations, and the list stays one press away", async ({ page }) => {
  await open(page, "/");
  await page.getByRole("link", { name: "Карта" }).click();
  await expect(page).toHaveURL(/view=map/);
  await expect(page.locator(".leaflet-container")).toBeVisible();
  await page.getByRole("link", { name: "Список" }).click();
  await expect(stationLink(page, FIRST_NAME)).toBeVisible();
});
