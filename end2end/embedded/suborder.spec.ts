// An extra service on the payment page: the card grows with its content, and the order joins the invoice.

import type { APIRequestContext } from "@playwright/test";
import { expect, expectAccessible, test } from "../support/fixtures.ts";
import { FRAME, messages, miniApp, openHost, payment } from "../support/host.ts";
import { STATION, type View, fillCard, heading, placeByApi } from "../support/journey.ts";

/** 2 926,00 ₽ of the invoice's first order, and 40 l at 61.90. */
const TOTAL_OF_BOTH = "5 402,00 ₽";

const SUBORDER_IN_FRAME = { type: "suborder", transport: "iframe", path: `/stations/${STATION}` };

const add = (app: View) => app.getByRole("button", { name: "Добавить в заказ" });

/** The invoice that is being paid while the mini-app is offered beside it. */
async function invoice(request: APIRequestContext): Promise<string> {
  const { payment_url } = await placeByApi(request);
  return new URL(payment_url).pathname.split("/").at(-1) ?? "";
}

test("a suborder is added to the invoice that is being paid, from one card", async ({ page, request, checkScreen }) => {
  const app = await openHost(page, { ...SUBORDER_IN_FRAME, container: await invoice(request) });
  await fillCard(app);
  await expect(app.locator(".card-payer > summary")).toContainText("Плательщик: Пётр Орлов · p.orlov@firma.example");
  await checkScreen(page, "9-suborder");
  await add(app).click();
  await expect(messages(page, "in", "done")).toHaveCount(1);
  await expect(page.getByText("Заказ добавлен в счёт")).toBeVisible();
  await expect(heading(payment(page), "Счёт на оплату")).toBeVisible();
  await expect(payment(page).getByRole("main")).toContainText(TOTAL_OF_BOTH);
});

test("the card is as high as its content, whatever it says", async ({ page, request }) => {
  const app = await openHost(page, { ...SUBORDER_IN_FRAME, userEmail: "", container: await invoice(request) });
  await expect(messages(page, "in", "height").last()).toBeVisible();
  const hidden = () =>
    miniApp(page)
      .locator("html")
      .evaluate((html) => html.scrollHeight - html.clientHeight);
  await expect.poll(hidden).toBe(0);
  await add(app).click();
  await expect(app.getByLabel("Топливо")).toHaveAttribute("aria-invalid", "true");
  await expect(app.getByLabel("Топливо")).toBeFocused();
  await expect.poll(hidden).toBe(0);
  // The host does not know the address for the documents: the card asks for it, and for nothing before.
  await expect(app.getByLabel("E-mail")).toBeHidden();
  await fillCard(app);
  await add(app).click();
  await expect(app.getByLabel("E-mail")).toBeFocused();
  await expect.poll(hidden).toBe(0);
  await app.getByLabel("E-mail").fill("buh@vector.example");
  await add(app).click();
  await expect(messages(page, "in", "done")).toHaveCount(1);
});

test("a card whose price is an old one says so, and takes the new one with the next press", async ({
  page,
  request,
  expectedErrors,
}) => {
  expectedErrors.push(/409 \(Conflict\)/);
  await page.route(
    "**/api/orders/place",
    async (route) => {
      const asked = route.request().postDataJSON() as { draft: { expected_total_kopecks: number } };
      asked.draft.expected_total_kopecks -= 100_00;
      await route.continue({ postData: JSON.stringify(asked) });
    },
    { times: 1 },
  );
  const app = await openHost(page, { ...SUBORDER_IN_FRAME, container: await invoice(request) });
  await fillCard(app);
  await add(app).click();
  await expect(app.getByRole("alert")).toContainText("Было 2 376,00 ₽, стало 2 476,00 ₽.");
  await add(app).click();
  await expect(messages(page, "in", "done")).toHaveCount(1);
});

test("a card stays a card after a reload, and has nothing that a short frame would cut off", async ({ page }) => {
  const app = await openHost(page, SUBORDER_IN_FRAME);
  await expect(add(app)).toBeVisible();
  await app.locator("html").evaluate(() => location.replace(location.pathname));
  await expect(messages(page, "in", "init")).toHaveCount(2);
  await expect(add(app)).toBeVisible();
  const pinned = await app.locator("body *").evaluateAll((elements) =>
    elements
      .filter((element) => element.checkVisibility() && /fixed|sticky/.test(getComputedStyle(element).position))
      .map((element) => element.outerHTML.slice(0, 80)),
  );
  expect(pinned).toEqual([]);
});

test("without a shop the station is chosen from a native list, and is then shown on its card", async ({ page, checkScreen }) => {
  const app = await openHost(page, { type: "suborder", transport: "iframe", path: "/" });
  const station = app.getByLabel("АЗС", { exact: true });
  await expect(station.locator("option").first()).toHaveText("Выберите АЗС");
  await expect(app.getByRole("searchbox")).toBeHidden();
  await expect(app.locator(".station-list")).toBeHidden();
  await checkScreen(page, "9-choose-station");
  await expectAccessible(page, FRAME);
  await station.selectOption({ index: 1 });
  await expect(add(app)).toBeVisible();
  const first = await station.inputValue();
  expect(first).not.toBe("");
  await app.getByLabel("Объём, л", { exact: true }).fill("40");
  // Another station has another card.
  await station.selectOption({ index: 2 });
  await expect(station).not.toHaveValue(first);
  await expect(app.getByLabel("Объём, л", { exact: true })).toHaveValue("");
  await expect(add(app)).toBeVisible();
});

test("more stations than a list can hold are a link away", async ({ page }) => {
  await page.route("**/api/stations/find", async (route) => {
    const answer = await route.fetch();
    const found = (await answer.json()) as { stations: unknown[]; total: number };
    await route.fulfill({ response: answer, json: { ...found, stations: found.stations.slice(0, 2) } });
  });
  const app = await openHost(page, { type: "suborder", transport: "iframe", path: "/" });
  await app.getByRole("link", { name: /^Все АЗС с оплатой · \d+$/ }).click();
  await expect(app.getByRole("searchbox")).toBeVisible();
  await expect(app.getByLabel("АЗС", { exact: true })).toHaveCount(0);
});

test("a shop leaves no station to choose", async ({ page }) => {
  const app = await openHost(page, { ...SUBORDER_IN_FRAME, shopId: "1" });
  await expect(add(app)).toBeVisible();
  await expect(app.getByLabel("АЗС", { exact: true })).toHaveCount(0);
});

for (const [what, metaData] of [
  ["has fuel already", [{ "@type": "Order", orderedItem: [{ orderedItem: { sku: "a95", category: "fuel" } }] }]],
  ["is in another currency", [{ offers: { priceCurrency: "KZT" } }]],
] as const) {
  test(`an invoice that ${what} takes no fuel, and the card says so`, async ({ page }) => {
    await page.goto(`/sandbox/host?${new URLSearchParams({ ...SUBORDER_IN_FRAME, metaData: JSON.stringify(metaData) })}`);
    await expect(messages(page, "in", "unavailable")).toHaveCount(1);
    await expect(page.getByText("Услуга недоступна для этого заказа")).toBeVisible();
  });
}
