// The cashier's desk and money after the end: a part goes back, and documents that Invoicebox refused are sent again.

import { openDesk, openOrder, precheck } from "../support/desk.ts";
import { expect, test } from "../support/fixtures.ts";
import { LONG_WAIT_MS, WHEN_PAID, placeByApi, statusByApi } from "../support/journey.ts";
import type { APIRequestContext } from "@playwright/test";

test.use({ viewport: { width: 1280, height: 800 } });

test.beforeEach(({ expectedErrors }) => {
  // Browsers report by themselves that nobody is signed in yet.
  expectedErrors.push(/401.*\/api\/erp\/v1\//);
});

/** An order that was fuelled. Returns its id and number. */
async function placeCompleted(request: APIRequestContext): Promise<{ id: string; number: string }> {
  const { order_id: id, payment_url } = await placeByApi(request, WHEN_PAID);
  await request.post(`${payment_url}/money`);
  await expect.poll(() => statusByApi(request, id), { timeout: LONG_WAIT_MS }).toBe("completed");
  return { id, number: (await view(request, id)).number };
}

async function view(request: APIRequestContext, id: string): Promise<{ number: string; refund_kopecks: number | null }> {
  return (await request.post("/api/orders/get", { data: { id } })).json();
}

test("a part of a line goes back with a reason, once", async ({ page, request, checkScreen, expectedErrors }) => {
  const { id, number } = await placeCompleted(request);
  await openDesk(page);
  await openOrder(page, number);
  await precheck(page).getByRole("button", { name: "Вернуть деньги" }).click();
  const dialog = page.getByRole("dialog", { name: /^Вернуть деньги/ });
  await checkScreen(page, "operator-refund");
  await dialog.getByRole("button", { name: "Вернуть", exact: true }).click();
  await expect(dialog.getByRole("alert")).toContainText("Укажите причину.");
  await dialog.getByLabel(/^АИ-95.*₽/).fill("сто");
  await dialog.getByLabel("Причина").fill("пролив у колонки");
  await dialog.getByRole("button", { name: "Вернуть", exact: true }).click();
  await expect(dialog.getByRole("alert")).toContainText("Введите сумму числом");
  await dialog.getByLabel(/^АИ-95.*₽/).fill("100,50");
  // The refund is carried out, and its answer is lost.
  let isLost = false;
  await page.route("**/refund", async (route) => {
    await route.fetch();
    isLost = true;
    await route.abort();
  }, { times: 1 });
  expectedErrors.push(/refund/);
  await dialog.getByRole("button", { name: "Вернуть", exact: true }).click();
  await expect.poll(() => isLost).toBe(true);
  await expect(dialog.getByRole("alert")).toBeVisible();
  await dialog.getByRole("button", { name: "Вернуть", exact: true }).click();
  await expect(dialog).toBeHidden();
  await expect.poll(async () => (await view(request, id)).refund_kopecks).toBe(10_050);
  await expect(precheck(page)).toHaveAttribute("data-status", "completed");
});

test("documents that Invoicebox refused are sent again from the card", async ({ page, request, server, checkScreen }) => {
  await server.control({ invoicebox: { fail_next: [{ route: "ship", kind: "400" }] } });
  const { number } = await placeCompleted(request);
  await openDesk(page);
  await openOrder(page, number);
  await expect(precheck(page)).toContainText("Инвойсбокс не принял отгрузку", { timeout: LONG_WAIT_MS });
  const again = precheck(page).locator(".issue").getByRole("button", { name: "Попробовать ещё раз" });
  await checkScreen(page, "operator-shipment-refused");
  await again.click();
  await expect(again).toBeHidden();
  await expect(precheck(page)).not.toContainText("Инвойсбокс не принял отгрузку");
});
