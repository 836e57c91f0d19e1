// The page of all widgets in all states: what is wrong with one of them is found here first.

import { expect, test } from "../support/fixtures.ts";
import { heading } from "../support/journey.ts";

for (const colorScheme of ["light", "dark"] as const) {
  test(`every widget in every state is accessible in ${colorScheme} colours`, async ({ page, look }) => {
    await page.emulateMedia({ colorScheme });
    await page.goto("/sandbox/components");
    await expect(heading(page, "Компоненты")).toBeVisible();
    await look(page, colorScheme === "light" ? "0-components" : "dark-0-components");
  });
}

test("the sheet opens over the page and says its name", async ({ page, look }) => {
  await page.goto("/sandbox/components");
  await page.getByRole("button", { name: "Показать" }).click();
  await expect(page.getByRole("dialog", { name: "Шторка" })).toBeVisible();
  await look(page, "0-sheet");
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toHaveCount(0);
});
