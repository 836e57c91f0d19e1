// An extra service on the payment page: the card grows with its content, and the order joins the invoice.

import { expect, test } from "../support/fixtures.ts";
import { messages, miniApp, openHost, payment } from "../support/host.ts";
import { STATION, fillOrder, goToConfirmation, heading, placeByApi } from "../support/journey.ts";

/** The invoice's first order and ours, of the same sum. */
const TWICE = "5 852,00 ₽";

const KNOBS = { type: "suborder", transport: "iframe", path: `/stations/${STATION}` };

test("a suborder is added to the invoice that is being paid", async ({ page, request }) => {
  // The invoice that is being paid while the mini-app is offered beside it.
  const { payment_url } = await placeByApi(request);
  const container = new URL(payment_url).pathname.split("/").at(-1) ?? "";
  const app = await openHost(page, { ...KNOBS, container });
  await fillOrder(app);
  await goToConfirmation(app);
  await expect(app.getByLabel("E-mail")).toHaveValue("p.orlov@firma.example");
  await page.screenshot({ path: `output/${test.info().project.name}/9-suborder.png`, fullPage: true });
  await app.getByRole("button", { name: "Добавить в заказ" }).click();
  await expect(messages(page, "in", "done")).toHaveCount(1);
  await expect(page.getByText("Заказ добавлен в счёт")).toBeVisible();
  await expect(heading(payment(page), "Счёт на оплату")).toBeVisible();
  await expect(payment(page).getByRole("main")).toContainText(TWICE);
});

test("the card is as high as its content", async ({ page }) => {
  const app = await openHost(page, KNOBS);
  await expect(messages(page, "in", "height").last()).toBeVisible();
  const hidden = () =>
    miniApp(page)
      .locator("html")
      .evaluate((html) => html.scrollHeight - html.clientHeight);
  await expect.poll(hidden).toBe(0);
  await fillOrder(app);
  await goToConfirmation(app);
  await expect.poll(hidden).toBe(0);
});

for (const [what, metaData] of [
  ["has fuel already", [{ "@type": "Order", orderedItem: [{ orderedItem: { sku: "a95", category: "fuel" } }] }]],
  ["is in another currency", [{ offers: { priceCurrency: "KZT" } }]],
] as const) {
  test(`an invoice that ${what} is told that fuel does not fit`, async ({ page }) => {
    await page.goto(`/sandbox/host?${new URLSearchParams({ ...KNOBS, metaData: JSON.stringify(metaData) })}`);
    await expect(messages(page, "in", "unavailable")).toHaveCount(1);
    await expect(page.getByText("Услуга недоступна для этого заказа")).toBeVisible();
  });
}
