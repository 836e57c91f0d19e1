// What goes wrong, and what the customer reads then: the truth, and a way on.

import { expect, test } from "../support/fixtures.ts";
import {
  FIRST_NAME,
  PAYER,
  STATION,
  STATION_NAME,
  TOTAL,
  answerPayment,
  cancelOrder,
  expectStatus,
  fillOrder,
  goToPaymentPage,
  heading,
  hydrated,
  open,
  payButton,
  readyToPay,
  screen,
  startPump,
  stationLink,
} from "../support/journey.ts";

test("a price that changed on screen is shown before it is paid", async ({ page, expectedErrors, checkScreen }) => {
  expectedErrors.push(/409 \(Conflict\)/);
  // The page holds a quote from before the change; the server does not take it.
  await page.route("**/api/orders/quote", async (route) => {
    const answer = await route.fetch();
    const quote = (await answer.json()) as { total_kopecks: number };
    await route.fulfill({ response: answer, json: { ...quote, total_kopecks: quote.total_kopecks - 100_00 } });
  });
  await open(page, `/stations/${STATION}`);
  await fillOrder(page);
  await page.getByRole("button", { name: "Продолжить" }).click();
  await expect(payButton(page)).toHaveAccessibleName("Перейти к оплате · 2 826,00 ₽");
  await page.getByLabel("Имя или организация").fill(PAYER.name);
  await page.getByLabel("E-mail").fill(PAYER.email);
  await page.getByLabel("Телефон").fill(PAYER.phone);
  await payButton(page).click();
  await expect(page.getByRole("alert")).toHaveText(`Цена изменилась. Было 2 826,00 ₽, стало ${TOTAL}.`);
  await expect(page.getByRole("alert")).toBeInViewport({ ratio: 1 });
  await expect(payButton(page)).toHaveAccessibleName(`Перейти к оплате · ${TOTAL}`);
  await checkScreen(page, "3-price-changed");
  await expect(screen(page, "confirm")).toBeVisible();
  await payButton(page).click();
  await page.waitForURL(/\/sandbox\/pay\//);
  await expect(page.getByRole("main")).toContainText(TOTAL);
});

test("a failing provider costs one more press, and makes one order", async ({
  page,
  server,
  expectedErrors,
  checkScreen,
}) => {
  expectedErrors.push(/50\d/);
  await readyToPay(page);
  await server.control({ invoicebox: { fail_next: [{ route: "create", kind: "500", times: 1 }] } });
  await payButton(page).click();
  await expect(page.getByRole("alert")).toBeVisible();
  await expect(page.getByLabel("Имя или организация")).toHaveValue(PAYER.name);
  await checkScreen(page, "3-provider-down");
  await payButton(page).click();
  await page.waitForURL(/\/sandbox\/pay\//);
  await expect(page.getByText(/^Заказ /)).toHaveCount(1);
});

test("a declined payment leaves an order that can be paid or cancelled", async ({ page, checkScreen }) => {
  await goToPaymentPage(page);
  await answerPayment(page, "Отказаться");
  await expectStatus(page, "awaiting_payment");
  await expect(page.getByRole("link", { name: "Перейти к оплате" })).toHaveAttribute("href", /\/sandbox\/pay\//);
  await expect(page.locator(".facts")).toContainText(/Оплатить до\s*\d\d:\d\d/);
  await page.getByRole("button", { name: "Отменить заказ" }).click();
  await checkScreen(page, "4-cancel-question");
  await page.getByRole("button", { name: "Не отменять" }).click();
  await expectStatus(page, "awaiting_payment");
  await cancelOrder(page, "Отменить заказ");
  await expectStatus(page, "canceled");
  await expect(heading(page, "Заказ отменён")).toBeVisible();
  await expect(page.getByRole("alert")).toContainText("Деньги не списаны");
  await checkScreen(page, "7-canceled");
  await page.getByRole("link", { name: "Оформить заново" }).click();
  await expect(heading(page, STATION_NAME)).toBeVisible();
  await expect(page.getByRole("radio", { name: "Колонка 2", exact: true })).toBeChecked();
  await expect(page.locator(".bar")).toContainText(TOTAL);
});

test("a cancellation that is refused says why", async ({ page, expectedErrors }) => {
  expectedErrors.push(/409 \(Conflict\)/, /ERR_FAILED/);
  await goToPaymentPage(page);
  await answerPayment(page, "Отказаться");
  const why = "Заказ уже нельзя отменить: идёт налив.";
  await page.route("**/api/orders/cancel", (route) =>
    route.fulfill({ status: 409, json: { error: { code: "order_not_cancelable", message: why, details: {} } } }),
  );
  await cancelOrder(page, "Отменить заказ");
  await expect(page.getByRole("alert").filter({ hasText: why })).toBeVisible();
  await page.unroute("**/api/orders/cancel");
  await page.route("**/api/orders/cancel", (route) => route.abort());
  await cancelOrder(page, "Отменить заказ");
  await expect(page.getByRole("alert").filter({ hasText: "Нет сети" })).toBeVisible();
  await expectStatus(page, "awaiting_payment");
});

test("an order is cancelled while its pump is being released, and the money comes back", async ({ page, server, checkScreen }) => {
  await server.control({ forecourt: { hold: "accept" } });
  await goToPaymentPage(page);
  await answerPayment(page, "Оплатить");
  await startPump(page);
  await expectStatus(page, "authorising");
  await cancelOrder(page, "Отменить и вернуть деньги");
  await expectStatus(page, "canceled");
  await expect(page.getByRole("alert")).toContainText(`Инвойсбокс вернёт ${TOTAL}`);
  await checkScreen(page, "7-called-off");
});

test("a station that refuses for good gives the reason and the money back", async ({ page, server, checkScreen }) => {
  await goToPaymentPage(page);
  await server.control({ forecourt: { fault: "price" } });
  await answerPayment(page, "Оплатить");
  await startPump(page);
  await expectStatus(page, "unavailable");
  await expect(heading(page, "Не получилось заправить")).toBeVisible();
  await expect(page.getByRole("alert")).toContainText("АЗС не смогла отпустить топливо");
  await expect(page.getByRole("alert")).toContainText(`Инвойсбокс вернёт ${TOTAL}`);
  await checkScreen(page, "7-unavailable");
  await page.getByRole("link", { name: "Оформить заново" }).click();
  await expect(page.getByRole("radio", { name: /^АИ-95/ })).toBeChecked();
  await expect(page.getByLabel("Объём, л", { exact: true })).toHaveValue("40,00");
  await expect(page.getByRole("radio", { name: "Колонка 2", exact: true })).not.toBeChecked();
});

test("less fuel than paid for shows what comes back", async ({ page, server }) => {
  await goToPaymentPage(page);
  await server.control({ forecourt: { fault: "partial" } });
  await answerPayment(page, "Оплатить");
  await startPump(page);
  await expectStatus(page, "completed");
  await expect(page.locator(".key")).toContainText("20,00 л");
  await expect(page.locator(".facts")).toContainText("1 238,00 ₽");
});

test("a mistake is shown beside its field, which gets the focus", async ({ page, checkScreen }) => {
  await open(page, `/stations/${STATION}`);
  await page.getByRole("radio", { name: /^АИ-95/ }).check();
  await page.locator("label.pump").first().click();
  const volume = page.getByLabel("Объём, л", { exact: true });
  await volume.fill("61");
  await page.getByRole("button", { name: "Продолжить" }).click();
  await expect(volume).toBeFocused();
  await expect(volume).toHaveAccessibleDescription(/На этой АЗС не больше 60,00\s?л за раз/);
  await checkScreen(page, "2-station-mistake");
  await volume.fill("60");
  await page.getByRole("button", { name: "Продолжить" }).click();
  await payButton(page).click();
  await expect(page.getByLabel("Имя или организация")).toBeFocused();
});

for (const [what, address] of [
  ["station", "/stations/no-such-station"],
  ["order", "/orders/0199f0a1-5c3e-4a00-b111-000000000001"],
  ["page", "/no/such/page"],
] as const) {
  test(`an unknown ${what} is a 404 with a way back`, async ({ page, checkScreen, expectedErrors }) => {
    expectedErrors.push(/404 \(Not Found\)/);
    const answer = await page.goto(address);
    expect(answer?.status()).toBe(404);
    await hydrated(page);
    await expect(screen(page, "not_found")).toBeVisible();
    await checkScreen(page, `8-unknown-${what}`);
    await page.getByRole("link", { name: "На главную" }).click();
    await expect(stationLink(page, FIRST_NAME)).toBeVisible();
  });
}

test("without a network the search says so, and works again afterwards", async ({ page, context, expectedErrors }) => {
  expectedErrors.push(/ERR_INTERNET_DISCONNECTED/);
  await open(page, "/");
  await context.setOffline(true);
  const search = page.getByRole("searchbox", { name: "Поиск АЗС" });
  await search.fill("Пулковское");
  await expect(page.getByText(/^Нет сети\. Показаны данные/)).toBeVisible();
  await context.setOffline(false);
  await search.fill("Обводного");
  await expect(stationLink(page, "АЗС «Север» № 3")).toBeVisible();
  await expect(page.getByText(/^Нет сети\. Показаны данные/)).toHaveCount(0);
});
