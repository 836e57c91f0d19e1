// Checks what `make watch` promises: node hot-reload.mjs
//
// A copy of the checkout is watched. One view and one style are changed in it: both have to be seen in the page that is
// open, which must not be reloaded for that. Then the watching is ended, and nothing that it started may live on.

import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { appendFile, mkdir, readFile, readdir, readlink, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import process from "node:process";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { chromium } from "@playwright/test";
import { freePort } from "./with-server.mjs";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
/**
 * Kept between runs, so that the second one compiles little. Not below the checkout: cargo-leptos does not watch what git
 * ignores there.
 */
const COPY = join(homedir(), ".cache/kolonka/hot-reload");
/** What `make watch` makes and installs there. */
const BUILT = ["target", "app/node_modules"];
/** Both halves are compiled without optimisation, on a slow machine from nothing. */
const BUILD_MS = 40 * 60_000;
/** The compiled page would come after more than that. */
const CHANGE_MS = 10_000;
const END_MS = 30_000;

async function copyCheckout() {
  const listed = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", "-z"], { cwd: ROOT });
  const files = new Set(listed.toString().split("\0").filter(Boolean));
  for (const file of files) {
    const text = await readFile(join(ROOT, file)).catch(() => null);
    if (text === null) {
      files.delete(file);
      continue;
    }
    const there = join(COPY, file);
    // A file that is the same keeps its time, so that it is not compiled again.
    if ((await readFile(there).catch(() => null))?.equals(text)) continue;
    await mkdir(dirname(there), { recursive: true });
    await writeFile(there, text);
  }
  await removeOthers("", files);
}

/** Removes what an earlier run has copied and the checkout has no more: a migration, say, would be compiled in. */
async function removeOthers(folder, files) {
  for (const entry of await readdir(join(COPY, folder), { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (BUILT.includes(path)) continue;
    if (entry.isDirectory()) await removeOthers(path, files);
    else if (!files.has(path)) await rm(join(COPY, path));
  }
}

async function until(what, limit, condition) {
  const end = Date.now() + limit;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`not within ${limit / 1000} s: ${what}`);
    await pause(100);
  }
}

/** Processes that work in the copy or are programs of it. */
async function processesOfCopy() {
  const found = [];
  for (const pid of (await readdir("/proc")).filter((name) => /^\d+$/.test(name))) {
    const [folder, program] = await Promise.all(
      ["cwd", "exe"].map((link) => readlink(`/proc/${pid}/${link}`).catch(() => "")),
    );
    if ([folder, program].some((path) => path === COPY || path.startsWith(`${COPY}/`))) found.push(Number(pid));
  }
  return found;
}

async function change(file, from, to) {
  const path = join(COPY, file);
  const text = await readFile(path, "utf8");
  if (!text.includes(from)) throw new Error(`${file} has no ${from} any more: change what this test changes`);
  await writeFile(path, text.replace(from, to));
}

async function changesAreSeen(url) {
  const browser = await chromium.launch({
    executablePath: process.env.CHROME_PATH ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
  });
  try {
    const page = await browser.newPage();
    await page.goto(url);
    await page.locator("h1").waitFor({ state: "attached" });
    await page.evaluate(() => (globalThis.isSamePage = true));
    const colour = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);

    let begun = Date.now();
    await appendFile(join(COPY, "style/main.css"), "\nbody { background: rgb(1, 2, 3) !important; }\n");
    await until("the changed style is seen", CHANGE_MS, async () => (await colour()) === "rgb(1, 2, 3)");
    console.log(`a changed style is seen after ${Date.now() - begun} ms`);

    begun = Date.now();
    await change("app/src/pages/stations.rs", '<h1 class="sr">', '<h1 class="sr changed">');
    await page.locator("h1.changed").waitFor({ state: "attached", timeout: CHANGE_MS });
    console.log(`a changed view is seen after ${Date.now() - begun} ms`);
    if (!(await page.evaluate(() => globalThis.isSamePage))) throw new Error("the page was reloaded");
  } finally {
    await browser.close();
  }
}

await copyCheckout();
// Port 3001, by which pages are notified of changes, is that of Cargo.toml.
const site = await freePort();
const url = `http://127.0.0.1:${site}`;
const watching = spawn("make", ["watch"], {
  cwd: COPY,
  stdio: "inherit",
  env: {
    ...process.env,
    KOLONKA_ADDR: `127.0.0.1:${site}`,
    KOLONKA_PUBLIC_URL: url,
    LEPTOS_SITE_ADDR: `127.0.0.1:${site}`,
    KOLONKA_TILES_URL: `${url}/favicon.svg?tile={z}/{x}/{y}`,
  },
});
const ended = once(watching, "exit");
try {
  const serves = async () => (await fetch(`${url}/readyz`).catch(() => null))?.ok === true;
  await Promise.race([
    until("it serves", BUILD_MS, serves),
    ended.then(([code]) => Promise.reject(new Error(`make watch ended with ${code}`))),
  ]);
  await changesAreSeen(url);
} finally {
  watching.kill("SIGTERM");
  await Promise.race([ended, pause(END_MS, undefined, { ref: false })]);
}
await until("all processes have ended", END_MS, async () => (await processesOfCopy()).length === 0);
console.log("all that was started has ended");
