// Who pays is often not who drives: a paid order waits until its driver starts a pump, and loses nothing by a pump that does not start.

import { expect, test } from "../support/fixtures.ts";
import {
  LONG_WAIT_MS,
  STATION,
  TOTAL,
  cancelOrder,
  choosePump,
  expectStatus,
  fillPayer,
  heading,
  answerPayment,
  open,
  payButton,
  placePaid,
  screen,
  startButton,
  startPump,
} from "../support/journey.ts";
import type { APIRequestContext, Page, Route } from "@playwright/test";

/** The statuses that an order has gone through. */
async function history(request: APIRequestContext, id: string): Promise<string[]> {
  const view = await (await request.post("/api/orders/get", { data: { id } })).json();
  return (view as { history: { status: string }[] }).history.map(({ status }) => status);
}

async function releases(request: APIRequestContext, id: string): Promise<number> {
  return (await history(request, id)).filter((status) => status === "authorising").length;
}

/** Opens the page of a paid order. */
async function openPaid(page: Page, request: APIRequestContext, more: Record<string, unknown> = {}): Promise<string> {
  const id = await placePaid(request, more);
  await open(page, `/orders/${id}`);
  await expect(heading(page, "Оплачено")).toBeVisible();
  return id;
}

test("another free pump is one tap away", async ({ page, request, server, checkScreen }) => {
  await server.control({ forecourt: { hold: "nozzle" } });
  await openPaid(page, request);
  await expect(screen(page, "order")).toContainText("Вы у колонки 2?");
  await choosePump(page, 3);
  await expect(screen(page, "order")).toContainText("Вы у колонки 3?");
  await checkScreen(page, "5-start-elsewhere");
  await startPump(page, 3);
  await expectStatus(page, "ready");
  await expect(page.locator(".key-pump")).toContainText(/Колонка\s*3/);
  await server.control({ forecourt: { hold: "none" } });
  await expectStatus(page, "completed");
  await expect(page.locator(".key")).toContainText("40,00 л");
});

test("a taken pump says so and keeps the money, and another one works", async ({ page, request, server, expectedErrors, checkScreen }) => {
  expectedErrors.push(/409 \(Conflict\)/);
  const id = await openPaid(page, request);
  await server.control({ forecourt: { fault: "busy", station: STATION, pump: 2 } });
  await startPump(page, 2);
  const why = page.getByRole("alert").filter({ hasText: "Колонка 2 занята или не работает. Выберите другую." });
  await expect(why).toBeVisible();
  await expect(why).toBeInViewport({ ratio: 1 });
  await checkScreen(page, "5-start-taken");
  await expectStatus(page, "paid");
  expect(await releases(request, id)).toBe(0);
  await choosePump(page, 3);
  await startPump(page, 3);
  await expectStatus(page, "completed");
  await expect(page.locator(".facts")).not.toContainText("Вернётся");
});

test("a refused release gives the reason and the tries left, and the same order fuels at another pump", async ({
  page,
  request,
  server,
  checkScreen,
}) => {
  const id = await openPaid(page, request);
  await server.control({ forecourt: { fault: "release_refused", once: true } });
  await startPump(page, 2);
  await expect(page.getByRole("alert").filter({ hasText: "АЗС не включила колонку: колонка снята с линии." })).toBeVisible();
  await expect(page.getByText("Осталось попыток: 4.")).toBeVisible();
  await expectStatus(page, "paid");
  await expect(page.locator(".facts")).not.toContainText("Вернётся");
  await checkScreen(page, "5-start-refused");
  await choosePump(page, 4);
  await startPump(page, 4);
  await expectStatus(page, "completed");
  await expect(page.locator(".key-pump")).toContainText(/Колонка\s*4/);
  await expect(page.getByText("колонка снята с линии")).toHaveCount(0);
  expect(await releases(request, id)).toBe(2);
});

test("when every try was refused the money goes back", async ({ page, request, server }) => {
  await openPaid(page, request);
  await server.control({ forecourt: { fault: "refuse" } });
  for (const left of [4, 3, 2, 1]) {
    await startPump(page);
    await expect(page.getByText(`Осталось попыток: ${left}.`)).toBeVisible({ timeout: LONG_WAIT_MS });
  }
  await startPump(page);
  await expectStatus(page, "unavailable");
  await expect(heading(page, "Не получилось заправить")).toBeVisible();
  await expect(page.getByRole("alert")).toContainText("Ни одна попытка включить колонку не удалась: колонка неисправна.");
  await expect(page.getByRole("alert")).toContainText(`Инвойсбокс вернёт ${TOTAL}`);
});

test("pressed twice, the pump starts once", async ({ page, request }) => {
  const id = await openPaid(page, request);
  await startButton(page, 2).dblclick();
  await expectStatus(page, "completed");
  expect(await releases(request, id)).toBe(1);
});

test("pressed in two tabs, the pump starts once, and both follow it", async ({ page, context, request, server, expectedErrors }) => {
  expectedErrors.push(/409 \(Conflict\)/);
  await server.control({ forecourt: { hold: "nozzle" } });
  const id = await openPaid(page, request);
  const other = await context.newPage();
  await open(other, `/orders/${id}`);
  await choosePump(other, 3);
  // Neither press goes out before both were made: the first to be answered takes the button of the other away.
  const held: Route[] = [];
  await context.route("**/api/orders/start", async (route) => {
    held.push(route);
    if (held.length === 2) await Promise.all(held.map((press) => press.continue()));
  });
  await startPump(page, 2);
  await startPump(other, 3);
  await Promise.all([page, other].map((tab) => expectStatus(tab, "ready")));
  expect(await releases(request, id)).toBe(1);
  await server.control({ forecourt: { hold: "none" } });
  await Promise.all([page, other].map((tab) => expectStatus(tab, "completed")));
});

test("after a lost answer the same press is sent again, and the pump starts once", async ({ page, request, server, expectedErrors, checkScreen }) => {
  expectedErrors.push(/ERR_FAILED/);
  await server.control({ forecourt: { hold: "accept" } });
  const id = await openPaid(page, request);
  // Nothing comes back, neither by the answer nor by the stream.
  await page.route("**/api/orders/*/events**", (route) => route.abort());
  await page.reload();
  await page.route("**/api/orders/get", (route) => route.abort());
  await page.route(
    "**/api/orders/start",
    async (route) => {
      expect((await route.fetch()).ok()).toBe(true);
      await route.abort();
    },
    { times: 1 },
  );
  await startPump(page);
  await expect(page.getByRole("alert").filter({ hasText: "Нажмите ещё раз, дважды колонка не включится." })).toBeVisible();
  await checkScreen(page, "5-start-lost");
  const again = page.waitForResponse("**/api/orders/start");
  await startPump(page);
  expect((await again).status()).toBe(200);
  await expectStatus(page, "authorising");
  await page.unrouteAll();
  await server.control({ forecourt: { hold: "none" } });
  await expectStatus(page, "completed");
  expect(await releases(request, id)).toBe(1);
});

test("pressed without a network it says so, and works when there is one", async ({ page, context, request, expectedErrors, checkScreen }) => {
  expectedErrors.push(/ERR_INTERNET_DISCONNECTED/);
  const id = await openPaid(page, request);
  await context.setOffline(true);
  await startPump(page);
  await expect(page.getByRole("alert").filter({ hasText: "Нет связи: команда могла не дойти." })).toBeVisible();
  await expect(page.getByRole("alert").filter({ hasText: "Без связи колонку включит кассир." })).toBeVisible();
  await checkScreen(page, "5-start-offline");
  expect(await releases(request, id)).toBe(0);
  await context.setOffline(false);
  await startPump(page);
  await expectStatus(page, "completed");
  expect(await releases(request, id)).toBe(1);
});

test("the driver takes the money back instead", async ({ page, request, checkScreen }) => {
  await openPaid(page, request);
  await page.getByRole("button", { name: "Отменить и вернуть деньги" }).click();
  await expect(page.getByText("Деньги вернутся плательщику.").last()).toBeVisible();
  await checkScreen(page, "5-start-cancel-question");
  await page.getByRole("button", { name: "Не отменять" }).click();
  await expect(startButton(page, 2)).toBeVisible();
  await cancelOrder(page, "Отменить и вернуть деньги");
  await expectStatus(page, "canceled");
  await expect(page.getByRole("alert")).toContainText(`Инвойсбокс вернёт ${TOTAL}`);
  await expect(startButton(page)).toHaveCount(0);
});

test("a cancellation that another tab has confirmed wins over the press", async ({ page, request, expectedErrors }) => {
  expectedErrors.push(/409 \(Conflict\)/);
  const id = await placePaid(request);
  // The page learns of nothing by itself.
  await page.route("**/api/orders/*/events**", (route) => route.fulfill({ contentType: "text/event-stream", body: ":\n\n" }));
  await open(page, `/orders/${id}`);
  expect((await request.post("/api/orders/cancel", { data: { id } })).ok()).toBe(true);
  await startPump(page);
  await expectStatus(page, "canceled");
  expect(await releases(request, id)).toBe(0);
});

test("fuel that nobody can account for holds the money, and offers no pump and no way back", async ({ page, request, server, checkScreen }) => {
  await openPaid(page, request);
  await server.control({ forecourt: { fault: "fuel_after_cancel" } });
  await startPump(page);
  await expect(heading(page, "АЗС проверяет заказ")).toBeVisible({ timeout: LONG_WAIT_MS });
  await expect(page.getByRole("alert").or(screen(page, "order")).first()).toContainText("Сколько топлива налито, пока неизвестно");
  await expect(startButton(page)).toHaveCount(0);
  await expect(page.getByRole("button", { name: /отменить/i })).toHaveCount(0);
  await expect(page.getByRole("link", { name: "Позвонить на АЗС" })).toBeVisible();
  await checkScreen(page, "5-held");
});

test("an order without a pump asks for one before it starts", async ({ page, checkScreen }) => {
  await open(page, `/stations/${STATION}`);
  await page.getByRole("radio", { name: /^АИ-95/ }).check();
  await expect(page.getByRole("radio", { name: "Выберу на месте" })).toBeChecked();
  await page.getByLabel("Объём, л", { exact: true }).fill("20");
  await expect(screen(page, "station")).toContainText("После оплаты выберите колонку на месте и включите её сами.");
  await checkScreen(page, "2-station-no-pump");
  await page.getByRole("button", { name: "Продолжить" }).click();
  await fillPayer(page);
  await payButton(page).click();
  await page.waitForURL(/\/sandbox\/pay\//);
  await answerPayment(page, "Оплатить");
  await expectStatus(page, "paid");
  const start = page.getByRole("button", { name: "Начать налив", exact: true });
  await start.click();
  await expect(page.getByRole("alert").filter({ hasText: "Выберите колонку, у которой стоите." })).toBeVisible();
  await expect(page.getByRole("radio", { name: "Колонка 1", exact: true })).toBeFocused();
  await checkScreen(page, "5-start-no-pump");
  await choosePump(page, 5);
  await startPump(page, 5);
  await expectStatus(page, "completed");
  await expect(page.locator(".key")).toContainText("20,00 л");
});

test("whoever pays hands the address on, and the driver starts the pump", async ({ page, context, browser, request }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.addInitScript(() => Reflect.deleteProperty(Navigator.prototype, "share"));
  await openPaid(page, request);
  await page.getByText("Заправляется другой водитель?").click();
  await expect(page.getByText("Ссылка – как талон")).toBeVisible();
  await page.getByRole("button", { name: "Отправить ссылку" }).click();
  await expect(page.getByText("Ссылка скопирована.")).toBeVisible();
  const address = await page.evaluate(() => navigator.clipboard.readText());
  expect(address).toBe(page.url());

  const driver = await (await browser.newContext({ locale: "ru-RU" })).newPage();
  await open(driver, address);
  await startPump(driver);
  for (const tab of [driver, page]) await expectStatus(tab, "completed");
  await driver.context().close();
});

test("a pump chosen and pressed before the page's program is there starts when it comes", async ({ page, request }) => {
  const id = await placePaid(request);
  let go = () => {};
  const gate = new Promise<void>((resolve) => (go = resolve));
  await page.route("**/*.wasm", async (route) => {
    await gate;
    await route.continue();
  });
  await page.goto(`/orders/${id}`, { waitUntil: "domcontentloaded" });
  await startButton(page, 2).click();
  await expect(page.locator("[data-tapped]")).toHaveCount(1);
  go();
  await expectStatus(page, "completed");
  expect(await releases(request, id)).toBe(1);
});
