// Measures how the search feels on a cheap phone: node search.mjs [--file stations.csv] [--place lat,lon]
//
// Starts the program with the stations of a file, opens a city in Chromium whose processor is made four times slower,
// moves the map across it, and types. Prints the longest script of any frame while the map moves (aim: 50 ms) and the
// time from a letter to the rows that it found (aim: 200 ms). Without the file it says so.

import { access } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { chromium } from "@playwright/test";
import { startServer } from "./with-server.mjs";

const { values: options } = parseArgs({
  options: {
    file: { type: "string", default: join(import.meta.dirname, "../../shared/data/ru-fuel-stations-osm-2026-07.csv") },
    place: { type: "string", default: "55.75,37.62" },
  },
});
const CPU_SLOWDOWN = 4;
const TEXTS = ["лукойл", "ленинский", "газпром 12", "роснефть", "варшавское"];

if (!(await access(options.file).then(() => true, () => false))) {
  console.log(`SKIPPED: there is no ${options.file}; the search in a browser is not measured`);
  process.exit(0);
}

const [latitude, longitude] = options.place.split(",").map(Number);
const server = await startServer({}, true);
try {
  await server.run(["stations", "import", options.file]);
  await imported(server.url);
  const browser = await chromium.launch({
    executablePath: process.env.CHROME_PATH ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"],
  });
  const context = await browser.newContext({
    viewport: { width: 360, height: 640 },
    deviceScaleFactor: 2,
    hasTouch: true,
    locale: "ru-RU",
    geolocation: { latitude, longitude, accuracy: 30 },
    permissions: ["geolocation"],
  });
  await typing(await slowPage(context, `${server.url}/`));
  await panning(await slowPage(context, `${server.url}/?view=map`), server.url);
  await browser.close();
} finally {
  await server.end();
}

/** A page that answers to touch, on a processor that is slower from here on. */
async function slowPage(context, address) {
  const page = await context.newPage();
  await page.goto(address);
  await page.locator("html[data-hydrated]").waitFor({ state: "attached" });
  const cdp = await context.newCDPSession(page);
  await cdp.send("Emulation.setCPUThrottlingRate", { rate: CPU_SLOWDOWN });
  return page;
}

/** Waits until the running program has seen what was imported beside it. */
async function imported(url) {
  const deadline = Date.now() + 20_000;
  for (;;) {
    const answer = await fetch(`${url}/api/stations/find`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ query: { text: TEXTS[0] } }),
    });
    if ((await answer.json()).stations.length > 0) return;
    if (Date.now() > deadline) throw new Error(`no station of the file is found by «${TEXTS[0]}»`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** From the last letter of each text to the first rows that are not those of before. */
async function typing(page) {
  const times = [];
  for (const text of TEXTS) {
    // What the text before has left to do is not part of it.
    await page.waitForTimeout(1_500);
    await page.evaluate(() => {
      const field = document.querySelector("#q");
      window.kolonkaTyped = new Promise((resolve, reject) => {
        let typed = 0;
        setTimeout(() => reject(new Error("no other rows within 20 s")), 20_000);
        field.addEventListener("input", () => (typed = performance.now()));
        const rows = () => document.querySelector(".empty")?.textContent ?? document.querySelector(".station-list")?.textContent;
        const before = rows();
        new MutationObserver((_, observer) => {
          if (rows() === before) return;
          observer.disconnect();
          requestAnimationFrame(() => resolve(performance.now() - typed));
        }).observe(document.querySelector("main"), { childList: true, subtree: true });
      });
    });
    await page.locator("#q").fill(text);
    times.push(await page.evaluate(() => window.kolonkaTyped));
  }
  const each = times.map((time) => time.toFixed(0)).join(", ");
  printFigure("a letter typed → its rows on screen", Math.max(...times), 200, `longest of ${each}`);
}

async function panning(page, url) {
  await page.getByRole("button", { name: "Где я" }).click();
  await page.locator("path.own-dot").waitFor();
  // From the street to the city.
  for (let level = 0; level < 4; level += 1) {
    const answered = page.waitForResponse("**/api/stations/find");
    await page.getByRole("button", { name: "Дальше" }).click();
    await answered;
  }
  const found = await page.request.post(`${url}/api/stations/find`, {
    data: { query: { bounds: { south: latitude - 0.25, west: longitude - 0.4, north: latitude + 0.25, east: longitude + 0.4 }, zoom: 10 } },
  });
  const { total } = await found.json();
  // A frame that takes longer than 50 ms is reported by the browser, with the scripts that ran in it.
  await page.evaluate(() => {
    window.kolonkaFrames = [];
    new PerformanceObserver((list) => {
      for (const frame of list.getEntries())
        window.kolonkaFrames.push(frame.scripts.reduce((sum, script) => sum + script.duration, 0));
    }).observe({ type: "long-animation-frame" });
  });
  await page.locator(".pin").first().waitFor();
  const before = await page.locator(".pin").count();
  const box = await page.locator(".map-canvas").boundingBox();
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  for (let round = 0; round < 12; round += 1) {
    const [dx, dy] = [[-150, 0], [0, -150], [150, 0], [0, 150]][round % 4];
    const answered = page.waitForResponse("**/api/stations/find");
    await page.mouse.move(x, y);
    await page.mouse.down();
    await page.mouse.move(x + dx, y + dy, { steps: 20 });
    await page.mouse.up();
    await answered;
    await page.waitForTimeout(300);
  }
  const frames = await page.evaluate(() => window.kolonkaFrames);
  const longest = Math.max(0, ...frames);
  const note = `${frames.length} frames above 50 ms, ${total} stations around, ${before} pins`;
  printFigure("moving the map: script of the longest frame", longest, 50, note);
}

function printFigure(what, milliseconds, aim, note) {
  const figure = milliseconds === 0 ? "below 50" : milliseconds.toFixed(0);
  console.log(`${what.padEnd(46)}${figure.padStart(9)} ms   aim ${aim} ms   (${note})`);
}
