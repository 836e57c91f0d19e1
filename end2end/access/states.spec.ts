// Every state in which a customer can see an order, in both languages: its words, its look and its accessibility. The
// states are told to the page (support/states.ts); that the server reaches them is tested elsewhere.

import { expect, test } from "../support/fixtures.ts";
import { placeByApi, screen } from "../support/journey.ts";
import { STATES, tellState } from "../support/states.ts";

for (const [index, locale] of (["ru", "en"] as const).entries()) {
  test.describe(locale, () => {
    test.use({ locale: locale === "ru" ? "ru-RU" : "en-US" });

    for (const [name, state] of Object.entries(STATES)) {
      test(`an order that is ${name} tells the driver in ${locale}`, async ({ page, request, look }) => {
        const language = index as 0 | 1;
        const { order_id } = await placeByApi(request);
        await tellState(page, request, order_id, state, locale);
        await page.goto(`/orders/${order_id}`);
        await expect(page.getByRole("heading", { level: 1, name: state.title[language] })).toBeVisible();
        await expect(screen(page, "order")).toHaveAttribute("data-status", state.status);
        for (const told of [state.message, state.text]) {
          if (told) await expect(page.getByText(told[language])).toBeVisible();
        }
        if (state.more?.["stop"] === true || state.more?.["by_hand"] === true) {
          await expect(page.getByRole("button", { name: /отменить|cancel/i })).toHaveCount(0);
        }
        await look(page, `state-${locale}-${name}`);
      });
    }
  });
}
