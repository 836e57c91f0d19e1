// A phone that is set to dark: a page of its own follows it, a framed one stays light.

import { expect, test } from "../support/fixtures.ts";
import { openHost } from "../support/host.ts";
import { STATION, fillOrder, goToConfirmation, open, placeByApi, placePaid, startButton } from "../support/journey.ts";

test.use({ colorScheme: "dark" });

const ground = "rgb(27, 34, 39)";

test("every screen can be read in the dark", async ({ page, request, checkScreen }) => {
  await open(page, "/");
  await expect(page.locator("html")).toHaveCSS("background-color", ground);
  await checkScreen(page, "dark-1-stations");
  await open(page, `/stations/${STATION}`);
  await fillOrder(page);
  await checkScreen(page, "dark-2-station");
  await goToConfirmation(page);
  await checkScreen(page, "dark-3-confirm");
  await open(page, `/orders/${await placePaid(request)}`);
  await expect(startButton(page)).toBeVisible();
  await checkScreen(page, "dark-5-start");
  const { order_id } = await placeByApi(request);
  await open(page, `/orders/${order_id}`);
  await checkScreen(page, "dark-4-order");
  await page.getByRole("button", { name: "Отменить заказ" }).click();
  await page.getByRole("button", { name: "Да, отменить" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Заказ отменён" })).toBeVisible();
  await checkScreen(page, "dark-7-canceled");
});

test("a page in the host's frame stays light", async ({ page }) => {
  const app = await openHost(page, { type: "order", transport: "iframe", path: `/stations/${STATION}` });
  await expect(app.locator("html")).toHaveCSS("background-color", "rgb(255, 255, 255)");
});
