// The cashier's desk: a sale is put together, shown, paid, cancelled and handed over, by keyboard alone where it says so.

import type { Browser, Page } from "@playwright/test";
import { TOKEN, desk, fillSale, openDesk, precheck, rows, sell, status } from "../support/desk.ts";
import { expect, test } from "../support/fixtures.ts";
import { LONG_WAIT_MS, STATION, STATION_NAME, WASHER, choosePump, heading, hydrated } from "../support/journey.ts";

const DAY_MS = 24 * 60 * 60 * 1000;

test.use({ viewport: { width: 1280, height: 800 } });

test.beforeEach(({ expectedErrors }) => {
  // Browsers report by themselves that nobody is signed in yet.
  expectedErrors.push(/401.*\/api\/erp\/v1\//);
});

/** Numbers of the station's orders of today and yesterday: while a test runs, Moscow's midnight may pass. */
async function recorded(page: Page): Promise<string[]> {
  const numbers: string[] = [];
  for (const days of [0, 1]) {
    const date = new Date(Date.now() - days * DAY_MS).toLocaleDateString("sv-SE", { timeZone: "Europe/Moscow" });
    const answer = await page.request.get(`/api/erp/v1/orders?station_id=${STATION}&date=${date}`);
    const { orders } = (await answer.json()) as { orders: { view: { number: string } }[] };
    numbers.push(...orders.map(({ view }) => view.number));
  }
  return numbers;
}

/** The customer, on a phone of their own, follows the code. */
async function payOnPhone(browser: Browser, page: Page): Promise<void> {
  const link = await precheck(page).locator(".precheck-link").innerText();
  const phone = await browser.newContext({ locale: "ru-RU" });
  const payer = await phone.newPage();
  await payer.goto(link);
  await payer.getByRole("button", { name: "Оплатить", exact: true }).click();
  await payer.waitForURL(/\/orders\//);
  await phone.close();
}

test("by keyboard alone: signed in, sold, printed, cancelled", async ({ page, checkScreen }) => {
  await page.goto("/operator");
  await hydrated(page);
  await expect(heading(page, "Вход в кассу")).toBeVisible();
  await checkScreen(page, "operator-sign-in");
  await page.getByLabel("Токен кассы").focus();
  await page.keyboard.type("wrong");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("alert")).toContainText("Токен не подошёл");
  await expect(page.getByLabel("Токен кассы")).toBeFocused();
  await page.keyboard.press("ControlOrMeta+a");
  await page.keyboard.type(TOKEN);
  await page.keyboard.press("Enter");

  await expect(page.getByRole("searchbox", { name: "Поиск АЗС" })).toBeFocused();
  await page.keyboard.type("Пулковское");
  await expect(page.locator(".desk-row")).toHaveCount(1);
  await page.keyboard.press("Tab");
  await page.keyboard.press("Tab");
  await expect(page.getByRole("button", { name: STATION_NAME })).toBeFocused();
  await page.keyboard.press("Enter");

  // Pump 1 has the focus; the arrow goes on to pump 2.
  await expect(page.getByRole("radio", { name: "Колонка 1", exact: true })).toBeFocused();
  await page.keyboard.press("ArrowRight");
  await expect(page.getByRole("radio", { name: "Колонка 2", exact: true })).toBeChecked();
  await page.keyboard.press("Tab");
  await expect(page.getByRole("radio", { name: "Без топлива" })).toBeFocused();
  const grade = page.getByRole("radio", { name: /^АИ-95/ }).first();
  for (let presses = 0; presses < 12 && !(await grade.isChecked()); presses += 1) {
    await page.keyboard.press("ArrowRight");
  }
  await expect(grade).toBeChecked();
  await page.keyboard.press("Tab");
  await expect(page.getByLabel("Сумма, ₽", { exact: true })).toBeFocused();
  await page.keyboard.type("1000");
  await expect(page.getByLabel("Объём, л", { exact: true })).not.toHaveValue("");
  await page.keyboard.press("Enter");

  await expect(precheck(page)).toHaveAttribute("data-status", "awaiting_payment");
  await expect(precheck(page).getByRole("heading")).toBeFocused();
  const [paper] = await Promise.all([page.waitForEvent("popup"), page.keyboard.press("Enter")]);
  await paper.waitForURL(/\/api\/erp\/v1\/orders\/[0-9a-f-]{36}\/precheck$/);
  await paper.close();

  const question = page.getByRole("dialog");
  await page.keyboard.press("Escape");
  await expect(question).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(question).toBeHidden();
  await expect(precheck(page)).toHaveAttribute("data-status", "awaiting_payment");
  await page.keyboard.press("Escape");
  await expect(question).toBeVisible();
  const yes = question.getByRole("button", { name: "Отменить пречек" });
  for (let presses = 0; presses < 4 && !(await yes.evaluate((it) => it === document.activeElement)); presses += 1) {
    await page.keyboard.press("Tab");
  }
  await page.keyboard.press("Enter");
  await expect(precheck(page)).toHaveAttribute("data-status", "canceled");
  await expect(status(page)).toHaveText("Отменён");
  await expect(precheck(page).getByRole("img", { name: /QR-код/ })).toHaveCount(0);

  await page.keyboard.press("n");
  await expect(page.getByRole("heading", { name: "Новая продажа" })).toBeVisible();
});

test("the payment arrives by itself", async ({ page, browser, server, checkScreen }) => {
  await server.control({ invoicebox: { notifications: { delay_ms: 0 } } });
  await openDesk(page);
  await checkScreen(page, "operator-sale");
  await fillSale(page);
  await sell(page);
  await expect(status(page)).toHaveText("Ждём оплату…");
  const code = precheck(page).getByRole("img", { name: /QR-код для оплаты счёта 2\s926,00\s₽/ });
  await expect(code).toBeVisible();
  const width = () => code.evaluate((image: HTMLImageElement) => (image.complete ? image.naturalWidth : 0));
  await expect.poll(width, "the picture of the code").toBeGreaterThan(200);
  await expect(precheck(page)).toContainText(/до \d\d:\d\d \((2\d|30):\d\d\)/);
  await checkScreen(page, "operator-precheck");
  await payOnPhone(browser, page);
  await expect(status(page)).toHaveText(/^Оплачено, \d\d:\d\d$/);
  await expect(code).toHaveCount(0);
  await expect(rows(page).first()).toContainText(/Оплачен|К выдаче|Налив|Выдан/);
  await expect(precheck(page)).toHaveAttribute("data-status", "completed", { timeout: LONG_WAIT_MS });
  await checkScreen(page, "operator-paid");
});

test("goods alone are handed over by the cashier", async ({ page, browser, server }) => {
  // The one of the sandbox would do it four seconds after the payment.
  await server.control({ cashier: { hands_over: false } });
  await openDesk(page);
  await page.getByRole("button", { name: `Добавить ${WASHER}` }).click();
  await sell(page);
  await payOnPhone(browser, page);
  await precheck(page).getByRole("button", { name: "Выдано" }).click();
  await expect(precheck(page)).toHaveAttribute("data-status", "completed");
  await expect(precheck(page)).toContainText("Выдано.");
});

test("an order is found again by its number, after a reload too", async ({ page }) => {
  await openDesk(page);
  await fillSale(page);
  await sell(page);
  const title = await precheck(page).getByRole("heading").innerText();
  const number = title.replace(/\D/g, "");
  await page.reload();
  await hydrated(page);
  await expect(heading(page, STATION_NAME)).toBeVisible();
  await page.keyboard.press("/");
  await expect(page.getByRole("searchbox", { name: "Поиск по номеру" })).toBeFocused();
  await page.keyboard.type(number);
  await expect(rows(page)).toHaveCount(1);
  await rows(page).click();
  await expect(precheck(page).getByRole("heading")).toHaveText(title);
  await page.getByRole("searchbox", { name: "Поиск по номеру" }).fill("999999999");
  await expect(page.locator(".desk-orders")).toContainText("Заказа с таким номером нет.");
});

test("what is missing is shown at its field, and nothing is sent", async ({ page }) => {
  await openDesk(page);
  const calls: string[] = [];
  page.on("request", (request) => {
    if (request.method() === "POST" && request.url().endsWith("/api/erp/v1/orders")) calls.push(request.url());
  });
  await page.getByRole("button", { name: "Выпустить пречек" }).click();
  await expect(page.getByRole("alert")).toBeVisible();
  await page.getByRole("radio", { name: /^АИ-95/ }).press("Space");
  await choosePump(page, 2);
  await page.getByLabel("Объём, л", { exact: true }).fill("5000");
  await page.getByRole("button", { name: "Выпустить пречек" }).click();
  await expect(page.getByLabel("Объём, л", { exact: true })).toHaveAttribute("aria-invalid", "true");
  expect(calls).toEqual([]);
});

test("after a lost answer the same sale is sent again, not a second one", async ({ page, server, expectedErrors }) => {
  expectedErrors.push(/50[24].*\/api\/erp\/v1\/orders/);
  await openDesk(page);
  await fillSale(page);
  await server.control({ invoicebox: { fail_next: [{ route: "create", kind: "500" }] } });
  const keys: string[] = [];
  page.on("request", (request) => {
    if (request.method() === "POST" && request.url().endsWith("/api/erp/v1/orders")) {
      keys.push(request.postDataJSON().idempotency_key);
    }
  });
  const before = await recorded(page);
  await page.getByRole("button", { name: "Выпустить пречек" }).click();
  await expect(page.getByRole("alert").or(precheck(page))).toBeVisible({ timeout: LONG_WAIT_MS });
  if (!(await precheck(page).isVisible())) await sell(page);
  expect(new Set(keys).size).toBe(1);
  const added = (await recorded(page)).filter((number) => !before.includes(number));
  const title = await precheck(page).getByRole("heading").innerText();
  expect(added.map((number) => number.replace(/\D/g, "")), "one order, the one that is shown").toEqual([title.replace(/\D/g, "")]);
});

test("who signs out is out, and a stolen page cannot go on", async ({ page }) => {
  await openDesk(page);
  await page.getByRole("button", { name: "Выйти" }).click();
  await expect(heading(page, "Вход в кассу")).toBeVisible();
  expect((await page.request.get("/api/erp/v1/orders")).status()).toBe(401);
  await page.reload();
  await hydrated(page);
  await expect(heading(page, "Вход в кассу")).toBeVisible();
});

for (const [name, width, height] of [["tablet", 768, 1024], ["desktop", 1280, 800]] as const) {
  test(`list on the left, card of 480 px on the right: ${name}`, async ({ page, checkScreen }) => {
    await page.setViewportSize({ width, height });
    await openDesk(page);
    await checkScreen(page, `operator-${name}-sale`);
    await fillSale(page);
    await sell(page);
    await expect(status(page)).toHaveText("Ждём оплату…");
    const [list, card] = [await page.locator(".desk-orders").boundingBox(), await precheck(page).boundingBox()];
    expect(card?.width).toBe(480);
    expect((list?.x ?? 0) + (list?.width ?? 0)).toBeLessThan(card?.x ?? 0);
    await checkScreen(page, `operator-${name}-precheck`);
  });
}

test.describe("in English", () => {
  test.use({ locale: "en-US" });

  test("the desk is in English", async ({ page }) => {
    await page.goto("/operator");
    await hydrated(page);
    await expect(heading(page, "Sign in to the till")).toBeVisible();
    await page.getByLabel("Token of the till").fill(TOKEN);
    await page.keyboard.press("Enter");
    await expect(heading(page, "At which station is this till?")).toBeVisible();
    await expect(desk(page)).not.toContainText(/Касса|Вход|Заказы/);
  });
});
