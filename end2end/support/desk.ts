// The cashier's desk: signed in, a sale, the card of an order.

import type { Locator, Page } from "@playwright/test";
import { expect } from "./fixtures.ts";
import { STATION_NAME, TOTAL, VAT, WASHER, choosePump, heading, hydrated } from "./journey.ts";

export const TOKEN = "sandbox-erp-token";

export function desk(page: Page): Locator {
  return page.locator('main[data-screen="operator"]');
}

export function precheck(page: Page): Locator {
  return page.locator("article.precheck");
}

export function status(page: Page): Locator {
  return precheck(page).locator(".precheck-status");
}

export function rows(page: Page): Locator {
  return page.locator(".desk-orders .desk-row");
}

/** Opens the desk, signs in and chooses the station. */
export async function openDesk(page: Page): Promise<void> {
  await page.goto("/operator");
  await hydrated(page);
  await page.getByLabel("Токен кассы").fill(TOKEN);
  await page.keyboard.press("Enter");
  await page.getByRole("searchbox", { name: "Поиск АЗС" }).fill("Пулковское");
  await page.getByRole("button", { name: new RegExp(`^${STATION_NAME}(?!\\d)`) }).click();
  await expect(heading(page, STATION_NAME)).toBeVisible();
}

/** АИ-95, pump 2, 40 l and a washer. */
export async function fillSale(page: Page): Promise<void> {
  await choosePump(page, 2);
  await page.getByRole("radio", { name: /^АИ-95/ }).press("Space");
  await page.getByLabel("Объём, л", { exact: true }).fill("40");
  await page.getByRole("button", { name: `Добавить ${WASHER}` }).click();
  await expect(page.locator(".desk-foot")).toContainText(TOTAL);
  await expect(page.locator(".desk-foot")).toContainText(VAT);
}

export async function sell(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Выпустить пречек" }).click();
  await expect(precheck(page)).toHaveAttribute("data-status", "awaiting_payment");
}

/** Finds an order by its number and opens its card. */
export async function openOrder(page: Page, number: string): Promise<void> {
  await page.getByRole("searchbox", { name: "Поиск по номеру" }).fill(number);
  await expect(rows(page)).toHaveCount(1);
  await rows(page).click();
  await expect(precheck(page).getByRole("heading").first()).toContainText(Number(number).toLocaleString("ru-RU"));
}
