// Inside the app's WebView: messages are text, and some versions of the app say everything twice.

import { expect, expectAccessible, test } from "../support/fixtures.ts";
import { FRAME, messages, openHost, payment } from "../support/host.ts";
import {
  LONG_WAIT_MS,
  STATION_NAME,
  STATION_SEARCH,
  expectStatus,
  fillOrder,
  goToConfirmation,
  heading,
  payButton,
  startPump,
  stationLink,
} from "../support/journey.ts";

// After the payment the server alone decides: the end is waited for where messages come once, and where they come twice.
for (const [via, end] of [
  ["window-object", "fuelled"],
  ["window-text", "paid"],
  ["document-text", "paid"],
  ["both", "fuelled"],
] as const) {
  test(`an order is placed and ${end} in a WebView with messages by ${via}`, async ({ page, server }) => {
    // The screens are the same whatever the messages look like.
    const accessible = async () => {
      if (via === "window-object") await expectAccessible(page, FRAME);
    };
    const app = await openHost(page, { type: "order", transport: "webview", via, path: STATION_SEARCH });
    await expect(messages(page, "in", "init")).toHaveCount(1);
    await accessible();
    await stationLink(app, STATION_NAME).click();
    await fillOrder(app);
    await accessible();
    await goToConfirmation(app);
    await expect(app.getByLabel("Имя или организация")).toHaveValue("Пётр Орлов");
    await accessible();
    await server.control({ forecourt: { hold: "flow" } });
    await payButton(app).click();
    await payment(page).getByRole("button", { name: "Оплатить", exact: true }).click();
    await expect(messages(page, "out", "paymentResult")).toHaveCount(1);
    await expectStatus(app, "paid");
    await accessible();
    if (end === "paid") return;
    await startPump(app);
    await expect(heading(app, "Идёт налив")).toBeVisible({ timeout: LONG_WAIT_MS });
    await accessible();
    await server.control({ forecourt: { hold: "none" } });
    await expectStatus(app, "completed");
    await expect(heading(app, "Налив завершён")).toBeVisible();
    await expect(app.locator(".key")).toContainText("40,00 л");
    await expect(app.locator(".facts")).toContainText("придут от Инвойсбокса");
    await accessible();
    await expect(messages(page, "in", "done")).toHaveCount(0);
  });
}
