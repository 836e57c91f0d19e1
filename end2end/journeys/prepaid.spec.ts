// Paid in the morning, fuelled in the afternoon; and what becomes of an order that nobody comes for.

import { expect, test } from "../support/fixtures.ts";
import {
  LONG_WAIT_MS,
  TOTAL,
  WHEN_PAID,
  expectStatus,
  heading,
  open,
  placeByApi,
  placePaid,
  screen,
  startPump,
  statusByApi,
} from "../support/journey.ts";

const HOURS_S = 60 * 60;

test.use({ program: "where a week may pass before the start", variables: { KOLONKA_START_TTL_MINUTES: "10080", KOLONKA_TANKER_FEED_S: "10" } });

test("an order is paid in advance and started hours later, in one page or another", async ({ page, request, server, checkScreen }) => {
  const id = await placePaid(request);
  await open(page, `/orders/${id}`);
  await expect(screen(page, "order")).toContainText(/Начните до \d+\.\d\d, \d\d:\d\d, осталось [67]\sдн\./);
  await checkScreen(page, "5-start-in-a-week");
  await server.control({ clock: { advance_s: 5 * HOURS_S } });
  await page.reload();
  await expect(heading(page, "Оплачено")).toBeVisible();
  await startPump(page);
  await expectStatus(page, "completed");
  await expect(page.locator(".key")).toContainText("40,00 л");
  await expect(page.locator(".facts")).not.toContainText("Вернётся");
});

test("an order that nobody starts in time returns the money by itself", async ({ page, request, server, checkScreen }) => {
  const id = await placePaid(request);
  await open(page, `/orders/${id}`);
  await expect(heading(page, "Оплачено")).toBeVisible();
  await server.control({ clock: { advance_s: 7 * 24 * HOURS_S + 60 } });
  await expect.poll(() => statusByApi(request, id), { timeout: LONG_WAIT_MS }).toBe("canceled");
  await expectStatus(page, "canceled");
  await expect(page.getByRole("alert")).toContainText("Топливо не забрали в отведённое время.");
  await expect(page.getByRole("alert")).toContainText(`Инвойсбокс вернёт ${TOTAL}`);
  await checkScreen(page, "7-not-begun");
});

test("a payment that should have started the pump and comes late waits for the driver", async ({ page, request, server }) => {
  const { order_id, payment_url } = await placeByApi(request, WHEN_PAID);
  await server.control({ clock: { advance_s: 10 * 60 } });
  await request.post(`${payment_url}/money`);
  await open(page, `/orders/${order_id}`);
  await expectStatus(page, "paid");
  await startPump(page);
  await expectStatus(page, "completed");
});
