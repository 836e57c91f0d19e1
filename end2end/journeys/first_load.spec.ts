// What the first screen fetches, as the network panel shows it: everything once, nothing of other screens.

import type { Page } from "@playwright/test";
import { expect, test } from "../support/fixtures.ts";
import { STATION, hydrated, screen } from "../support/journey.ts";

/** Paths that travelled over the network, in their order; what the browser took from its own memory is not there. */
async function travelled(page: Page): Promise<string[]> {
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

/** How far things moved after they were first drawn, by the measure of Web Vitals. */
function layoutShift(page: Page): Promise<number> {
  return page.evaluate(
    () =>
      new Promise<number>((resolve) => {
        let sum = 0;
        const add = (entries: PerformanceEntryList) => {
          for (const entry of entries) sum += (entry as PerformanceEntry & { value: number }).value;
        };
        const observer = new PerformanceObserver((list) => add(list.getEntries()));
        observer.observe({ type: "layout-shift", buffered: true });
        // Buffered entries are delivered before the second frame.
        requestAnimationFrame(() =>
          requestAnimationFrame(() => {
            add(observer.takeRecords());
            resolve(sum);
          }),
        );
      }),
  );
}

const of = (paths: string[], pattern: RegExp) => paths.filter((path) => pattern.test(path));

test("the list fetches everything once, and nothing of the map or of other screens", async ({ page }) => {
  const paths = await travelled(page);
  await page.goto("/");
  await hydrated(page);
  await page.waitForLoadState("networkidle");

  expect([...new Set(paths)].sort(), "each file travels once").toEqual([...paths].sort());
  expect(of(paths, /\.wasm$/), "one WebAssembly file").toEqual([expect.stringMatching(/^\/pkg\/kolonka\.[^/]+\.wasm$/)]);
  expect(of(paths, /\.woff2$/).sort(), "the preloaded fonts are the ones in use").toEqual([
    "/fonts/roboto-base.woff2",
    "/fonts/roboto-rub.woff2",
    "/fonts/roboto-ru.woff2",
  ]);
  expect(of(paths, /leaflet/), "no map before it is wanted").toEqual([]);
  expect(of(paths, /^\/api\//), "the stations are in the page").toEqual([]);
});

for (const [name, address] of [
  ["stations", "/"],
  ["station", `/stations/${STATION}`],
] as const) {
  test(`nothing moves on the screen ${name}`, async ({ page }) => {
    await page.goto(address);
    await expect(screen(page, name)).toBeVisible();
    await hydrated(page);
    await page.evaluate(() => document.fonts.ready);
    expect(await layoutShift(page)).toBe(0);
  });
}

test("a station brings one file of its own, named by the page before any script asks for it", async ({ page }) => {
  const paths = await travelled(page);
  await page.goto(`/stations/${STATION}`);
  await hydrated(page);
  const own = of(paths, /\.wasm$/).filter((path) => !/\/kolonka\.[^/]+\.wasm$/.test(path));
  expect(own.length, "a file of its own").toBeGreaterThan(0);
  for (const path of own) await expect(page.locator(`head link[rel=preload][href="${path}"]`)).toHaveCount(1);
  expect([...new Set(paths)].sort(), "each file travels once").toEqual([...paths].sort());
});
