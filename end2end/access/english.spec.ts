// English is complete: what is left in Russian letters are names, addresses and the names of Russian documents.

import type { Frame, Page } from "@playwright/test";
import { expect, test } from "../support/fixtures.ts";
import { miniAppFrame, openHost } from "../support/host.ts";
import { STATION, open, placeByApi, placePaid } from "../support/journey.ts";

test.use({ locale: "en-US" });

/** The stations' own texts, and ИНН and КПП, which have no English name. */
const NAMES = /^(Add |Remove |One more |One less )?[^a-z]*(АЗС|ул\.|ш\.|пр\.|наб\.|Омыватель|Мойка|Подкачка|Кофе)|Север|«.+»|ИНН|КПП|Пулковское|участники OpenStreetMap/;
/** Brands in the filters, and on pins their first two letters. */
const BRANDS = /^((Балтика\sОйл|Юг|Ладога\sПетрол|Трасса\s47|Невская\sТопливная|Фарватер|Газ-Экспресс|Метан\sСервис)\s·\s\d+|[А-Я][а-я])$/;

/** Everything on the page that is shown or read aloud in Russian letters. */
function russian(view: Page | Frame): Promise<string[]> {
  return view.evaluate(() => {
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

async function expectEnglish(view: Page | Frame): Promise<void> {
  const left = (await russian(view)).filter((text) => !NAMES.test(text) && !BRANDS.test(text));
  expect.soft(left, `${view.url()} in English`).toEqual([]);
  await expect(view.locator("html")).toHaveAttribute("lang", "en");
}

test("every screen of a customer is in English", async ({ page, request, checkScreen }) => {
  await open(page, "/");
  await expectEnglish(page);
  await checkScreen(page, "en-1-stations");
  await open(page, `/stations/${STATION}?pump=1`);
  await page.getByRole("radio", { name: /^AI-95/ }).check();
  await expect(page.getByRole("radio", { name: "The pump starts right after the payment" })).toBeChecked();
  await page.getByLabel("Volume, l", { exact: true }).fill("61");
  await page.getByRole("button", { name: "Continue" }).click();
  await expectEnglish(page);
  await checkScreen(page, "en-2-station");
  await page.getByLabel("Volume, l", { exact: true }).fill("40");
  await page.getByRole("button", { name: "Continue" }).click();
  await page.getByRole("button", { name: /^Go to payment · / }).click();
  await expectEnglish(page);
  await checkScreen(page, "en-3-confirm");
  await open(page, `/orders/${await placePaid(request)}`);
  await expect(page.getByRole("button", { name: "Start fuelling · pump 2" })).toBeVisible();
  await page.getByText("Is somebody else fuelling?").click();
  await expectEnglish(page);
  await checkScreen(page, "en-5-start");
  const { order_id } = await placeByApi(request);
  await open(page, `/orders/${order_id}`);
  await expectEnglish(page);
  await checkScreen(page, "en-4-order");
  await page.getByRole("button", { name: "Cancel the order" }).click();
  await page.getByRole("button", { name: "Yes, cancel" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Order cancelled" })).toBeVisible();
  await expectEnglish(page);
  await checkScreen(page, "en-7-canceled");
});

test("map and filters are in English", async ({ page, checkScreen }) => {
  await open(page, "/?view=map");
  await expect(page.locator(".pin").first()).toBeVisible();
  await expectEnglish(page);
  await checkScreen(page, "en-1-map");
  await open(page, "/");
  await page.getByRole("button", { name: /^Filter/ }).click();
  await expect(page.getByRole("checkbox", { name: /^AI-95 · [1-9]/ })).toBeVisible();
  await expectEnglish(page);
  await checkScreen(page, "en-1-filters");
});

test("the list without a network is in English", async ({ page, context, expectedErrors, checkScreen }) => {
  expectedErrors.push(/ERR_INTERNET_DISCONNECTED/);
  await open(page, "/");
  await context.setOffline(true);
  await page.getByRole("searchbox", { name: "Search stations" }).fill("12");
  await expect(page.getByText(/^No network\. This is what was/)).toBeVisible();
  await expectEnglish(page);
  await checkScreen(page, "en-1-offline");
});

test("the card of a payment page is in English, from its first answer to a mistake", async ({ page, checkScreen }) => {
  const app = await openHost(page, {
    type: "suborder",
    transport: "iframe",
    locale: "en",
    userName: "Anna Lee",
    path: `/stations/${STATION}`,
  });
  await app.getByRole("button", { name: "Add to the order" }).click();
  await expect(app.getByLabel("Fuel", { exact: true })).toHaveAttribute("aria-invalid", "true");
  await expectEnglish(miniAppFrame(page));
  await app.getByLabel("Fuel", { exact: true }).selectOption("a95");
  await app.getByLabel("Pump").selectOption("2");
  await app.getByLabel("Volume, l", { exact: true }).fill("40");
  await expect(app.getByLabel("Sum, ₽", { exact: true })).toHaveValue("2,476.00");
  await expectEnglish(miniAppFrame(page));
  await checkScreen(page, "en-9-suborder");
});
