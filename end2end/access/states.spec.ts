// Every state in which a customer can see an order, in both languages: its texts, its look and its accessibility. The
// states are sent to the page (support/states.ts); that the server reaches them is tested elsewhere.

import { expect, test } from "../support/fixtures.ts";
import { placeByApi, screen } from "../support/journey.ts";
import { STATES, showState } from "../support/states.ts";

for (const [index, locale] of (["ru", "en"] as const).entries()) {
  test.describe(locale, () => {
    test.use({ locale: locale === "ru" ? "ru-RU" : "en-US" });

    for (const [name, state] of Object.entries(STATES)) {
      test(`an order that is ${name} is described in ${locale}`, async ({ page, request, checkScreen }) => {
        const language = index as 0 | 1;
        const { order_id } = await placeByApi(request);
        await showState(page, request, order_id, state, locale);
        await page.goto(`/orders/${order_id}`);
        await expect(page.getByRole("heading", { level: 1, name: state.title[language] })).toBeVisible();
        await expect(screen(page, "order")).toHaveAttribute("data-status", state.status);
        for (const text of [state.message, state.text]) {
          if (text) await expect(page.getByText(text[language])).toBeVisible();
        }
        const mayStart = await page.locator("[data-start]").count();
        expect(mayStart, "a start is offered where the server allows it").toBe(state.title[0] === "Оплачено" ? 1 : 0);
        const more = state.more ?? {};
        if (more["cancelable"] === true || more["stop"] === true || more["by_hand"] === true) {
          const buttons = more["cancelable"] === true ? 1 : 0;
          await expect(page.getByRole("button", { name: /отменить|cancel/i })).toHaveCount(buttons);
        }
        await checkScreen(page, `state-${locale}-${name}`);
      });
    }
  });
}
