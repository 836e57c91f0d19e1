// What happens to a phone between the payment and the pump: the order goes on, and the screen catches up.

import { expect, test } from "../support/fixtures.ts";
import {
  LONG_WAIT_MS,
  PAYER,
  STATION,
  TOTAL,
  WHEN_PAID,
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
  placeByApi,
  readyToPay,
  screen,
  startPump,
  statusByApi,
} from "../support/journey.ts";
import { cuttingProxy } from "../support/proxy.ts";

test("a connection lost while paying is shown, and the screen catches up", async ({ page, request, expectedErrors }) => {
  expectedErrors.push(/ERR_FAILED/);
  const { order_id, payment_url } = await placeByApi(request, WHEN_PAID);
  // The page comes, and nothing after it.
  await page.route("**/api/orders/**", (route) => route.abort());
  await open(page, `/orders/${order_id}`);
  await expectStatus(page, "awaiting_payment");
  await expect(page.getByText("Связь прервалась")).toBeVisible();
  await request.post(`${payment_url}/money`);
  await page.unroute("**/api/orders/**");
  await expectStatus(page, "completed");
  await expect(page.getByText("Связь прервалась")).toHaveCount(0);
});

test("a stream that broke goes on after the last event", async ({ page, request, server, expectedErrors }) => {
  expectedErrors.push(/ERR_INCOMPLETE/);
  const { order_id, payment_url } = await placeByApi(request, WHEN_PAID);
  const proxy = await cuttingProxy(server.url);
  await open(page, `${proxy.url}/orders/${order_id}`);
  await expect.poll(() => proxy.begins.length).toBeGreaterThan(1);
  // The stream of an order that waits for its payment begins with an event: after that one the next goes on.
  expect(proxy.begins[1]).toMatch(/^\d+$/);
  await request.post(`${payment_url}/money`);
  await expectStatus(page, "completed");
  proxy.close();
});

test("a tab that slept while the order was paid and fuelled shows the end", async ({ page, context, request }) => {
  const { order_id, payment_url } = await placeByApi(request, WHEN_PAID);
  await open(page, `/orders/${order_id}`);
  await expectStatus(page, "awaiting_payment");
  const cdp = await context.newCDPSession(page);
  await cdp.send("Page.setWebLifecycleState", { state: "frozen" });
  await request.post(`${payment_url}/money`);
  await expect.poll(() => statusByApi(request, order_id), { timeout: LONG_WAIT_MS }).toBe("completed");
  await cdp.send("Page.setWebLifecycleState", { state: "active" });
  await expectStatus(page, "completed");
});

test("two tabs of one order show the same", async ({ page, context, request }) => {
  const { order_id, payment_url } = await placeByApi(request, WHEN_PAID);
  const other = await context.newPage();
  for (const tab of [page, other]) await open(tab, `/orders/${order_id}`);
  await request.post(`${payment_url}/money`);
  for (const tab of [page, other]) {
    await expectStatus(tab, "completed");
    await expect(heading(tab, "Налив завершён")).toBeVisible();
  }
});

test("two tabs keep two drafts", async ({ page, context }) => {
  const other = await context.newPage();
  await open(page, `/stations/${STATION}`);
  await open(other, `/stations/${STATION}`);
  await page.getByLabel("Объём, л", { exact: true }).fill("10");
  await other.getByLabel("Объём, л", { exact: true }).fill("20");
  for (const [tab, volume] of [
    [page, "10"],
    [other, "20"],
  ] as const) {
    await tab.reload();
    await hydrated(tab);
    await expect(tab.getByLabel("Объём, л", { exact: true })).toHaveValue(volume);
  }
});

test("a phone whose clock is years off orders and pays", async ({ page }) => {
  await page.clock.install({ time: new Date("2019-02-03T04:05:06Z") });
  await open(page, `/stations/${STATION}`);
  await fillOrder(page);
  await goToConfirmation(page);
  await fillPayer(page);
  await payButton(page).click();
  await page.waitForURL(/\/sandbox\/pay\//);
  await answerPayment(page, "Оплатить");
  await startPump(page);
  await expectStatus(page, "completed");
});

test("the way back from the payment page leads to the order, and never makes a second one", async ({ page }) => {
  await goToPaymentPage(page);
  const paid = page.url();
  await page.goBack();
  await hydrated(page);
  await expectStatus(page, "awaiting_payment");
  await expect(screen(page, "order")).toContainText(TOTAL);
  await page.goForward();
  await expect(page).toHaveURL(paid);
  await answerPayment(page, "Оплатить");
  await startPump(page);
  await expectStatus(page, "completed");
});

test("who pays and who drives is kept until the order is placed, and not a moment longer", async ({ page }) => {
  const kept = () => page.evaluate(() => JSON.stringify([{ ...sessionStorage }, { ...localStorage }]));
  const personal = [PAYER.name, PAYER.email, PAYER.phone, PAYER.inn, PAYER.kpp, "Синицын"];
  await readyToPay(page);
  await page.getByText("Данные для путевого листа").click();
  await page.getByLabel("Водитель").fill("Синицын");
  await page.reload();
  await hydrated(page);
  await expect(page.getByLabel("E-mail")).toHaveValue(PAYER.email);
  for (const text of personal) expect(await kept()).toContain(text);

  await payButton(page).click();
  await page.waitForURL(/\/sandbox\/pay\//);
  for (const text of personal) expect(await kept()).not.toContain(text);
  await answerPayment(page, "Отказаться");
  await page.goto(`/stations/${STATION}`);
  await hydrated(page);
  for (const text of personal) expect(await kept()).not.toContain(text);
  // What the device keeps for the next time is still there.
  await expect(page.getByRole("button", { name: /Как в прошлый раз: АИ-95/ })).toBeVisible();
});
