// What a screen fetches, as the network panel shows it: everything once, nothing of other screens. And that nothing moves on it.

import type { Locator, Page } from "@playwright/test";
import { expect, test } from "../support/fixtures.ts";
import { expectStill } from "../support/layout_shift.ts";
import {
  STATION,
  STATION_NAME,
  STATION_SEARCH,
  TOTAL,
  expectStatus,
  fillOrder,
  heading,
  hydrated,
  open,
  payButton,
  placeByApi,
  placePaid,
  readyToPay,
  screen,
  startButton,
  stationLink,
} from "../support/journey.ts";

/** Paths that are fetched over the network from now on, in their order; what the browser took from its own memory is not there. */
async function transferredPaths(page: Page): Promise<string[]> {
  const cdp = await page.context().newCDPSession(page);
  const asked = new Map<string, string>();
  const paths: string[] = [];
  cdp.on("Network.requestWillBeSent", ({ requestId, request }) => asked.set(requestId, request.url));
  cdp.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
    const url = asked.get(requestId);
    if (url !== undefined && encodedDataLength > 0) paths.push(new URL(url).pathname);
  });
  await cdp.send("Network.enable");
  return paths;
}

/** What moves this soon after a tap is attributed to the tap, not to the page. */
const EXCUSED_MS = 500;

/** Taps, and keeps back whatever is fetched for it until the browser attributes what moves to the page again. */
async function tapOnSlowLink(page: Page, target: Locator): Promise<void> {
  let release = () => {};
  const held = new Promise<void>((resolve) => (release = resolve));
  await page.route("**", async (route) => {
    await held;
    await route.continue();
  });
  await page.evaluate(() => window.addEventListener("click", () => (window.name = String(performance.now())), { once: true, capture: true }));
  await target.click();
  await page.waitForFunction((excused) => performance.now() - Number(window.name) > excused, EXCUSED_MS);
  release();
  await page.unrouteAll({ behavior: "wait" });
}

const pick = (paths: string[], pattern: RegExp) => paths.filter((path) => pattern.test(path));

test("the list fetches everything once, and nothing of the map or of other screens", async ({ page }) => {
  const paths = await transferredPaths(page);
  await page.goto("/");
  await hydrated(page);
  await page.waitForLoadState("networkidle");

  // The browser reports what has travelled a little after the page has it.
  const wasm = () => pick(paths, /\.wasm$/);
  await expect.poll(wasm, "one WebAssembly file").toEqual([expect.stringMatching(/^\/pkg\/kolonka\.[^/]+\.wasm$/)]);
  await expect.poll(() => pick(paths, /\.woff2$/).sort(), "the preloaded fonts are the ones in use").toEqual([
    "/fonts/roboto-base.woff2",
    "/fonts/roboto-ru.woff2",
    "/fonts/roboto-rub.woff2",
  ]);
  expect([...new Set(paths)].sort(), "each file travels once").toEqual([...paths].sort());
  expect(pick(paths, /leaflet/), "no map before it is wanted").toEqual([]);
  expect(pick(paths, /^\/api\//), "the stations are in the page").toEqual([]);
});

for (const [name, address] of [
  ["stations", "/"],
  ["station", `/stations/${STATION}`],
] as const) {
  test(`nothing moves on the screen ${name}`, async ({ page }) => {
    await open(page, address);
    await expect(screen(page, name)).toBeVisible();
    await expectStill(page);
  });
}

test("nothing moves on a reloaded confirmation", async ({ page }) => {
  await readyToPay(page);
  await page.reload();
  await hydrated(page);
  await expect(payButton(page)).toHaveAccessibleName(`Перейти к оплате · ${TOTAL}`);
  await expectStill(page);
});

test("nothing moves on an order that waits for its payment", async ({ page, request }) => {
  const { order_id } = await placeByApi(request);
  const listens = page.waitForResponse("**/api/orders/*/events**");
  await open(page, `/orders/${order_id}`);
  await expectStatus(page, "awaiting_payment");
  await listens;
  await expectStill(page);
});

test("nothing moves on an order that waits for its driver", async ({ page, request }) => {
  const id = await placePaid(request);
  const listens = page.waitForResponse("**/api/orders/*/events**");
  await open(page, `/orders/${id}`);
  await listens;
  await expect(startButton(page, 2)).toBeVisible();
  await expectStill(page);
});

test("nothing moves where nothing was found", async ({ page, expectedErrors }) => {
  expectedErrors.push(/404 \(Not Found\)/);
  await open(page, "/no/such/page");
  await expect(screen(page, "not_found")).toBeVisible();
  await expectStill(page);
});

test("nothing moves on the way from the list to the confirmation, however late its parts come", async ({ page }) => {
  await open(page, STATION_SEARCH);
  await tapOnSlowLink(page, stationLink(page, STATION_NAME));
  await expect(heading(page, STATION_NAME)).toBeVisible();
  await expectStill(page);
  await fillOrder(page);
  await tapOnSlowLink(page, page.getByRole("button", { name: "Продолжить" }));
  await expect(payButton(page)).toHaveAccessibleName(`Перейти к оплате · ${TOTAL}`);
  await expectStill(page);
});

test("a station brings one file of its own, named by the page before any script asks for it", async ({ page }) => {
  const paths = await transferredPaths(page);
  await page.goto(`/stations/${STATION}`);
  await hydrated(page);
  await page.waitForLoadState("networkidle");
  const own = () => pick(paths, /\.wasm$/).filter((path) => !/\/kolonka\.[^/]+\.wasm$/.test(path));
  // The browser reports what has travelled a little after the page has it.
  await expect.poll(() => own().length, "a file of its own").toBeGreaterThan(0);
  for (const path of own()) await expect(page.locator(`head link[rel=preload][href="${path}"]`)).toHaveCount(1);
  expect([...new Set(paths)].sort(), "each file travels once").toEqual([...paths].sort());
});
