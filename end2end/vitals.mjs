// Times the first screen of a server that runs: node vitals.mjs [--runs 5] [--page /] [--json FILE] [address]
//
// A cold Chromium on a phone-sized screen, on a link of 1.6 Mbit/s with 150 ms of round trip and a processor four times
// slower than this one. "Usable" is the first moment at which a tap on a fuel chip shows as pressed; taps are repeated
// inside the page until one works, so that the driver's own delay is not in the number. "Carried out" is the moment at
// which the program has done what that tap asked for: on the list the address is another, elsewhere the program has
// started.
// Prints medians; never fails by a number, since times depend on the machine.

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { chromium } from "@playwright/test";

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    runs: { type: "string", default: "5" },
    page: { type: "string", default: "/" },
    json: { type: "string" },
  },
});
const address = new URL(options.page, positionals[0] ?? "http://127.0.0.1:3000");

const LINK = { offline: false, latency: 150, downloadThroughput: 1_600_000 / 8, uploadThroughput: 750_000 / 8 };
const CPU_SLOWDOWN = 4;
/** Longest wait for a usable screen, and for the network to fall silent after it. */
const PAGE_TIMEOUT_MS = 60_000;
/** What comes this long after the screen is usable still belongs to the first load. */
const SETTLE_DELAY_MS = 1_500;

/** Runs in the page before its own scripts. */
function watch() {
  const seen = { fcp: null, lcp: null, shifts: 0, shifted: [], long: [], usable: null, done: null };
  window.kolonkaVitals = seen;
  const on = (type, each) =>
    new PerformanceObserver((list) => list.getEntries().forEach(each)).observe({ type, buffered: true });
  on("paint", (entry) => {
    if (entry.name === "first-contentful-paint") seen.fcp = entry.startTime;
  });
  on("largest-contentful-paint", (entry) => (seen.lcp = entry.startTime));
  on("layout-shift", (entry) => {
    if (entry.hadRecentInput) return;
    seen.shifts += entry.value;
    for (const { node } of entry.sources) seen.shifted.push(node?.parentElement?.outerHTML?.slice(0, 120) ?? "gone");
  });
  on("longtask", (entry) => seen.long.push([entry.startTime, entry.duration]));
  const tap = () => {
    document.querySelectorAll("button.chip")[1]?.click();
    // The answer to a tap may take a turn of the event loop.
    setTimeout(() => {
      const pressed = document.querySelector('button.chip[aria-pressed="true"]');
      if (!pressed) return tap();
      seen.usable = performance.now();
      carry();
    }, 25);
  };
  const carry = () => {
    const isHydrated = document.documentElement.hasAttribute("data-hydrated");
    if (!isHydrated || (location.pathname === "/" && !location.search)) return void setTimeout(carry, 5);
    seen.done = performance.now();
  };
  document.addEventListener("DOMContentLoaded", tap);
}

/** Where the bytes of an answer belong. */
function kind({ type, url }) {
  const path = new URL(url).pathname;
  if (path.endsWith(".wasm")) return "wasm";
  if (path.endsWith(".js")) return "js";
  if (path.endsWith(".css")) return "css";
  if (path.endsWith(".woff2")) return "fonts";
  return type === "Document" ? "html" : "other";
}

/** One cold load in a browser of its own. */
async function load() {
  const profile = await mkdtemp(join(tmpdir(), "kolonka-vitals-"));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: process.env.CHROME_PATH ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"],
    viewport: { width: 360, height: 640 },
    deviceScaleFactor: 2,
    isMobile: true,
    hasTouch: true,
    locale: "ru-RU",
  });
  try {
    const [page] = context.pages();
    await page.addInitScript(watch);
    const cdp = await context.newCDPSession(page);
    const files = new Map();
    cdp.on("Network.requestWillBeSent", ({ requestId, request, type }) =>
      files.set(requestId, { url: request.url, type, bytes: 0 }),
    );
    cdp.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
      const file = files.get(requestId);
      if (file) file.bytes = encodedDataLength;
    });
    await cdp.send("Network.enable");
    await cdp.send("Network.emulateNetworkConditions", LINK);
    await cdp.send("Emulation.setCPUThrottlingRate", { rate: CPU_SLOWDOWN });
    await page.goto(address.href, { waitUntil: "commit", timeout: PAGE_TIMEOUT_MS });
    await page.waitForFunction(() => window.kolonkaVitals.done !== null, null, { timeout: PAGE_TIMEOUT_MS });
    await page.waitForTimeout(SETTLE_DELAY_MS);
    await page.waitForLoadState("networkidle", { timeout: PAGE_TIMEOUT_MS });
    const seen = await page.evaluate(() => window.kolonkaVitals);
    return { ...figures(seen), ...weight([...files.values()]), shifted: seen.shifted, files: [...files.values()] };
  } finally {
    await context.close();
    await rm(profile, { recursive: true, force: true });
  }
}

function figures({ fcp, lcp, usable, done, long, shifts }) {
  const blocking = long
    .filter(([start, length]) => start + length > fcp)
    .reduce((sum, [start, length]) => sum + Math.max(0, Math.min(length, start + length - fcp) - 50), 0);
  const moments = { "first content, ms": fcp, "largest content, ms": lcp, "usable, ms": usable, "carried out, ms": done };
  return { ...moments, "blocking, ms": blocking, "layout shift": shifts };
}

/** Bytes on the wire with their headers, by kind; the search that the tap began is not part of the first load. */
function weight(files) {
  const first = files.filter(({ url, type }) => type !== "Fetch" || url.endsWith(".wasm"));
  const bytes = { "bytes: all": 0 };
  for (const file of first) {
    const key = `bytes: ${kind(file)}`;
    bytes[key] = (bytes[key] ?? 0) + file.bytes;
    bytes["bytes: all"] += file.bytes;
  }
  return { requests: first.length, ...bytes };
}

function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

await load(); // the server's own first answer is not measured
const runs = [];
for (let count = 0; count < Number(options.runs); count += 1) runs.push(await load());

const names = Object.keys(runs[0]).filter((name) => typeof runs[0][name] === "number");
console.log(`${address}: median of ${runs.length} cold loads (least … most)`);
for (const name of names) {
  const numbers = runs.map((run) => run[name] ?? 0);
  const show = (number) => (name === "layout shift" ? number.toFixed(3) : String(Math.round(number)));
  const [middle, least, most] = [median(numbers), Math.min(...numbers), Math.max(...numbers)].map(show);
  console.log(`${name.padEnd(22)}${middle.padStart(9)}   (${least} … ${most})`);
}
for (const moved of new Set(runs.flatMap((run) => run.shifted))) console.log(`moved: ${moved}`);
if (options.json) await writeFile(options.json, JSON.stringify(runs, null, 1));
