// A station that has not been heard of for minutes: shown, but nobody can pay there until it is back.

import { expect, test } from "../support/fixtures.ts";
import { STATION, STATION_NAME, heading, open, screen } from "../support/journey.ts";

test.use({
  program: "whose stations fall silent",
  variables: { KOLONKA_TANKER_FEED_S: "10", KOLONKA_TANKER_TIMEOUT_S: "1" },
});

test("nobody pays at a silent station, and it comes back by itself", async ({ page, server, look }) => {
  const fuel = page.getByRole("radio", { name: /^АИ-95/ });
  await open(page, `/stations/${STATION}`);
  await expect(fuel).toBeEnabled();

  await server.control({ forecourt: { fault: "silence" }, clock: { advance_s: 400 } });
  await expect(async () => {
    await open(page, `/stations/${STATION}`);
    await expect(screen(page, "station")).toContainText("АЗС не на связи", { timeout: 500 });
  }).toPass({ timeout: 30_000 });
  await expect(heading(page, STATION_NAME)).toBeVisible();
  await expect(fuel).toBeDisabled();
  await expect(page.getByRole("button", { name: "Продолжить" })).toHaveCount(0);
  await look(page, "2-silent-station");

  await server.mend();
  await server.control({ clock: { advance_s: 30 } });
  await expect(async () => {
    await open(page, `/stations/${STATION}`);
    await expect(fuel).toBeEnabled({ timeout: 500 });
  }).toPass({ timeout: 30_000 });
});
