// WCAG 1.4.4 and 1.4.10: text twice as large, and a page as narrow as the smallest phone, lose nothing.

import type { Frame, Locator, Page } from "@playwright/test";
import { expect, test } from "../support/fixtures.ts";
import { miniAppFrame, openHost } from "../support/host.ts";
import {
  STATION,
  STATION_NAME,
  STATION_SEARCH,
  cancelOrder,
  expectStatus,
  fillCard,
  fillOrder,
  goToConfirmation,
  heading,
  open,
  placeByApi,
  screen,
} from "../support/journey.ts";
import { STATES, showState } from "../support/states.ts";

/** Elements whose own text is cut off, or that must be moved sideways to be read. A strip of chips may. */
function cutTexts(frame: Frame): Promise<string[]> {
  return frame.evaluate(() => {
    const cut: string[] = [];
    for (const element of document.querySelectorAll<HTMLElement>("body *")) {
      const own = [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.textContent?.trim());
      const { overflowX, overflowY } = getComputedStyle(element);
      const hides = [overflowX, overflowY].some((overflow) => ["hidden", "clip"].includes(overflow));
      const visible = element.checkVisibility() && !element.closest(".sr, [aria-hidden=true]");
      const over = element.scrollWidth > element.clientWidth + 1 || element.scrollHeight > element.clientHeight + 1;
      if (own && hides && visible && over) cut.push(`${element.className}: ${element.textContent?.trim()}`);
      const sideways = overflowX === "auto" && element.scrollWidth > element.clientWidth && !element.matches(".chips-in");
      if (sideways && visible) cut.push(`${element.className}: scrolls sideways by ${element.scrollWidth - element.clientWidth} px`);
    }
    return cut;
  });
}

type CheckScreen = (page: Page, name: string) => Promise<void>;

async function expectNoCutText(frame: Frame, name: string): Promise<void> {
  expect.soft(await cutTexts(frame), `${name} cuts no text off`).toEqual([]);
  const over = await frame.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect.soft(over, `${name} must not scroll sideways`).toBeLessThanOrEqual(0);
}

async function expectPageWithoutCutText(page: Page, checkScreen: CheckScreen, name: string): Promise<void> {
  await checkScreen(page, name);
  await expectNoCutText(page.mainFrame(), name);
}

async function doubleTextSize(frame: Page | Frame): Promise<void> {
  await frame.evaluate(() => {
    document.documentElement.style.fontSize = "200%";
  });
}

for (const [what, large] of [
  ["320 px", false],
  ["320 px and 200 %", true],
] as const) {
  test.describe(what, () => {
    test.use({ viewport: { width: 320, height: 640 } });

    const name = (screen: string) => `small-${large ? "200-" : ""}${screen}`;
    const prepared = async (page: Page, address: string) => {
      await open(page, address);
      if (large) await doubleTextSize(page);
    };

    test(`every screen up to the payment is whole at ${what}`, async ({ page, request, checkScreen }) => {
      await prepared(page, "/");
      await expectPageWithoutCutText(page, checkScreen, name("1-stations"));
      await open(page, `/stations/${STATION}`);
      await fillOrder(page);
      if (large) await doubleTextSize(page);
      await expectPageWithoutCutText(page, checkScreen, name("2-station"));
      await goToConfirmation(page);
      await expectPageWithoutCutText(page, checkScreen, name("3-confirm"));
      const { order_id } = await placeByApi(request);
      await prepared(page, `/orders/${order_id}`);
      await expect(screen(page, "order")).toBeVisible();
      await expectPageWithoutCutText(page, checkScreen, name("4-order"));
    });

    test(`map and filters are whole at ${what}`, async ({ page, checkScreen }) => {
      await prepared(page, `${STATION_SEARCH}&view=map`);
      await page.locator(".pin").first().click();
      await expect(page.getByRole("region", { name: STATION_NAME })).toBeVisible();
      await expectPageWithoutCutText(page, checkScreen, name("1-map-panel"));
      await prepared(page, "/");
      await page.getByRole("button", { name: /^Фильтры/ }).click();
      await expect(page.getByRole("checkbox", { name: /^АИ-95 · [1-9]/ })).toBeVisible();
      await expectPageWithoutCutText(page, checkScreen, name("1-filters"));
    });

    test(`the card of a payment page is whole at ${what}`, async ({ page, checkScreen }) => {
      const app = await openHost(page, { type: "suborder", transport: "iframe", path: `/stations/${STATION}` });
      if (large) await doubleTextSize(miniAppFrame(page));
      await fillCard(app);
      await checkScreen(page, name("9-suborder"));
      await expectNoCutText(miniAppFrame(page), name("9-suborder"));
    });

    test(`an order is whole to its end at ${what}`, async ({ page, request }) => {
      // Their pictures and their accessibility: states.spec.ts.
      const { order_id } = await placeByApi(request);
      for (const state of ["paid", "start-refused", "held", "authorising", "partial", "refused", "failed"]) {
        const { status, title } = STATES[state]!;
        await showState(page, request, order_id, STATES[state]!);
        await prepared(page, `/orders/${order_id}`);
        await expectStatus(page, status);
        await expect(heading(page, title[0])).toBeVisible();
        await expectNoCutText(page.mainFrame(), state);
      }
      await page.unrouteAll();
      await prepared(page, `/orders/${order_id}`);
      await cancelOrder(page, "Отменить заказ");
      await expectStatus(page, "canceled");
      await expectNoCutText(page.mainFrame(), "canceled");
    });
  });
}

test("at 360 px the way to a station is beside its tag", async ({ page }) => {
  await page.setViewportSize({ width: 360, height: 640 });
  await open(page, `/stations/${STATION}`);
  const middle = (of: Locator) => of.evaluate((element) => element.getBoundingClientRect().y + element.clientHeight / 2);
  const facts = page.locator(".station-facts");
  const route = await middle(facts.getByRole("link", { name: "Маршрут" }));
  expect(Math.abs((await middle(facts.locator(".tag"))) - route)).toBeLessThan(4);
});
