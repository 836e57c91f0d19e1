// Where the program in the page cannot begin, or breaks down: the page stays, says so, and shows a way on.

import type { Page } from "@playwright/test";
import { expect, test } from "../support/fixtures.ts";
import { FIRST_NAME, STATION, STATION_NAME, TOTAL, heading, open, placeByApi, screen, stationLink } from "../support/journey.ts";

function stuck(page: Page) {
  return page.getByRole("alert").filter({ hasText: "Страница загрузилась не полностью" });
}

test("without its WebAssembly a page stays readable, true, and says how to go on", async ({ page, request, checkScreen, expectedErrors }) => {
  expectedErrors.push(/./);
  await page.route("**/*.wasm", (route) => route.abort());
  const { order_id } = await placeByApi(request);
  await page.goto("/");
  await expect(stuck(page)).toBeVisible();
  await expect(stationLink(page, FIRST_NAME)).toBeVisible();
  await checkScreen(page, "8-stuck-stations");
  await page.goto(`/stations/${STATION}`);
  await expect(heading(page, STATION_NAME)).toBeVisible();
  await expect(stuck(page)).toBeVisible();
  await page.goto(`/orders/${order_id}`);
  await expect(screen(page, "order")).toHaveAttribute("data-status", "awaiting_payment");
  await expect(screen(page, "order")).toContainText(TOTAL);
  await expect(page.getByRole("link", { name: "Перейти к оплате" })).toHaveAttribute("href", /\/sandbox\/pay\//);
  await expect(stuck(page)).toBeVisible();
  await checkScreen(page, "8-stuck-order");
  await page.unroute("**/*.wasm");
  await stuck(page).getByRole("link", { name: "Обновить" }).click();
  await expect(page.locator("html[data-hydrated]")).toHaveCount(1);
  await expect(stuck(page)).toBeHidden();
});

test("a browser without WebAssembly shows the same", async ({ page, expectedErrors }) => {
  expectedErrors.push(/./);
  await page.addInitScript(() => Reflect.deleteProperty(window, "WebAssembly"));
  await page.goto("/");
  await expect(stuck(page)).toBeVisible();
  await expect(stationLink(page, FIRST_NAME)).toBeVisible();
});

test("a program that breaks down says so, and a reload brings it back", async ({ page, expectedErrors }) => {
  expectedErrors.push(/unreachable/);
  await open(page, "/");
  await expect(stuck(page)).toBeHidden();
  await page.evaluate(() => {
    setTimeout(() => {
      throw new WebAssembly.RuntimeError("unreachable");
    });
  });
  await expect(stuck(page)).toBeVisible();
  await stuck(page).getByRole("link", { name: "Обновить" }).click();
  await expect(stuck(page)).toBeHidden();
  await expect(page.locator("html[data-hydrated]")).toHaveCount(1);
});
