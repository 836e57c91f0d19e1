// The network lost at each step, as in an underground garage: nothing is lost, nothing is done twice, and the screen
// says what it waits for.

import type { Page, Request } from "@playwright/test";
import { expect, test } from "../support/fixtures.ts";
import {
  STATION,
  STATION_NAME,
  STATION_SEARCH,
  fillOrder,
  goToConfirmation,
  heading,
  open,
  payButton,
  placeByApi,
  readyToPay,
  screen,
  stationLink,
} from "../support/journey.ts";

const WAITS_FOR_NETWORK = "Нет сети. Экран откроется, когда связь появится.";

/** Goes to an address as a link of the page does. */
async function follow(page: Page, address: string): Promise<void> {
  await page.evaluate((href) => {
    const link = document.createElement("a");
    link.href = href;
    document.querySelector("main")?.append(link);
    link.click();
  }, address);
}

test("between list and station: the list stays, and the station opens when there is a network", async ({
  page,
  context,
  expectedErrors,
  checkScreen,
}) => {
  expectedErrors.push(/ERR_INTERNET_DISCONNECTED/);
  await open(page, STATION_SEARCH);
  await context.setOffline(true);
  await stationLink(page, STATION_NAME).click();
  await expect(page.getByText(WAITS_FOR_NETWORK)).toBeVisible();
  await checkScreen(page, "1-waits");
  await expect(page.locator(".station-list > li")).not.toHaveCount(0);
  await context.setOffline(false);
  await expect(heading(page, STATION_NAME)).toBeVisible();
  await expect(page.getByText(WAITS_FOR_NETWORK)).toBeHidden();
});

test("between station and confirmation: the order is kept, and goes on", async ({
  page,
  context,
  expectedErrors,
}) => {
  expectedErrors.push(/ERR_INTERNET_DISCONNECTED/);
  await open(page, `/stations/${STATION}`);
  await fillOrder(page);
  await context.setOffline(true);
  await page.getByRole("button", { name: "Продолжить" }).click();
  await expect(page.getByText(WAITS_FOR_NETWORK)).toBeVisible();
  await context.setOffline(false);
  await expect(payButton(page)).toBeVisible();
});

test("a station that cannot be asked for is no unknown station", async ({ page, expectedErrors, checkScreen }) => {
  expectedErrors.push(/ERR_FAILED/);
  await open(page, `/stations/${STATION}`);
  await fillOrder(page);
  await page.route("**/api/stations/get", (route) => route.abort());
  await page.getByRole("button", { name: "Продолжить" }).click();
  await expect(screen(page, "confirm")).toContainText("Нет сети.");
  await checkScreen(page, "3-offline");
  await page.unroute("**/api/stations/get");
  await page.getByRole("button", { name: "Повторить" }).click();
  await expect(payButton(page)).toBeVisible();
});

test("an answer that is lost, and a reload after it, make one order", async ({ page, expectedErrors }) => {
  expectedErrors.push(/ERR_FAILED/);
  await readyToPay(page);
  const key = (request: Request) => (request.postDataJSON() as { draft: { idempotency_key: string } }).draft.idempotency_key;
  let first = "";
  await page.route(
    "**/api/orders/place",
    async (route) => {
      expect((await route.fetch()).ok()).toBe(true);
      first = key(route.request());
      await route.abort();
    },
    { times: 1 },
  );
  await payButton(page).click();
  await expect(page.getByText("второй заказ не появится")).toBeVisible();
  await page.reload();
  const again = page.waitForRequest("**/api/orders/place");
  await payButton(page).click();
  expect(key(await again)).toBe(first);
  await page.waitForURL(/\/sandbox\/pay\//);
  await expect(page.getByText(/^Заказ /)).toHaveCount(1);
});

test("an order that cannot be asked for says so, and comes by itself", async ({
  page,
  request,
  expectedErrors,
  checkScreen,
}) => {
  expectedErrors.push(/ERR_FAILED/);
  const { order_id } = await placeByApi(request);
  // The code of the order's screen is there already.
  await open(page, `/orders/${order_id}`);
  await page.route("**/api/orders/**", (route) => route.abort());
  await follow(page, "/");
  await expect(screen(page, "stations")).toBeVisible();
  await follow(page, `/orders/${order_id}`);
  await expect(page.getByText(/^Нет сети\. Заказ выполняется без телефона/)).toBeVisible();
  await checkScreen(page, "4-offline");
  await page.unroute("**/api/orders/**");
  await expect(heading(page, "Проверяем оплату")).toBeVisible();
});

test("the first press on the map without a network leaves the list", async ({ page, context, expectedErrors }) => {
  expectedErrors.push(/ERR_INTERNET_DISCONNECTED/);
  await open(page, "/");
  await context.setOffline(true);
  await page.getByRole("link", { name: "Карта" }).click();
  await expect(page.getByText(WAITS_FOR_NETWORK)).toBeVisible();
  await context.setOffline(false);
  await expect(page.locator(".map-canvas")).toBeVisible();
});

test("what was filled in stays through the confirmation and back", async ({ page }) => {
  await open(page, `/stations/${STATION}`);
  await fillOrder(page);
  await goToConfirmation(page);
  await page.reload();
  await expect(payButton(page)).toBeVisible();
  await page.goBack();
  await expect(page.getByLabel("Объём, л", { exact: true })).toHaveValue("40");
});
