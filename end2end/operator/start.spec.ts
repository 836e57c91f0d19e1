// The cashier starts the pump of a driver who cannot: without a network, without a battery, without a pump on the order.

import { openDesk, openOrder, precheck, rows } from "../support/desk.ts";
import { expect, test } from "../support/fixtures.ts";
import { LONG_WAIT_MS, STATION, placePaid } from "../support/journey.ts";
import type { APIRequestContext, Page } from "@playwright/test";

test.use({ viewport: { width: 1280, height: 800 } });

test.beforeEach(({ expectedErrors }) => {
  // Browsers report by themselves that nobody is signed in yet.
  expectedErrors.push(/401.*\/api\/erp\/v1\//);
});

/** Opens the desk at the card of an order that a driver has paid. */
async function openPaid(page: Page, request: APIRequestContext, more: Record<string, unknown> = {}): Promise<string> {
  const id = await placePaid(request, more);
  const { number } = (await (await request.post("/api/orders/get", { data: { id } })).json()) as { number: string };
  await openDesk(page);
  await openOrder(page, number);
  await expect(precheck(page)).toHaveAttribute("data-status", "paid");
  return id;
}

function dialog(page: Page) {
  return page.getByRole("dialog", { name: /^Включить колонку для заказа/ });
}

test("the pump of a paid order is started at the desk, at the pump where the car stands", async ({ page, request, server, checkScreen }) => {
  await server.control({ forecourt: { hold: "nozzle" } });
  await openPaid(page, request);
  await expect(precheck(page)).toContainText("Колонку можно включить до");
  await checkScreen(page, "operator-paid-by-driver");
  await precheck(page).getByRole("button", { name: "Включить", exact: true }).click();
  await expect(dialog(page)).toContainText("У какой колонки машина?");
  await expect(dialog(page).getByRole("radio", { name: "2", exact: true })).toBeChecked();
  await checkScreen(page, "operator-start");
  await dialog(page).locator("label.chip").filter({ hasText: /^4$/ }).click();
  await dialog(page).getByRole("button", { name: "Включить", exact: true }).click();
  await expect(dialog(page)).toBeHidden();
  await expect(precheck(page)).toHaveAttribute("data-status", "ready");
  await expect(precheck(page)).toContainText(/колонка 4 · включена/);
  await server.control({ forecourt: { hold: "none" } });
  await expect(precheck(page)).toHaveAttribute("data-status", "completed", { timeout: LONG_WAIT_MS });
  await expect(rows(page).first()).toContainText("Выдан");
});

test("a pump that is taken says so in the dialog, and another one starts", async ({ page, request, server, expectedErrors }) => {
  expectedErrors.push(/409 \(Conflict\)/);
  await openPaid(page, request, { pump: null });
  await server.control({ forecourt: { fault: "busy", station: STATION, pump: 1 } });
  await precheck(page).getByRole("button", { name: "Включить", exact: true }).click();
  await dialog(page).locator("label.chip").filter({ hasText: /^1$/ }).click();
  await dialog(page).getByRole("button", { name: "Включить", exact: true }).click();
  await expect(dialog(page).getByRole("alert")).toContainText("Колонка 1 занята или не работает.");
  await dialog(page).locator("label.chip").filter({ hasText: /^5$/ }).click();
  await dialog(page).getByRole("button", { name: "Включить", exact: true }).click();
  await expect(precheck(page)).toHaveAttribute("data-status", "completed", { timeout: LONG_WAIT_MS });
});

test("a paid order is cancelled with a reason, which the card keeps", async ({ page, request, checkScreen }) => {
  await openPaid(page, request);
  await precheck(page).getByRole("button", { name: "Отменить", exact: true }).click();
  const question = page.getByRole("dialog", { name: /^Отменить заказ/ });
  await question.getByRole("button", { name: "Отменить заказ" }).click();
  await expect(question.getByRole("alert")).toContainText("Укажите причину.");
  await question.getByLabel("Причина").fill("водитель передумал");
  await checkScreen(page, "operator-cancel-paid");
  await question.getByRole("button", { name: "Отменить заказ" }).click();
  await expect(precheck(page)).toHaveAttribute("data-status", "canceled");
  await expect(precheck(page)).toContainText("водитель передумал");
});

test("money on hold is shown with what may be done", async ({ page, request, server, checkScreen }) => {
  const id = await openPaid(page, request);
  await server.control({ forecourt: { fault: "fuel_after_cancel" } });
  const view = (await (await request.post("/api/orders/get", { data: { id } })).json()) as { history: { seq: number }[] };
  const started = await request.post("/api/orders/start", { data: { id, pump: 2, seq: view.history.at(-1)?.seq } });
  expect(started.ok(), await started.text()).toBe(true);
  await expect(precheck(page)).toContainText("Деньги ждут решения", { timeout: LONG_WAIT_MS });
  await expect(precheck(page).getByRole("button", { name: "Налито…" })).toBeVisible();
  await expect(precheck(page).getByRole("button", { name: "Включить", exact: true })).toHaveCount(0);
  await checkScreen(page, "operator-held");
});
