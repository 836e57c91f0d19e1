// Inside the Invoicebox app or marketplace, in a frame: the host knows the payer and shows the payment page.

import { expect, expectAccessible, test } from "../support/fixtures.ts";
import { FRAME, messages, openHost, payment } from "../support/host.ts";
import {
  LONG_WAIT_MS,
  STATION,
  STATION_NAME,
  STATION_SEARCH,
  expectStatus,
  fillOrder,
  goToConfirmation,
  heading,
  hydrated,
  payButton,
  placeByApi,
  screen,
  startPump,
  stationLink,
} from "../support/journey.ts";

const ORDER_IN_FRAME = { type: "order", transport: "iframe" };

test("the host names the payer, shows the payment page, and the mini-app follows the order", async ({ page }) => {
  const app = await openHost(page, { ...ORDER_IN_FRAME, path: STATION_SEARCH });
  await expect(messages(page, "in", "init")).toHaveCount(1);
  await expectAccessible(page, FRAME);
  await stationLink(app, STATION_NAME).click();
  await fillOrder(app);
  await expectAccessible(page, FRAME);
  await goToConfirmation(app);
  await expect(app.getByLabel("Имя или организация")).toHaveValue("Пётр Орлов");
  await expect(app.getByLabel("E-mail")).toHaveValue("p.orlov@firma.example");
  await expectAccessible(page, FRAME);
  await payButton(app).click();
  await expect(messages(page, "in", "checkout")).toHaveCount(1);
  await payment(page).getByRole("button", { name: "Оплатить", exact: true }).click();
  await expect(messages(page, "out", "paymentResult")).toHaveCount(1);
  await expectStatus(app, "paid");
  await expect(heading(app, "Оплачено")).toBeVisible();
  await expectAccessible(page, FRAME);
  await startPump(app);
  await expect(heading(app, "Налив завершён")).toBeVisible({ timeout: LONG_WAIT_MS });
  await expectStatus(app, "completed");
  await expect(app.locator(".facts")).toContainText("придут от Инвойсбокса");
  await expectAccessible(page, FRAME);
});

test("another payer takes the place of the one before, but not of what was typed", async ({ page }) => {
  const app = await openHost(page, { ...ORDER_IN_FRAME, path: `/stations/${STATION}` });
  await fillOrder(app);
  await goToConfirmation(app);
  await expect(app.getByLabel("E-mail")).toHaveValue("p.orlov@firma.example");
  await app.getByLabel("Имя или организация").fill("ООО «Вектор»");
  await page.locator(FRAME).evaluate((frame: HTMLIFrameElement) => {
    const id = new URL(frame.src).searchParams.get("id");
    const settings = { minappType: "order", userName: "Анна Синица", userEmail: "a.sinitsa@firma.example", locale: "ru", fullHeight: true };
    frame.contentWindow?.postMessage({ id, action: "init", data: { public: settings, private: { metaData: [] } } }, location.origin);
  });
  await expect(app.getByLabel("E-mail")).toHaveValue("a.sinitsa@firma.example");
  await expect(app.getByLabel("Имя или организация")).toHaveValue("ООО «Вектор»");
  await expect(app.getByLabel("Телефон")).toHaveValue("");
});

test("a payment page that the payer closes leaves an order to pay", async ({ page }) => {
  const app = await openHost(page, { ...ORDER_IN_FRAME, path: `/stations/${STATION}` });
  await fillOrder(app);
  await goToConfirmation(app);
  await payButton(app).click();
  await expect(heading(payment(page), "Счёт на оплату")).toBeVisible();
  await page.getByRole("button", { name: "Закрыть" }).click();
  await expectStatus(app, "awaiting_payment");
  await expect(heading(app, "Оплата не завершена")).toBeVisible();
  await app.getByRole("link", { name: "Повторить оплату" }).click();
  await expect(messages(page, "in", "checkout")).toHaveCount(2);
});

test("a host's message about a payment is never proof", async ({ page }) => {
  const app = await openHost(page, { ...ORDER_IN_FRAME, path: `/stations/${STATION}` });
  await fillOrder(app);
  await goToConfirmation(app);
  await payButton(app).click();
  await expect(heading(payment(page), "Счёт на оплату")).toBeVisible();
  await page.locator('[data-result="completed"]').click();
  await expect(messages(page, "out", "paymentResult")).toHaveCount(1);
  await expectStatus(app, "awaiting_payment");
  await page.locator('[data-result="hold"]').click();
  await expect(heading(app, "Средства зарезервированы")).toBeVisible();
  await expectStatus(app, "awaiting_payment");
});

test("a host that knows no checkout is offered the other way by the customer's hand", async ({ page }) => {
  await page.clock.install();
  const app = await openHost(page, { ...ORDER_IN_FRAME, noCheckout: "1", path: `/stations/${STATION}` });
  await fillOrder(app);
  await goToConfirmation(app);
  await payButton(app).click();
  await expectStatus(app, "awaiting_payment");
  await expect(messages(page, "in", "checkout")).toHaveCount(1);
  await page.clock.fastForward(11_000);
  await app.getByRole("link", { name: "Перейти к оплате" }).click();
  await expect(messages(page, "in", "done")).toHaveCount(1);
});

test("an address that is no payment page is not opened, and the host shows why", async ({ page }) => {
  const app = await openHost(page, { ...ORDER_IN_FRAME, path: `/stations/${STATION}` });
  await page.route("**/api/orders/get", async (route) => {
    const answer = await route.fetch();
    await route.fulfill({ response: answer, json: { ...(await answer.json()), payment_url: "https://pay.example/1" } });
  });
  await page.route("**/api/orders/*/events**", (route) => route.fulfill({ contentType: "text/event-stream", body: ":\n\n" }));
  await fillOrder(app);
  await goToConfirmation(app);
  await payButton(app).click();
  await expect(heading(payment(page), "Счёт на оплату")).toBeVisible();
  await page.getByRole("button", { name: "Закрыть" }).click();
  await app.getByRole("link", { name: "Повторить оплату" }).click();
  await expect(messages(page, "in", "error")).toHaveCount(1);
  await expect(app.getByRole("alert").filter({ hasText: "Страница оплаты не открывается" })).toBeVisible();
  await expect(messages(page, "in", "checkout")).toHaveCount(1);
});

test("the network's documents are opened by the host", async ({ page }) => {
  const app = await openHost(page, { ...ORDER_IN_FRAME, path: `/stations/${STATION}` });
  await fillOrder(app);
  await goToConfirmation(app);
  const opened = page.waitForEvent("popup");
  await app.getByRole("link", { name: "соглашение" }).click();
  await expect(messages(page, "in", "link")).toHaveCount(1);
  await opened;
});

test("foreign and broken messages change nothing", async ({ page }) => {
  const app = await openHost(page, { ...ORDER_IN_FRAME, path: STATION_SEARCH });
  await expect(stationLink(app, STATION_NAME)).toBeVisible();
  for (const trick of await page.locator("[data-trick]").all()) {
    await trick.click();
  }
  await stationLink(app, STATION_NAME).click();
  await expect(heading(app, STATION_NAME)).toBeVisible();
  await fillOrder(app);
});

test("a host that stays silent does not keep the customer waiting", async ({ page }) => {
  const app = await openHost(page, { ...ORDER_IN_FRAME, path: STATION_SEARCH, noInit: "1" });
  await stationLink(app, STATION_NAME).click();
  await fillOrder(app);
  await expect(screen(app, "station")).toBeVisible();
});

test("the host's language is the mini-app's, to the last answer of the server", async ({ page }) => {
  const app = await openHost(page, { ...ORDER_IN_FRAME, path: `/stations/${STATION}`, locale: "en" });
  await expect(app.getByRole("button", { name: "Continue" })).toBeVisible();
  await app.getByRole("radio", { name: /^AI-95/ }).check();
  await app.locator("label.pump").first().click();
  await app.getByLabel("Volume, l", { exact: true }).fill("40");
  await app.getByRole("button", { name: "Continue" }).click();
  await app.getByRole("button", { name: /^Go to payment · / }).click();
  await page.getByRole("button", { name: "Закрыть" }).click();
  await app.getByRole("button", { name: "Cancel the order" }).click();
  await app.getByRole("button", { name: "Yes, cancel" }).click();
  await expect(heading(app, "Order cancelled")).toBeVisible();
  await expect(app.getByText(/^You cancelled the order\./)).toBeVisible();
});

test("a reload inside the frame finds the host again", async ({ page }) => {
  const app = await openHost(page, { ...ORDER_IN_FRAME, path: STATION_SEARCH });
  await stationLink(app, STATION_NAME).click();
  await expect(heading(app, STATION_NAME)).toBeVisible();
  await app.locator("html").evaluate(() => location.reload());
  await expect(messages(page, "in", "init")).toHaveCount(2);
  await hydrated(app);
  await fillOrder(app);
  await goToConfirmation(app);
  await expect(app.getByLabel("E-mail")).toHaveValue("p.orlov@firma.example");
});

for (const [result, title, next] of [
  ["pending", "Проверяем оплату", "Перейти к оплате"],
  ["completed", "Проверяем оплату", "Перейти к оплате"],
  ["hold", "Средства зарезервированы", "Перейти к оплате"],
  ["canceled", "Оплата не завершена", "Повторить оплату"],
  ["expired", "Время на оплату вышло", "Оформить заново"],
  ["unknown", "Проверяем оплату", "Перейти к оплате"],
  ["paid", "Проверяем оплату", "Перейти к оплате"],
  ["teleported", "Проверяем оплату", "Перейти к оплате"],
] as const) {
  test(`a payment that the host calls ${result} changes texts only`, async ({ page, request }) => {
    const { order_id } = await placeByApi(request);
    const app = await openHost(page, { ...ORDER_IN_FRAME, path: `/orders/${order_id}` });
    await page.locator(`[data-result="${result}"]`).click();
    await expect(messages(page, "out", "paymentResult")).toHaveCount(1);
    await expect(heading(app, title)).toBeVisible();
    await expect(app.getByRole("link", { name: next })).toBeVisible();
    await expectStatus(app, "awaiting_payment");
  });
}

test("the first id of the address names the frame", async ({ page }) => {
  await page.goto("/robots.txt");
  const message = await page.evaluate(
    () =>
      new Promise<unknown>((resolve) => {
        window.addEventListener("message", (event) => resolve(event.data));
        const frame = document.createElement("iframe");
        frame.src = "/?id=first&id=second";
        document.body.append(frame);
      }),
  );
  expect(message).toEqual({ id: "first", action: "init" });
});
