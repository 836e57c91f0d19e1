// The page of all widgets in all states: what is wrong with one of them is found here first.

import { expect, test } from "../support/fixtures.ts";
import { heading } from "../support/journey.ts";

for (const colorScheme of ["light", "dark"] as const) {
  test(`every widget in every state is accessible in ${colorScheme} colours`, async ({ page, checkScreen }) => {
    await page.emulateMedia({ colorScheme });
    await page.goto("/sandbox/components");
    await expect(heading(page, "Компоненты")).toBeVisible();
    await checkScreen(page, colorScheme === "light" ? "0-components" : "dark-0-components");
  });
}

test("the address asks for English, and every pin and panel of the map is there", async ({ page, checkScreen }) => {
  await page.goto("/sandbox/components?locale=en");
  await expect(heading(page, "Components")).toBeVisible();
  await expect(page.locator("html")).toHaveAttribute("lang", "en");
  await expect(page.locator(".pin")).toHaveCount(6);
  await expect(page.locator(".map-panel")).toHaveCount(4);
  await expect(page.locator(".map-panel").getByRole("link", { name: "Fuel here" })).toHaveCount(3);
  await checkScreen(page, "0-components-en");
});

test("the sheet opens over the page and says its name", async ({ page, checkScreen }) => {
  await page.goto("/sandbox/components");
  await page.getByRole("button", { name: "Показать" }).click();
  await expect(page.getByRole("dialog", { name: "Шторка" })).toBeVisible();
  await checkScreen(page, "0-sheet");
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toHaveCount(0);
});
