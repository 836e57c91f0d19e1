// What a hurried driver does before the program of the page is there: it shows at once, and is done when it comes.

import type { Page } from "@playwright/test";
import { expect, test } from "../support/fixtures.ts";
import { FIRST_NAME, STATION, STATION_NAME, TOTAL, hydrated, screen, stationLink } from "../support/journey.ts";

/** Opens a page whose program travels until the answer is called. */
async function openSlowly(page: Page, address: string): Promise<() => void> {
  let go = () => {};
  const gate = new Promise<void>((resolve) => (go = resolve));
  await page.route("**/*.wasm", async (route) => {
    await gate;
    await route.continue();
  });
  await page.goto(address, { waitUntil: "domcontentloaded" });
  await expect(page.locator("html[data-hydrated]")).toHaveCount(0);
  return go;
}

const chip = (page: Page, name: string) => page.getByRole("button", { name, exact: true });

test("chips tapped early are pressed at once and filter when the program is there", async ({ page, checkScreen }) => {
  const go = await openSlowly(page, "/");
  await chip(page, "АИ-92").click();
  await chip(page, "ДТ").click();
  await chip(page, "АИ-92").click();
  await chip(page, "АИ-100").click();
  await expect(chip(page, "АИ-92")).toHaveAttribute("aria-pressed", "false");
  await expect(chip(page, "ДТ")).toHaveAttribute("aria-pressed", "true");
  await checkScreen(page, "1-tapped-early");

  go();
  await hydrated(page);
  await expect(page).toHaveURL(/\?fuel=diesel,a100$/);
  await expect(chip(page, "АИ-92")).toHaveAttribute("aria-pressed", "false");
  await expect(chip(page, "ДТ")).toHaveAttribute("aria-pressed", "true");
  await chip(page, "ДТ").click();
  await expect(page).toHaveURL(/\?fuel=a100$/);
});

test("a text typed early is searched for", async ({ page }) => {
  const go = await openSlowly(page, "/");
  await page.getByRole("searchbox").fill("Пулковское");
  go();
  await hydrated(page);
  await expect(page).toHaveURL(/\?q=/);
  await expect(page.getByRole("searchbox")).toHaveValue("Пулковское");
  await expect(stationLink(page, STATION_NAME)).toBeVisible();
  await expect(stationLink(page, FIRST_NAME)).toHaveCount(0);
});

test("a search sent early needs no program", async ({ page }) => {
  await openSlowly(page, "/");
  await page.getByRole("searchbox").fill("Пулковское");
  await page.getByRole("searchbox").press("Enter");
  await page.waitForURL(/\?q=/, { waitUntil: "commit" });
  await expect(stationLink(page, STATION_NAME)).toBeVisible();
});

test("grade, pump, litres and goods chosen early are in the order", async ({ page }) => {
  const go = await openSlowly(page, `/stations/${STATION}`);
  await page.getByRole("radio", { name: /^АИ-95/ }).check();
  await page.locator("label.pump").filter({ has: page.getByRole("radio", { name: "Колонка 2", exact: true }) }).click();
  await page.getByLabel("Объём, л", { exact: true }).fill("40");
  await page.getByRole("button", { name: /^Добавить Омыватель/ }).click();
  await expect(page.locator("[data-tapped]")).toHaveCount(1);
  go();
  await hydrated(page);
  await expect(page.locator(".bar")).toContainText(TOTAL);
  await expect(page.locator("[data-tapped]")).toHaveCount(0);
  await page.getByRole("button", { name: "Продолжить" }).click();
  await expect(screen(page, "confirm")).toContainText(TOTAL);
});

test("where the program never comes, nothing goes on looking as if it had worked", async ({ page, expectedErrors }) => {
  expectedErrors.push(/./);
  let fail = () => {};
  const gate = new Promise<void>((resolve) => (fail = resolve));
  await page.route("**/*.wasm", async (route) => {
    await gate;
    await route.abort();
  });
  await page.goto("/", { waitUntil: "domcontentloaded" });
  await chip(page, "АИ-92").click();
  await expect(chip(page, "АИ-92")).toHaveAttribute("aria-pressed", "true");
  fail();
  await expect(page.getByRole("alert").filter({ hasText: "кнопки не работают" })).toBeVisible();
  await expect(chip(page, "АИ-92")).toHaveAttribute("aria-pressed", "false");
});
