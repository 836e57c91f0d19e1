// The bridge where a host is late, sends again, or is not there at all: messages over a real window.

import { randomUUID } from "node:crypto";
import type { Page } from "@playwright/test";
import { expect, test } from "../support/fixtures.ts";
import { FRAME, miniApp, messages, openHost, payment, sendInit } from "../support/host.ts";
import {
  PAYER,
  STATION,
  STATION_NAME,
  STATION_SEARCH,
  expectStatus,
  fillOrder,
  goToConfirmation,
  heading,
  open,
  payButton,
  startButton,
  startPump,
  stationLink,
  type View,
} from "../support/journey.ts";

const ORDER_IN_FRAME = { type: "order", transport: "iframe" };
const NAME_LABEL = "Имя или организация";

for (const [what, waits] of [
  ["it was asked again", [5_000]],
  ["the mini-app is standalone", [5_000, 5_000]],
] as const) {
  test(`a host that answers when ${what} is taken up`, async ({ page }) => {
    await page.clock.install();
    const app = await openHost(page, { ...ORDER_IN_FRAME, path: `/stations/${STATION}`, noInit: "1" });
    await fillOrder(app);
    await goToConfirmation(app);
    for (const wait of waits) {
      await page.clock.fastForward(wait);
      await expect(messages(page, "in", "init")).toHaveCount(2);
    }
    await expect(app.getByLabel(NAME_LABEL)).toHaveValue("");
    await page.locator('[data-trick="init"]').click();
    await expect(app.getByLabel(NAME_LABEL)).toHaveValue("Пётр Орлов");
    await payButton(app).click();
    await expect(messages(page, "in", "checkout")).toHaveCount(1);
    await expect(heading(payment(page), "Счёт на оплату")).toBeVisible();
  });
}

test("a host that asks for another language later gets it, and the order is kept", async ({ page }) => {
  const app = await openHost(page, { ...ORDER_IN_FRAME, path: `/stations/${STATION}` });
  await fillOrder(app);
  await sendInit(page, { locale: "en" });
  await expect(app.locator("html")).toHaveAttribute("lang", "en");
  await expect(app.getByRole("button", { name: "Continue" })).toBeVisible();
  await expect(app.getByRole("radio", { name: /^AI-95/ })).toBeChecked();
  await expect(app.getByLabel("Volume, l", { exact: true })).toHaveValue("40");
});

test("a host that names the payer later fills what is empty, and leaves what was written", async ({ page }) => {
  const unknown = { userName: "", userEmail: "", userPhone: "" };
  const app = await openHost(page, { ...ORDER_IN_FRAME, ...unknown, path: `/stations/${STATION}` });
  await fillOrder(app);
  await goToConfirmation(app);
  await app.getByLabel(NAME_LABEL).fill(PAYER.name);
  await sendInit(page, { userName: "Анна Ли", userEmail: "a.lee@firm.example", userPhone: "+79990003344" });
  await expect(app.getByLabel("E-mail")).toHaveValue("a.lee@firm.example");
  await expect(app.getByLabel("Телефон")).toHaveValue("+79990003344");
  await expect(app.getByLabel(NAME_LABEL)).toHaveValue(PAYER.name);
});

/** The frame is as high as the screen in it, to the pixel, and nothing floats above it. */
async function expectOwnHeight(page: Page, app: View): Promise<void> {
  await expect(app.locator(".app")).toHaveAttribute("data-mode", "embedded");
  const hidden = () => miniApp(page).locator("html").evaluate((html) => html.scrollHeight - html.clientHeight);
  await expect.poll(hidden, "the frame is high enough").toBe(0);
  const pinned = await app.locator("body *").evaluateAll((elements) =>
    elements
      .filter((element) => element.checkVisibility() && /fixed|sticky/.test(getComputedStyle(element).position))
      .map((element) => element.outerHTML.slice(0, 80)),
  );
  expect(pinned).toEqual([]);
}

test("a main order in a frame without a height of its own reports the height of every screen", async ({ page }) => {
  const app = await openHost(page, { ...ORDER_IN_FRAME, path: STATION_SEARCH, fullHeight: "false" });
  await expect(messages(page, "in", "height").first()).toBeVisible();
  await expectOwnHeight(page, app);
  await stationLink(app, STATION_NAME).click();
  await expect(heading(app, STATION_NAME)).toBeVisible();
  await expectOwnHeight(page, app);
  await fillOrder(app);
  await goToConfirmation(app);
  await expectOwnHeight(page, app);
  await payButton(app).click();
  await payment(page).getByRole("button", { name: "Оплатить", exact: true }).click();
  await expectStatus(app, "paid");
  await expect(startButton(app, 2)).toBeVisible();
  await expectOwnHeight(page, app);
  await startPump(app);
  await expectStatus(app, "completed");
  await expectOwnHeight(page, app);
});

/** First message of a host to a frame of this id. */
const init = (id: string | null) => ({
  id,
  action: "init",
  data: { public: { minappType: "order", locale: "en", fullHeight: true }, private: { metaData: [] } },
});

/** A bare page of the sandbox's origin that frames the mini-app and keeps its messages. */
async function frame(page: Page, address: string): Promise<() => Promise<unknown[]>> {
  await page.goto("/robots.txt");
  await page.evaluate((src) => {
    const received: unknown[] = [];
    Object.assign(window, { received });
    window.addEventListener("message", (event) => received.push(event.data));
    const frame = document.createElement("iframe");
    frame.name = "mini-app";
    frame.src = src;
    document.body.append(frame);
  }, address);
  return () => page.evaluate(() => (window as unknown as { received: unknown[] }).received);
}

test("a frame without an id sends null, and takes messages of a host that does", async ({ page }) => {
  const received = await frame(page, "/");
  await expect.poll(received).toEqual([{ id: null, action: "init" }]);
  await page.evaluate((message) => window.frames[0]?.postMessage(message, "*"), init("null"));
  await page.evaluate((message) => window.frames[0]?.postMessage(message, "*"), init(null));
  await expect(miniApp(page).locator("html")).toHaveAttribute("lang", "en");
});

test("in the app one text goes to the native side, and nothing to the window around", async ({ page }) => {
  await page.addInitScript(() => {
    if (window.parent === window) return;
    const posted: unknown[][] = [];
    Object.assign(window, { posted, ReactNativeWebView: { postMessage: (...message: unknown[]) => posted.push(message) } });
  });
  const received = await frame(page, "/?id=frm-7");
  const posted = () => page.frame("mini-app")?.evaluate(() => (window as unknown as { posted: unknown[][] }).posted);
  await expect.poll(posted).toEqual([['{"id":"frm-7","action":"init"}']]);
  expect(await received()).toEqual([]);
});

test("a page of its own sends no message and takes none, whatever its address says", async ({ page }) => {
  await page.addInitScript(() => {
    const received: unknown[] = [];
    Object.assign(window, { received });
    window.addEventListener("message", (event) => received.push(event.data));
  });
  await open(page, "/?id=frm-7");
  const received = () => page.evaluate(() => (window as unknown as { received: unknown[] }).received);
  await page.evaluate((message) => window.postMessage(message, "*"), init("frm-7"));
  await expect.poll(received, "our own message and no other").toEqual([init("frm-7")]);
  await stationLink(page, "АЗС").first().click();
  await expect(page.getByRole("button", { name: "Продолжить" })).toBeVisible();
  expect(await received()).toHaveLength(1);
});

// Sent on a screen with the payer's fields, the language must not end the program.
for (const [what, parameters, title] of [
  ["confirmation", { ...ORDER_IN_FRAME }, "Confirm the order"],
  ["card of a payment page", { type: "suborder", transport: "iframe" }, "Fuel and volume"],
] as const) {
  test(`the ${what} takes another language of the host`, async ({ page }) => {
    const app = await openHost(page, { ...parameters, path: `/stations/${STATION}` });
    if (parameters.type === "order") {
      await fillOrder(app);
      await goToConfirmation(app);
    } else await expect(app.getByRole("button", { name: "Добавить в заказ" })).toBeVisible();
    const suborder = { minappType: "suborder", orderContainerId: randomUUID(), fullHeight: false };
    await sendInit(page, { ...(parameters.type === "suborder" ? suborder : {}), locale: "en" });
    await expect(app.getByRole("heading", { level: 1, name: title })).toBeVisible();
    await expect(app.locator("html")).toHaveAttribute("lang", "en");
  });
}

test("a confirmation that is reloaded under an English host is kept", async ({ page }) => {
  const app = await openHost(page, { ...ORDER_IN_FRAME, path: `/stations/${STATION}` });
  await fillOrder(app);
  await goToConfirmation(app);
  await page.locator(FRAME).evaluate((frame: HTMLIFrameElement) => {
    const address = new URL(frame.src);
    return (frame.src = `${address.pathname}/confirm${address.search}`);
  });
  await expect(messages(page, "in", "init")).toHaveCount(2);
  await sendInit(page, { locale: "en" });
  await expect(app.getByRole("button", { name: /^Go to payment · / })).toBeVisible();
});

test("the host's language is also that of an address that leads nowhere", async ({ page, expectedErrors }) => {
  expectedErrors.push(/404 \(Not Found\)/);
  const app = await openHost(page, { ...ORDER_IN_FRAME, path: "/no/such/page", locale: "en" });
  await expect(heading(app, "There is no such page")).toBeVisible();
});
