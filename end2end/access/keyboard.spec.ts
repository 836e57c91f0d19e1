// The way of those who do not see the screen or use no pointer.

import type { Locator, Page } from "@playwright/test";
import { expect, test } from "../support/fixtures.ts";
import {
  PAYER,
  STATION_NAME,
  STATION_SEARCH,
  TOTAL,
  WASHER,
  expectStatus,
  fillOrder,
  goToConfirmation,
  heading,
  hydrated,
  open,
  payButton,
  screen,
  startButton,
  stationLink,
} from "../support/journey.ts";

/** More tab stops than any screen has. */
const STOPS = 60;

/** Presses Tab until the element has the focus. */
async function tabTo(page: Page, element: Locator): Promise<void> {
  for (let stop = 0; stop < STOPS; stop++) {
    if (await element.evaluate((one) => one === document.activeElement)) return;
    await page.keyboard.press("Tab");
  }
  await expect(element, "reached by Tab").toBeFocused();
}

test("a new page is read from its heading", async ({ page }) => {
  await open(page, STATION_SEARCH);
  await stationLink(page, STATION_NAME).click();
  await expect(heading(page, STATION_NAME)).toBeFocused();
  await fillOrder(page);
  await goToConfirmation(page);
  await expect(heading(page, "Подтверждение заказа")).toBeFocused();
  await page.goBack();
  await expect(heading(page, STATION_NAME)).toBeFocused();
});

test("the whole way is open to a keyboard", async ({ page }) => {
  await open(page, "/");
  await tabTo(page, page.getByRole("searchbox", { name: "Поиск АЗС" }));
  await page.keyboard.type("Пулковское");
  await expect(page.getByRole("listitem").filter({ hasText: "АЗС" })).toHaveCount(1);
  await tabTo(page, stationLink(page, STATION_NAME));
  await page.keyboard.press("Enter");
  await expect(heading(page, STATION_NAME)).toBeFocused();

  await tabTo(page, page.getByRole("radio", { name: /^АИ-95/ }));
  await page.keyboard.press("Space");
  await expect(page.getByRole("radio", { name: /^АИ-95/ })).toBeChecked();
  await tabTo(page, page.getByRole("radio", { name: "Выберу на месте" }));
  await page.keyboard.press("ArrowRight");
  await expect(page.getByRole("radio", { name: "Колонка 1", exact: true })).toBeChecked();
  await page.keyboard.press("ArrowRight");
  await expect(page.getByRole("radio", { name: "Колонка 2", exact: true })).toBeChecked();
  await tabTo(page, page.getByLabel("Объём, л", { exact: true }));
  await page.keyboard.type("40");
  await tabTo(page, page.getByRole("button", { name: `Добавить ${WASHER}` }));
  await page.keyboard.press("Enter");
  await expect(page.locator(".bar")).toContainText(TOTAL);
  await tabTo(page, page.getByRole("button", { name: "Продолжить" }));
  await page.keyboard.press("Enter");
  await expect(screen(page, "confirm")).toBeVisible();

  for (const [label, text] of [
    ["Имя или организация", PAYER.name],
    ["E-mail", PAYER.email],
    ["Телефон", PAYER.phone],
  ] as const) {
    await tabTo(page, page.getByLabel(label));
    await page.keyboard.type(text);
  }
  await tabTo(page, payButton(page));
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/sandbox\/pay\//);
  await tabTo(page, page.getByRole("button", { name: "Оплатить", exact: true }));
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/orders\//);
  await hydrated(page);
  await expectStatus(page, "paid");
  await tabTo(page, page.getByRole("radio", { name: "Колонка 2", exact: true }));
  await page.keyboard.press("ArrowRight");
  await tabTo(page, startButton(page, 3));
  await page.keyboard.press("Enter");
  await expectStatus(page, "completed");
});
