// English is complete: what is left in Russian letters are names, addresses and the names of Russian documents.

import type { Page } from "@playwright/test";
import { expect, test } from "../support/fixtures.ts";
import { STATION, open, placeByApi } from "../support/journey.ts";

test.use({ locale: "en-US" });

/** The stations' own words, and ИНН and КПП, which have no English name. */
const NAMES = /^(Add |Remove |One more |One less )?[^a-z]*(АЗС|ул\.|ш\.|пр\.|наб\.|Омыватель|Мойка|Подкачка|Кофе|МСК)|Север|«.+»|ИНН|КПП|Пулковское|участники OpenStreetMap/;

/** Everything on the page that is shown or read aloud in Russian letters. */
function russian(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const found = new Set<string>();
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
      if (node.parentElement?.closest("script, noscript, style, .logo")) continue;
      found.add(node.textContent?.trim() ?? "");
    }
    for (const element of document.querySelectorAll("[aria-label], [placeholder], [title]")) {
      for (const name of ["aria-label", "placeholder", "title"]) found.add(element.getAttribute(name) ?? "");
    }
    found.add(document.title);
    return [...found].filter((text) => /[а-яё]/i.test(text));
  });
}

async function expectEnglish(page: Page): Promise<void> {
  const left = (await russian(page)).filter((text) => !NAMES.test(text));
  expect.soft(left, `${page.url()} in English`).toEqual([]);
  await expect(page.locator("html")).toHaveAttribute("lang", "en");
}

test("every screen of a customer speaks English", async ({ page, request, look }) => {
  await open(page, "/");
  await expectEnglish(page);
  await look(page, "en-1-stations");
  await open(page, `/stations/${STATION}`);
  await page.getByRole("radio", { name: /^AI-95/ }).check();
  await page.locator("label.pump").first().click();
  await page.getByLabel("Volume, l", { exact: true }).fill("61");
  await page.getByRole("button", { name: "Continue" }).click();
  await expectEnglish(page);
  await look(page, "en-2-station");
  await page.getByLabel("Volume, l", { exact: true }).fill("40");
  await page.getByRole("button", { name: "Continue" }).click();
  await page.getByRole("button", { name: /^Go to payment · / }).click();
  await expectEnglish(page);
  await look(page, "en-3-confirm");
  const { order_id } = await placeByApi(request);
  await open(page, `/orders/${order_id}`);
  await expectEnglish(page);
  await look(page, "en-4-order");
  await page.getByRole("button", { name: "Cancel the order" }).click();
  await page.getByRole("button", { name: "Yes, cancel" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Order cancelled" })).toBeVisible();
  await expectEnglish(page);
  await look(page, "en-7-canceled");
});
