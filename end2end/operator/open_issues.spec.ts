// What does not add up, on the card of its order: tried again, and marked as settled with a note.

import type { Locator, Page } from "@playwright/test";
import { openDesk, openOrder, precheck, rows } from "../support/desk.ts";
import { expect, test } from "../support/fixtures.ts";
import { LONG_WAIT_MS, placePaid } from "../support/journey.ts";

test.use({ viewport: { width: 1280, height: 800 } });

test.beforeEach(({ expectedErrors }) => {
  // Browsers report by themselves that nobody is signed in yet.
  expectedErrors.push(/401.*\/api\/erp\/v1\//);
});

function issues(page: Page): Locator {
  return precheck(page).locator(".issue");
}

test("money that does not move is tried again, and settled with a note", async ({ page, request, server, checkScreen }) => {
  await server.control({ invoicebox: { fail_next: [{ route: "refund", kind: "401", times: 100_000 }] } });
  const id = await placePaid(request);
  const { number } = (await (await request.post("/api/orders/get", { data: { id } })).json()) as { number: string };
  expect((await request.post("/api/orders/cancel", { data: { id } })).ok()).toBe(true);
  await openDesk(page);
  // The list says that somebody has to look, also on another day.
  const row = rows(page).filter({ hasText: Number(number).toLocaleString("ru-RU") });
  await expect(row).toContainText("Внимание", { timeout: LONG_WAIT_MS });
  await page.getByRole("radio", { name: /^Требуют внимания · \d+$/ }).check({ force: true });
  await expect(row).toBeVisible();
  await checkScreen(page, "operator-attention");
  await page.getByRole("radio", { name: "Сегодня" }).check({ force: true });
  await openOrder(page, number);
  const owed = issues(page).filter({ hasText: "Деньги должны были уйти и не ушли." });
  await expect(owed).toContainText(/-r1 2926\.00: since .*\(401\)/, { timeout: LONG_WAIT_MS });
  await expect(owed).toContainText(/с \d\d\.\d\d\.\d{4} \d\d:\d\d/);
  await checkScreen(page, "operator-open-issue");

  await owed.getByRole("button", { name: "Отметить решённым" }).click();
  const question = page.getByRole("dialog", { name: /^Отметить решённым: заказ/ });
  await expect(question).toContainText("-r1 2926.00");
  await question.getByRole("button", { name: "Отметить решённым" }).click();
  await expect(question.getByRole("alert")).toContainText("Напишите, что сделано.");
  await question.getByLabel("Что сделано").fill("звоним в банк");
  await checkScreen(page, "operator-settle");
  const settled = page.waitForResponse(/\/discrepancies\/\d+-1\/settle$/);
  await page.keyboard.press("Enter");
  expect((await settled).ok()).toBe(true);
  await expect(question).toBeHidden();

  // The money still does not move: that is a new line, which the next try brings.
  await page.setViewportSize({ width: 360, height: 640 });
  await expect(async () => {
    await expect(owed).toHaveCount(1, { timeout: LONG_WAIT_MS });
    await owed.scrollIntoViewIfNeeded();
    await checkScreen(page, "operator-open-issue-narrow");
    await expect(owed).toHaveCount(1, { timeout: 100 });
  }).toPass({ timeout: 2 * LONG_WAIT_MS });
  const again = owed.getByRole("button", { name: "Попробовать ещё раз" });
  await again.focus();
  const retried = page.waitForResponse(/\/orders\/[0-9a-f-]{36}\/outbox\/retry$/);
  await page.keyboard.press("Enter");
  expect((await retried).ok()).toBe(true);
  await expect(precheck(page).getByText("Пробуем ещё раз.")).toBeVisible();
  // The cause is mended, and the next try is minutes away.
  await server.control({ invoicebox: { fail_next: [] } });
  await expect(async () => {
    if ((await again.count()) > 0) await again.click({ timeout: 5_000 });
    await expect(issues(page)).toHaveCount(0, { timeout: 10_000 });
  }).toPass({ timeout: LONG_WAIT_MS });
  await expect(precheck(page)).not.toContainText("Требует внимания");
});
