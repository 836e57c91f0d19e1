// The map: an extra beside the list that a cheap phone can move.

import { expect, test } from "../support/fixtures.ts";
import { messages, openHost } from "../support/host.ts";
import { STATION, STATION_NAME, heading, open, stationLink } from "../support/journey.ts";
import type { Locator, Page, Request } from "@playwright/test";

const FIND = "/api/stations/find";
const SEARCH = "/?view=map&q=%D0%9F%D1%83%D0%BB%D0%BA%D0%BE%D0%B2%D1%81%D0%BA%D0%BE%D0%B5";

function pins(page: Page): Locator {
  return page.locator(".pin:not(.pin-cluster)");
}

async function drag(page: Page, dx: number, dy: number): Promise<void> {
  const box = await page.locator(".map-canvas").boundingBox();
  if (box === null) throw new Error("no map");
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.mouse.move(x + dx, y + dy, { steps: 10 });
  await page.mouse.up();
}

test("what is looked for is shown on the map, and a pin leads to the order", async ({ page, checkScreen }) => {
  await open(page, SEARCH);
  await expect(pins(page)).not.toHaveCount(0);
  await pins(page).first().click();
  const panel = page.getByRole("region", { name: STATION_NAME });
  await expect(panel).toContainText("Пулковское ш., 42");
  await expect(page.locator(".pin-chosen")).toHaveCount(1);
  await checkScreen(page, "1-map-panel");
  await expect(panel.getByRole("link", { name: "Маршрут" })).toHaveAttribute("href", `/stations/${STATION}/route`);
  await panel.getByRole("link", { name: "Заправиться" }).click();
  await expect(heading(page, STATION_NAME)).toBeVisible();
  await page.goBack();
  await expect(page.locator(".leaflet-container")).toBeVisible();
});

test("the map begins over all stations, and a cluster opens", async ({ page, checkScreen }) => {
  await open(page, "/?view=map");
  const clusters = page.locator(".pin-cluster");
  await expect(clusters.first()).toBeVisible();
  await checkScreen(page, "1-map");
  const before = await clusters.allTextContents();
  await clusters.first().click();
  await expect.poll(() => clusters.allTextContents(), "other clusters").not.toEqual(before);
});

/** A view that the map asks for, with what is looked for. */
type View = { bounds: { west: number }; zoom: number; fuels: string[]; open_now: boolean };

function viewOf(asked: Request): View {
  return (asked.postDataJSON() as { query: View }).query;
}

test("moving the map keeps the pins that stay in view", async ({ page }) => {
  const views: View[] = [];
  page.on("request", (asked) => void (asked.url().endsWith(FIND) && views.push(viewOf(asked))));
  await open(page, SEARCH);
  await expect(pins(page)).not.toHaveCount(0);
  const begun = views.at(-1)!;
  // Not an answer that comes late to what the map asked at first: the view goes to the west.
  const isMoved = (view: View) => view.zoom === begun.zoom && view.bounds.west < begun.bounds.west;
  const answered = page.waitForResponse((answer) => answer.url().endsWith(FIND) && isMoved(viewOf(answer.request())));
  const first = await pins(page).first().elementHandle();
  await drag(page, 40, 30);
  await (await answered).finished();
  await expect.poll(() => page.locator(".pin").count()).toBeGreaterThan(0);
  expect(await first?.evaluate((pin) => pin.isConnected), "the same element").toBe(true);
});

test("a pan with a filter asks for what the list shows", async ({ page }) => {
  const views: View[] = [];
  page.on("request", (asked) => void (asked.url().endsWith(FIND) && views.push(viewOf(asked))));
  const first = page.waitForResponse((answer) => answer.url().endsWith(FIND));
  await open(page, "/?view=map&fuel=metan&open=1");
  // The map comes to rest over what was found, if something was.
  const { total } = (await (await first).json()) as { total: number };
  if (total > 0) await expect(page.locator(".pin").first()).toBeVisible();
  const begun = views.length;
  await page.getByRole("button", { name: "Ближе" }).click();
  await expect.poll(() => views.length, "a question of the new view").toBeGreaterThan(begun);
  for (const view of views) expect(view).toMatchObject({ fuels: ["metan"], open_now: true });
});

test("a text on the map moves it over what was found", async ({ page }) => {
  await open(page, "/?view=map");
  await expect(page.locator(".pin").first()).toBeVisible();
  await page.getByRole("searchbox", { name: "Поиск АЗС" }).fill("Пулковское");
  await expect(pins(page)).toHaveCount(1);
  await expect(pins(page).first()).toBeInViewport();
});

test("without tiles the pins still lead to their stations", async ({ page, expectedErrors }) => {
  expectedErrors.push(/ERR_FAILED.*tile=/);
  await page.route("**/favicon.svg?tile=*", (route) => route.abort());
  await open(page, SEARCH);
  await pins(page).first().click();
  await expect(page.getByRole("region", { name: STATION_NAME })).toBeVisible();
});

test("a view without a network says so and keeps its pins", async ({ page, context, expectedErrors }) => {
  expectedErrors.push(/ERR_INTERNET_DISCONNECTED/);
  await open(page, SEARCH);
  await expect(pins(page)).not.toHaveCount(0);
  await context.setOffline(true);
  await page.getByRole("button", { name: "Дальше" }).click();
  await expect(page.getByText("Нет сети. На карте то, что было найдено раньше.")).toBeVisible();
  await expect(pins(page)).not.toHaveCount(0);
  await context.setOffline(false);
  await page.getByRole("button", { name: "Повторить" }).click();
  await expect(page.getByText("Нет сети.").filter({ visible: true })).toHaveCount(0);
});

test("keys and screen readers have the list instead of the map", async ({ page }) => {
  await open(page, "/?view=map");
  await expect(page.locator(".pin").first()).toBeVisible();
  await expect(page.locator(".map-canvas")).toHaveAttribute("aria-hidden", "true");
  expect(await page.locator(".map-canvas").locator("[tabindex], a, button").count()).toBe(0);
  await page.getByRole("link", { name: "Список" }).click();
  await expect(stationLink(page, STATION_NAME).or(page.getByRole("listitem").first())).toBeVisible();
});

test("the way to a station leads on to a map service", async ({ page }) => {
  const answer = await page.request.get(`/stations/${STATION}/route`, { maxRedirects: 0 });
  expect(answer.status()).toBe(307);
  expect(answer.headers()["location"]).toMatch(/^https:\/\/yandex\.ru\/maps\/\?rtext=~59\.\d+,30\.\d+&rtt=auto$/);
  expect((await page.request.get("/stations/no-such-station/route", { maxRedirects: 0 })).status()).toBe(404);
});

test("in a frame the host opens the way", async ({ page }) => {
  const app = await openHost(page, { type: "order", transport: "iframe", path: SEARCH });
  await app.locator(".pin:not(.pin-cluster)").first().click();
  await app.getByRole("link", { name: "Маршрут" }).click();
  await expect(messages(page, "in", "link")).toContainText(`/stations/${STATION}/route`);
});
