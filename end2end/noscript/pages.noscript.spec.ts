// Before the script has come, or where it never comes: pages are readable and true.

import { expect, test } from "../support/fixtures.ts";
import {
  FIRST_NAME,
  STATION,
  STATION_NAME,
  STATION_SEARCH,
  TOTAL,
  heading,
  placeByApi,
  screen,
  stationLink,
} from "../support/journey.ts";

test("the list names stations, prices and ways on", async ({ page, checkScreen }) => {
  await page.goto(STATION_SEARCH);
  const row = stationLink(page, STATION_NAME);
  await expect(row).toContainText("Пулковское ш., 42");
  await expect(row).toContainText("61,90 ₽/л");
  await checkScreen(page, "1-stations");
  await row.click();
  await expect(heading(page, STATION_NAME)).toBeVisible();
});

test("a search is a plain form", async ({ page }) => {
  await page.goto("/");
  const search = page.getByRole("searchbox", { name: "Поиск АЗС" });
  await search.fill("Обводного");
  await search.press("Enter");
  await expect(stationLink(page, "АЗС «Север» № 3")).toBeVisible();
  await expect(stationLink(page, FIRST_NAME)).toHaveCount(0);
});

test("a station shows its grades, prices and pumps", async ({ page, checkScreen }) => {
  await page.goto(`/stations/${STATION}`);
  await expect(screen(page, "station")).toContainText("61,90 ₽/л");
  await expect(page.getByRole("radio", { name: /^АИ-95/ })).toBeEnabled();
  await expect(page.getByRole("radio", { name: "Колонка 6, занята" })).toBeVisible();
  await checkScreen(page, "2-station");
});

test("an order shows its state, number and sum", async ({ page, request, checkScreen }) => {
  const { order_id } = await placeByApi(request);
  await page.goto(`/orders/${order_id}`);
  await expect(screen(page, "order")).toHaveAttribute("data-status", "awaiting_payment");
  await expect(heading(page, "Проверяем оплату")).toBeVisible();
  await expect(screen(page, "order")).toContainText(TOTAL);
  await expect(screen(page, "order")).toContainText("Не начинайте налив");
  // By their place: what is in a <noscript> is no text to the matcher.
  await expect(page.locator("noscript .stuck")).toContainText("Заказать здесь можно только с JavaScript");
  await page.locator("noscript a", { hasText: "Обновить состояние" }).click();
  await expect(screen(page, "order")).toHaveAttribute("data-status", "awaiting_payment");
  await checkScreen(page, "4-awaiting-payment");
});

test("an order can be paid", async ({ page, request }) => {
  const { order_id } = await placeByApi(request);
  await page.goto(`/orders/${order_id}`);
  await page.getByRole("link", { name: "Перейти к оплате" }).click();
  await page.getByRole("button", { name: "Оплатить", exact: true }).click();
  await page.waitForURL(/\/orders\//);
  await expect(async () => {
    await page.reload();
    await expect(screen(page, "order")).toHaveAttribute("data-status", "paid", { timeout: 100 });
  }).toPass();
  await expect(heading(page, "Оплачено")).toBeVisible();
  await expect(page.locator("noscript .caption")).toContainText("Без JavaScript колонку включает кассир");
});
