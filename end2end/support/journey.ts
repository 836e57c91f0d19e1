// Steps that customers take, in the words that they read. `View` is a page, or the mini-app's frame in its host.

import { randomUUID } from "node:crypto";
import type { APIRequestContext, FrameLocator, Locator, Page } from "@playwright/test";
import { expect } from "./fixtures.ts";

/** Longest wait for what others do at their own pace: a payment is notified, a pump fuels, a silent station answers again. */
export const LONG_WAIT_MS = 90_000;

export type View = Page | FrameLocator;

export const STATION = "sever-12";
export const STATION_NAME = "АЗС «Север» № 12";
/** Finds that station alone. */
export const STATION_SEARCH = "/?q=Пулковское";
/** Heads the list while nothing is asked for. */
export const FIRST_NAME = "АЗС «Балтика Ойл» № 1";
/** Sells gas alone, and heads no list of petrol. */
export const GAS_STATION_NAME = "АЗС «Газ-Экспресс» № 1";
export const WASHER = "Омыватель −20 °C, 5 л";

/** 40 l at 61.90 and a washer at 450.00; 22/122 of it is VAT. */
export const TOTAL = "2 926,00 ₽";
export const VAT = "527,64 ₽";

export const PAYER = {
  name: "ООО «Вектор»",
  email: "buh@vector.example",
  phone: "+7 999 000-11-22",
  inn: "7707083893",
  kpp: "773601001",
};

export function screen(view: View, name: "stations" | "station" | "confirm" | "order" | "not_found"): Locator {
  return view.locator(`main[data-screen="${name}"]`);
}

export function heading(view: View, name: string | RegExp): Locator {
  return view.getByRole("heading", { level: 1, name });
}

/** The row of a station in the list; № 1 is not № 12. */
export function stationLink(view: View, name: string): Locator {
  return view.getByRole("link", { name: new RegExp(`^${name}(?!\\d)`) });
}

/** The page answers to touch from here on. */
export async function hydrated(view: View): Promise<void> {
  await expect(view.locator("html[data-hydrated]")).toHaveCount(1);
}

export async function open(page: Page, address: string): Promise<void> {
  await page.goto(address);
  await hydrated(page);
}

/** АИ-95, pump 2, 40 l and a washer, on the station's screen. */
export async function fillOrder(view: View): Promise<void> {
  await view.getByRole("radio", { name: /^АИ-95/ }).check();
  await choosePump(view, 2);
  await view.getByLabel("Объём, л", { exact: true }).fill("40");
  await view.getByRole("button", { name: `Добавить ${WASHER}` }).click();
  await expect(view.getByRole("group", { name: WASHER })).toContainText("1");
  await expect(view.getByLabel("Сумма, ₽", { exact: true })).toHaveValue(/^2\s?476,00$/);
  await expect(view.locator(".bar")).toContainText(TOTAL);
}

/** The square is drawn over its radio, so the square is pressed, as a thumb does. */
export async function choosePump(view: View, number: number): Promise<void> {
  const radio = view.getByRole("radio", { name: `Колонка ${number}`, exact: true });
  await view.locator("label.pump").filter({ has: radio }).click();
  await expect(radio).toBeChecked();
}

/** АИ-95, pump 2 and 40 l on the card of a payment page. */
export async function fillCard(app: View): Promise<void> {
  await app.getByLabel("Топливо").selectOption("a95");
  await app.getByLabel("Колонка").selectOption("2");
  await app.getByLabel("Объём, л", { exact: true }).fill("40");
  await expect(app.getByLabel("Сумма, ₽", { exact: true })).toHaveValue(/^2\s?476,00$/);
  await expect(app.getByRole("main")).toContainText("2 476,00 ₽");
}

/** From the filled station's screen to the priced confirmation. */
export async function goToConfirmation(view: View): Promise<void> {
  await view.getByRole("button", { name: "Продолжить" }).click();
  await expect(screen(view, "confirm")).toBeVisible();
  await expect(screen(view, "confirm")).toContainText(TOTAL);
  await expect(screen(view, "confirm")).toContainText(VAT);
}

export async function fillPayer(view: View): Promise<void> {
  await view.getByLabel("Имя или организация").fill(PAYER.name);
  await view.getByLabel("E-mail").fill(PAYER.email);
  await view.getByLabel("Телефон").fill(PAYER.phone);
  await view.getByLabel(/^ИНН/).fill(PAYER.inn);
  await view.getByLabel(/^КПП/).fill(PAYER.kpp);
}

export function payButton(view: View): Locator {
  return view.getByRole("button", { name: /^Перейти к оплате · / });
}

/** A filled confirmation of a plain browser, one press before the payment page. */
export async function readyToPay(page: Page): Promise<void> {
  await open(page, `/stations/${STATION}`);
  await fillOrder(page);
  await goToConfirmation(page);
  await fillPayer(page);
}

/** Through the confirmation to the provider's page. */
export async function goToPaymentPage(page: Page): Promise<void> {
  await readyToPay(page);
  await payButton(page).click();
  await page.waitForURL(/\/sandbox\/pay\//);
  await expect(heading(page, "Счёт на оплату")).toBeVisible();
}

/** Presses one of the provider's buttons and waits for the order's own screen. */
export async function answerPayment(page: Page, button: string): Promise<void> {
  await page.getByRole("button", { name: button, exact: true }).click();
  await page.waitForURL(/\/orders\//);
  await hydrated(page);
}

/** Starts this pump for an order that has been paid, as soon as its screen asks for it. */
export async function startPump(view: View, number = 2): Promise<void> {
  await startButton(view, number).click();
}

export function startButton(view: View, number?: number): Locator {
  return view.getByRole("button", { name: number === undefined ? /^Начать налив/ : `Начать налив · колонка ${number}`, exact: true });
}

/** Presses the button that cancels an order, and confirms it. */
export async function cancelOrder(view: View, button: string): Promise<void> {
  await view.getByRole("button", { name: button, exact: true }).click();
  await view.getByRole("button", { name: "Да, отменить" }).click();
}

/** The status that the order's screen shows. */
export async function expectStatus(view: View, ...statuses: string[]): Promise<void> {
  await expect(screen(view, "order")).toHaveAttribute("data-status", new RegExp(`^(${statuses.join("|")})$`), {
    timeout: LONG_WAIT_MS,
  });
}

/** The payment starts the pump, as somebody who is at the pump may choose. */
export const WHEN_PAID = { start: "when_paid" };

/** Places the same order by the customer API; `more` takes the place of fields of its draft. */
export async function placeByApi(
  request: APIRequestContext,
  more: Record<string, unknown> = {},
): Promise<{ order_id: string; payment_url: string }> {
  const placed = await request.post("/api/orders/place", {
    data: {
      draft: {
        idempotency_key: randomUUID(),
        station_id: STATION,
        pump: 2,
        fuel: { id: "a95", by: "volume", volume_centi: 4000, amount_kopecks: null },
        items: [{ sku: "washer-20", count: 1 }],
        customer: PAYER,
        vehicle: null,
        host: { minapp_type: "order", order_container_id: null, shop_id: null, locale: "ru" },
        expected_total_kopecks: 292_600,
        ...more,
      },
    },
  });
  expect(placed.ok(), await placed.text()).toBe(true);
  return placed.json();
}

/** An order whose payment has arrived, and which waits for its driver. */
export async function placePaid(request: APIRequestContext, more: Record<string, unknown> = {}): Promise<string> {
  const { order_id, payment_url } = await placeByApi(request, more);
  await request.post(`${payment_url}/money`);
  await expect.poll(() => statusByApi(request, order_id), { timeout: LONG_WAIT_MS }).toBe("paid");
  return order_id;
}

export async function statusByApi(request: APIRequestContext, id: string): Promise<string> {
  return (await (await request.post("/api/orders/get", { data: { id } })).json()).status;
}
