// The time to pay runs out.

import { expect, test } from "../support/fixtures.ts";
import { expectStatus, goToPaymentPage, heading, hydrated } from "../support/journey.ts";

test.use({ program: "with a clock that goes before" });

test("an order that nobody paid in time says so", async ({ page, server, checkScreen }) => {
  await goToPaymentPage(page);
  await page.goBack();
  await hydrated(page);
  await expectStatus(page, "awaiting_payment");
  await server.control({ clock: { advance_s: 31 * 60 } });
  await expectStatus(page, "expired");
  await expect(heading(page, "Оплата не прошла")).toBeVisible();
  await expect(page.getByRole("alert")).toContainText("Время на оплату вышло. Деньги не списаны.");
  await checkScreen(page, "7-expired");
});
