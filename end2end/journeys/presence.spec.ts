// Whoever shows to be at the pump may let the payment start it: by its sticker, by the phone's place, or by saying so.

import type { BrowserContext, Page } from "@playwright/test";
import { expect, test } from "../support/fixtures.ts";
import {
  STATION,
  STATION_NAME,
  STATION_SEARCH,
  answerPayment,
  choosePump,
  expectStatus,
  fillPayer,
  heading,
  open,
  payButton,
  screen,
  startButton,
  startPump,
  stationLink,
} from "../support/journey.ts";

const AT_ONCE = "Колонка включится сразу после оплаты";
const LATER = "Включу сам, когда буду у колонки";

function choice(page: Page, name: string) {
  return page.getByRole("radio", { name, exact: true });
}

async function fillFuel(page: Page): Promise<void> {
  await page.getByRole("radio", { name: /^АИ-95/ }).check();
  await page.getByLabel("Объём, л", { exact: true }).fill("20");
}

/** Through confirmation and payment; `says` stands on the confirmation. */
async function pay(page: Page, says: RegExp): Promise<void> {
  await page.getByRole("button", { name: "Продолжить" }).click();
  await expect(screen(page, "confirm")).toContainText(says);
  await fillPayer(page);
  await payButton(page).click();
  await page.waitForURL(/\/sandbox\/pay\//);
  await answerPayment(page, "Оплатить");
}

/** From the list to the station, with a place so many degrees north of it: a thousandth is about 111 m. */
async function comeFrom(page: Page, context: BrowserContext, north: number): Promise<void> {
  const answer = await page.request.post("/api/stations/get", { data: { id: STATION } });
  const { lat, lon } = (await answer.json()) as { lat: number; lon: number };
  await context.grantPermissions(["geolocation"]);
  await context.setGeolocation({ latitude: lat + north, longitude: lon, accuracy: 10 });
  await open(page, STATION_SEARCH);
  await page.getByRole("button", { name: "Рядом" }).click();
  await expect(page.locator(".station-distance").first()).toContainText("м");
  await stationLink(page, STATION_NAME).click();
  await expect(heading(page, STATION_NAME)).toBeVisible();
}

test("from the sticker of a pump the payment starts it", async ({ page, checkScreen }) => {
  await open(page, `/stations/${STATION}?pump=3`);
  await fillFuel(page);
  await expect(choice(page, AT_ONCE)).toBeChecked();
  await checkScreen(page, "2-station-at-the-pump");
  await pay(page, /Колонка 3 включится сразу после оплаты, если оплатить сейчас\./);
  // Nobody presses anything.
  await expectStatus(page, "completed");
  await expect(page.locator(".key-pump")).toContainText(/Колонка\s*3/);
});

test("at the pump, too, the driver may want to start it", async ({ page, checkScreen }) => {
  await open(page, `/stations/${STATION}?pump=3`);
  await fillFuel(page);
  await choice(page, LATER).check();
  await page.getByRole("button", { name: "Продолжить" }).click();
  await expect(payButton(page)).toBeVisible();
  await checkScreen(page, "3-confirm-by-driver");
  await page.goBack();
  await expect(choice(page, LATER)).toBeChecked();
  await pay(page, /После оплаты включите сами колонку 3 или другую свободную/);
  await expectStatus(page, "paid");
  await startPump(page, 3);
  await expectStatus(page, "completed");
});

test("whose phone is within 300 m may let the payment start the pump", async ({ page, context }) => {
  await comeFrom(page, context, 0.001);
  await fillFuel(page);
  await expect(choice(page, AT_ONCE), "no pump, no start").toHaveCount(0);
  await choosePump(page, 2);
  await expect(choice(page, AT_ONCE)).toBeChecked();
});

test("a phone that is farther away is believed when its owner says where they are, and starts nothing unasked", async ({ page, context }) => {
  await comeFrom(page, context, 0.02);
  await fillFuel(page);
  await choosePump(page, 2);
  await expect(choice(page, AT_ONCE)).toHaveCount(0);
  await page.getByRole("button", { name: "Я на этой АЗС" }).click();
  await expect(choice(page, LATER)).toBeChecked();
  await choice(page, AT_ONCE).check();
  await pay(page, /Колонка 2 включится сразу после оплаты/);
  await expectStatus(page, "completed");
});

test("who fuels later pays now and is offered no start by the payment", async ({ page, context }) => {
  await comeFrom(page, context, 0.02);
  await fillFuel(page);
  await choosePump(page, 2);
  await page.getByRole("button", { name: "Заправлюсь позже" }).click();
  await expect(choice(page, AT_ONCE)).toHaveCount(0);
  await expect(screen(page, "station")).toContainText("После оплаты включите сами колонку 2 или другую свободную, когда будете у неё.");
  await pay(page, /После оплаты включите сами колонку 2/);
  await expectStatus(page, "paid");
  await expect(startButton(page, 2)).toBeVisible();
});

test("a busy pump may be ordered, is said to be busy, and is not started by the payment unasked", async ({ page, checkScreen }) => {
  await open(page, `/stations/${STATION}?pump=6`);
  await fillFuel(page);
  await expect(page.getByRole("radio", { name: "Колонка 6, занята" })).toBeChecked();
  await expect(screen(page, "station")).toContainText("Колонка 6 сейчас занята или не работает. Включить можно будет её или другую.");
  await expect(choice(page, LATER)).toBeChecked();
  await checkScreen(page, "2-station-busy-pump");
  await choosePump(page, 4);
  await expect(choice(page, AT_ONCE)).toBeChecked();
});
