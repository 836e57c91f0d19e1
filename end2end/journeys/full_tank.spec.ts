// A full tank: a ceiling is paid, the tank takes less, the rest comes back.

import { expect, test } from "../support/fixtures.ts";
import {
  STATION,
  answerPayment,
  choosePump,
  expectStatus,
  fillPayer,
  heading,
  open,
  payButton,
  screen,
  startPump,
} from "../support/journey.ts";

test("a full tank pays a ceiling and gets the rest back", async ({ page, server, checkScreen }) => {
  await open(page, `/stations/${STATION}`);
  await page.getByRole("radio", { name: /^АИ-95/ }).check();
  await choosePump(page, 2);

  await test.step("the ceiling is sixty litres, or what the customer says", async () => {
    await page.getByRole("button", { name: "Полный бак" }).click();
    await expect(page.getByRole("button", { name: "Полный бак" })).toHaveAttribute("aria-pressed", "true");
    const ceiling = page.getByLabel("Не больше, л", { exact: true });
    await expect(ceiling).toHaveValue("60,00");
    await expect(page.getByLabel("Сумма, ₽", { exact: true })).toHaveValue(/^3\s?714,00$/);
    await ceiling.fill("50");
    await expect(page.getByRole("button", { name: "Полный бак" })).toHaveAttribute("aria-pressed", "true");
    await expect(page.getByText("остаток денег вернём")).toBeVisible();
    await checkScreen(page, "2-full-tank");
  });

  await test.step("the confirmation says that the rest is returned", async () => {
    await page.getByRole("button", { name: "Продолжить" }).click();
    await expect(screen(page, "confirm")).toContainText("остаток денег вернём");
    await fillPayer(page);
    await checkScreen(page, "3-full-tank");
  });

  await test.step("thirty-five litres fit", async () => {
    await server.control({ forecourt: { hold: "nozzle" } });
    await payButton(page).click();
    await page.waitForURL(/\/sandbox\/pay\//);
    await answerPayment(page, "Оплатить");
    await startPump(page);
    await expectStatus(page, "ready");
    await expect(page.locator(".key")).toContainText("до 50,00 л");
    await server.control({ forecourt: { hold: "none" } });
    await expectStatus(page, "completed");
    await expect(heading(page, "Налив завершён")).toBeVisible();
    await expect(page.locator(".key")).toContainText("35,00 л");
    await expect(page.locator(".facts")).toContainText(/Вернётся\s*928,50/);
    await checkScreen(page, "6-full-tank");
  });
});
