// A shop of the marketplace is a station: the host says which shop was opened, and its station comes up by itself.

import { expect, test } from "../support/fixtures.ts";
import { openHost } from "../support/host.ts";
import { heading, screen } from "../support/journey.ts";

const ORDER_IN_FRAME = { type: "order", transport: "iframe" };
const SHOP = 470_011;
const SHOP_STATION_NAME = "АЗС у маяка № 470";

// Its brand and its city would be there for every other test.
test.use({ program: "with a shop of the marketplace" });

test.beforeEach(async ({ server, request }) => {
  await server.importStations(
    `id,name,brand,city,address,lat,lon,shop_id\nlighthouse-470,${SHOP_STATION_NAME},Маяк,Выборг,Морская 1,60.71,28.73,${SHOP}\n`,
  );
  const found = async () => {
    const answer = await request.post("/api/stations/find", { data: { query: { shop_id: SHOP } } });
    return (await answer.json()).total;
  };
  await expect.poll(found).toBe(1);
});

test("a shop opens its station, and back leads to the list", async ({ page }) => {
  const app = await openHost(page, { ...ORDER_IN_FRAME, shopId: String(SHOP) });
  await expect(heading(app, SHOP_STATION_NAME)).toBeVisible();
  await app.getByRole("link", { name: "К списку АЗС" }).click();
  await expect(screen(app, "stations")).toBeVisible();
  await expect(app.getByRole("searchbox")).toBeVisible();
  await expect(heading(app, SHOP_STATION_NAME)).toHaveCount(0);
});

test("a shop that nobody knows opens the list", async ({ page }) => {
  const app = await openHost(page, { ...ORDER_IN_FRAME, shopId: "1" });
  await expect(screen(app, "stations")).toBeVisible();
});

test("short addresses lead to the station", async ({ page }) => {
  await page.goto(`/shop/${SHOP}?pump=3`);
  await expect(page).toHaveURL(/\/stations\/lighthouse-470\?pump=3$/);
  await page.goto("/s/lighthouse-470");
  await expect(heading(page, SHOP_STATION_NAME)).toBeVisible();
});
