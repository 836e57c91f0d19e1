// A station without a sign of life for minutes: shown, but nobody can pay for fuel there until it is back. What a person
// hands over does not wait for its pumps.

import { expect, test } from "../support/fixtures.ts";
import { LONG_WAIT_MS, STATION, STATION_NAME, WASHER, fillPayer, heading, open, payButton, screen } from "../support/journey.ts";

test.use({
  program: "whose stations fall silent",
  variables: { KOLONKA_TANKER_FEED_S: "10", KOLONKA_TANKER_TIMEOUT_S: "1" },
});

test("nobody pays for fuel at a silent station, goods are sold, and it comes back by itself", async ({ page, server, checkScreen }) => {
  const fuel = page.getByRole("radio", { name: /^АИ-95/ });
  await open(page, `/stations/${STATION}`);
  await fuel.check();

  await server.control({ forecourt: { fault: "silence" }, clock: { advance_s: 400 } });
  await expect(async () => {
    await open(page, `/stations/${STATION}`);
    await expect(screen(page, "station")).toContainText("АЗС не на связи", { timeout: 500 });
  }).toPass({ timeout: LONG_WAIT_MS });
  await expect(heading(page, STATION_NAME)).toBeVisible();
  await expect(fuel).toBeDisabled();
  await expect(fuel).not.toBeChecked();
  await expect(screen(page, "station")).toContainText("Услуги и товары можно.");
  await checkScreen(page, "2-silent-station");
  await page.getByRole("button", { name: `Добавить ${WASHER}` }).click();
  await page.getByRole("button", { name: "Продолжить" }).click();
  await fillPayer(page);
  await expect(payButton(page)).toHaveAccessibleName("Перейти к оплате · 450,00 ₽");
  await payButton(page).click();
  await page.waitForURL(/\/sandbox\/pay\//);

  await server.mend();
  await server.control({ clock: { advance_s: 30 } });
  await expect(async () => {
    await open(page, `/stations/${STATION}`);
    await expect(fuel).toBeEnabled({ timeout: 500 });
  }).toPass({ timeout: LONG_WAIT_MS });
});
