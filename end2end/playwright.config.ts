import { defineConfig } from "@playwright/test";

const NO_SCRIPT = /.*\.noscript\.spec\.ts/;
/** Cashiers have tablets and desks, no phones. */
const DESK = /\/operator\//;
/** The app has no desks, and the frame in its host is as wide on each screen. */
const APP = /embedded\/(?:bridge|webview)\.spec\.ts/;
/** States, places and networks look the same on every screen, or bring their own: once is enough, where there is least room. */
const ONCE = /(?:access\/(?:small|states|stations)|journeys\/(?:offline|location|silence|full_tank))\.spec\.ts/;

const phone = { viewport: { width: 360, height: 640 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true };
const desktop = { viewport: { width: 1280, height: 800 } };

export default defineConfig({
  testDir: ".",
  outputDir: "output/results",
  forbidOnly: Boolean(process.env["CI"]),
  // A flaky test is a bug: nothing is tried twice.
  retries: 0,
  // Each worker runs a program, a database and a browser of its own.
  workers: 2,
  fullyParallel: true,
  // Many times what a quiet machine takes: they end what hangs, and prove nothing.
  timeout: 240_000,
  expect: { timeout: 40_000 },
  reporter: [["list"], ["html", { outputFolder: "output/report", open: "never" }]],
  use: {
    locale: "ru-RU",
    timezoneId: "Europe/Moscow",
    trace: "retain-on-failure",
    screenshot: "only-on-failure",
    launchOptions: {
      executablePath: process.env["CHROME_PATH"] ?? "/usr/bin/chromium",
      args: [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
      ],
    },
  },
  projects: [
    { name: "phone", testIgnore: [NO_SCRIPT, DESK], use: phone },
    { name: "desk", testMatch: DESK, use: desktop },
    // The same journeys as on the phone: `make acceptance` runs them.
    { name: "desktop", testIgnore: [NO_SCRIPT, DESK, ONCE, APP], use: desktop },
    { name: "noscript", testMatch: NO_SCRIPT, use: { ...phone, javaScriptEnabled: false } },
  ],
});
