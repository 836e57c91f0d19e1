// The customer's own place: asked for when it is wanted, and done without where it is not to be had.

import { expect, test } from "../support/fixtures.ts";
import { STATION, STATION_NAME, fillOrder, heading, hydrated, open, screen, stationLink } from "../support/journey.ts";
import type { Page } from "@playwright/test";

/** Some kilometres from that station. */
const FAR = { latitude: 59.95, longitude: 30.32 };

async function place(page: Page): Promise<{ latitude: number; longitude: number }> {
  const answer = await page.request.post("/api/stations/get", { data: { id: STATION } });
  const { lat, lon } = (await answer.json()) as { lat: number; lon: number };
  return { latitude: lat, longitude: lon };
}

function nearby(page: Page) {
  return page.getByRole("button", { name: "Рядом" });
}

test("nobody is asked before the customer wants it", async ({ page }) => {
  await page.addInitScript(() => {
    const asked = navigator.geolocation.getCurrentPosition.bind(navigator.geolocation);
    Object.assign(window, { asked: 0 });
    navigator.geolocation.getCurrentPosition = (...args) => {
      Object.assign(window, { asked: 1 });
      asked(...args);
    };
  });
  await open(page, "/");
  await open(page, `/stations/${STATION}`);
  expect(await page.evaluate(() => Reflect.get(window, "asked"))).toBe(0);
});

test("the nearest come first with their distance", async ({ page, context, checkScreen }) => {
  await context.grantPermissions(["geolocation"]);
  await context.setGeolocation(await place(page));
  await open(page, "/");
  await nearby(page).click();
  await expect(nearby(page)).toHaveAttribute("aria-pressed", "true");
  await expect(page.locator(".station-list > li").first()).toContainText(STATION_NAME);
  await expect(page.locator(".station-list > li").first()).toContainText(/0\sм/);
  await checkScreen(page, "1-nearby");
  await nearby(page).click();
  await expect(page.locator(".station-distance").filter({ hasText: /м/ })).toHaveCount(0);
});

test("a refusal leaves a list that can be used", async ({ page, checkScreen }) => {
  await open(page, "/");
  await nearby(page).click();
  await expect(page.getByText("Доступ к геопозиции запрещён.")).toBeVisible();
  await checkScreen(page, "1-refused");
  await expect(page.locator(".station-list > li")).not.toHaveCount(0);
});

test("an imprecise place says so", async ({ page, context }) => {
  await context.grantPermissions(["geolocation"]);
  await context.setGeolocation({ ...FAR, accuracy: 5_000 });
  await open(page, "/");
  await nearby(page).click();
  await expect(page.getByText(/Место известно с точностью ±5,0\sкм\./)).toBeVisible();
  await expect(page.locator(".station-distance").first()).toContainText("м");
});

test("no signal can be tried again", async ({ page, context }) => {
  await context.grantPermissions(["geolocation"]);
  await context.setGeolocation(null);
  await open(page, "/");
  await nearby(page).click();
  await expect(page.getByText("Не удалось определить, где вы: нет сигнала.")).toBeVisible();
  await context.setGeolocation(await place(page));
  await page.getByRole("button", { name: "Повторить" }).click();
  await expect(page.locator(".station-list > li").first()).toContainText(STATION_NAME);
});

test("a frame that withholds the place is distinguished from a refusal", async ({ page }) => {
  await page.goto("/robots.txt");
  await page.evaluate(() => {
    const frame = document.createElement("iframe");
    Object.assign(frame, { name: "app", allow: "geolocation 'none'", src: "/", width: 360, height: 640 });
    document.body.append(frame);
  });
  const app = page.frameLocator('iframe[name="app"]');
  await hydrated(app);
  await app.getByRole("button", { name: "Рядом" }).click();
  await expect(app.getByText("Окно, в котором открыто приложение, не передаёт геопозицию.")).toBeVisible();
});

test("the map shows where the customer is", async ({ page, context }) => {
  await context.grantPermissions(["geolocation"]);
  await context.setGeolocation({ ...(await place(page)), accuracy: 80 });
  await open(page, "/?view=map");
  await page.getByRole("button", { name: "Где я" }).click();
  await expect(page.locator("path.own-dot")).toHaveCount(1);
  await expect(page.locator("path.own-accuracy")).toHaveCount(1);
  await expect(page.locator("path.own-dot")).toBeInViewport();
});

test("far from the station the customer has to say that they are there", async ({ page, context, checkScreen }) => {
  await context.grantPermissions(["geolocation"]);
  await context.setGeolocation(FAR);
  await open(page, "/?q=%D0%9F%D1%83%D0%BB%D0%BA%D0%BE%D0%B2%D1%81%D0%BA%D0%BE%D0%B5");
  await nearby(page).click();
  await expect(page.locator(".station-distance").first()).toContainText("км");
  await stationLink(page, STATION_NAME).click();
  await expect(heading(page, STATION_NAME)).toBeVisible();
  await expect(page.getByText(/^До этой АЗС \d+,\d\sкм\. Вы уже на ней или заправитесь позже\?/)).toBeVisible();
  await checkScreen(page, "2-elsewhere");
  await fillOrder(page);
  await page.getByRole("button", { name: "Продолжить" }).click();
  const there = page.getByRole("button", { name: "Я на этой АЗС" });
  await expect(there).toBeFocused();
  await there.click();
  await page.getByRole("button", { name: "Продолжить" }).click();
  await expect(screen(page, "confirm")).toBeVisible();
});

test("a sticker on the pump needs no proof of place", async ({ page, context }) => {
  await context.grantPermissions(["geolocation"]);
  await context.setGeolocation(FAR);
  await open(page, "/?q=%D0%9F%D1%83%D0%BB%D0%BA%D0%BE%D0%B2%D1%81%D0%BA%D0%BE%D0%B5");
  await nearby(page).click();
  await expect(page.locator(".station-distance").first()).toContainText("км");
  await page.evaluate((address) => {
    const link = document.createElement("a");
    link.href = address;
    document.querySelector("main")?.append(link);
    link.click();
  }, `/stations/${STATION}?pump=3`);
  await expect(heading(page, STATION_NAME)).toBeVisible();
  await expect(page.getByText(/^До этой АЗС/)).toHaveCount(0);
});
