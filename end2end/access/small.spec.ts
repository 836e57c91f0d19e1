// WCAG 1.4.4 and 1.4.10: text twice as large, and a page as narrow as the smallest phone, lose nothing.

import type { Page } from "@playwright/test";
import { expect, test } from "../support/fixtures.ts";
import { STATION, fillOrder, goToConfirmation, open, placeByApi, screen } from "../support/journey.ts";

/** Elements whose own text is cut off. A strip of chips scrolls by itself, and may. */
function cutTexts(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const cut: string[] = [];
    for (const element of document.querySelectorAll<HTMLElement>("body *")) {
      const own = [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.textContent?.trim());
      const { overflowX, overflowY } = getComputedStyle(element);
      const hides = [overflowX, overflowY].some((overflow) => ["hidden", "clip"].includes(overflow));
      const visible = element.checkVisibility() && !element.closest(".sr, [aria-hidden=true]");
      const over = element.scrollWidth > element.clientWidth + 1 || element.scrollHeight > element.clientHeight + 1;
      if (own && hides && visible && over) cut.push(`${element.className}: ${element.textContent?.trim()}`);
    }
    return cut;
  });
}

async function expectWhole(page: Page, look: (page: Page, name: string) => Promise<void>, name: string): Promise<void> {
  await look(page, name);
  expect.soft(await cutTexts(page), `${name} cuts no text off`).toEqual([]);
}

async function twice(page: Page): Promise<void> {
  await page.evaluate(() => {
    document.documentElement.style.fontSize = "200%";
  });
}

for (const [what, large] of [
  ["320 px", false],
  ["320 px and 200 %", true],
] as const) {
  test(`every screen is whole at ${what}`, async ({ page, request, look }) => {
    await page.setViewportSize({ width: 320, height: 640 });
    const name = (screen: string) => `small-${large ? "200-" : ""}${screen}`;
    const prepared = async (address: string) => {
      await open(page, address);
      if (large) await twice(page);
    };
    await prepared("/");
    await expectWhole(page, look, name("1-stations"));
    await open(page, `/stations/${STATION}`);
    await fillOrder(page);
    if (large) await twice(page);
    await expectWhole(page, look, name("2-station"));
    await goToConfirmation(page);
    await expectWhole(page, look, name("3-confirm"));
    const { order_id } = await placeByApi(request);
    await prepared(`/orders/${order_id}`);
    await expect(screen(page, "order")).toBeVisible();
    await expectWhole(page, look, name("4-order"));
  });
}
