// Inside the app's WebView: messages are text, and some versions of the app say everything twice.

import { expect, test } from "../support/fixtures.ts";
import { messages, openHost, payment } from "../support/host.ts";
import { STATION, expectStatus, fillOrder, goToConfirmation, payButton } from "../support/journey.ts";

for (const via of ["window-object", "window-text", "document-text", "both"]) {
  test(`an order is placed and paid in a WebView that speaks by ${via}`, async ({ page }) => {
    const app = await openHost(page, { type: "order", transport: "webview", via, path: `/stations/${STATION}` });
    await expect(messages(page, "in", "init")).toHaveCount(1);
    await fillOrder(app);
    await goToConfirmation(app);
    await expect(app.getByLabel("Имя или организация")).toHaveValue("Пётр Орлов");
    await payButton(app).click();
    await payment(page).getByRole("button", { name: "Оплатить", exact: true }).click();
    await expect(messages(page, "out", "paymentResult")).toHaveCount(1);
    await expectStatus(app, "paid", "authorising", "ready", "fuelling", "completed");
  });
}
