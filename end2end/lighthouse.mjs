// Asks Lighthouse of a server that runs: node lighthouse.mjs [address]; with a server of its own, as `make bench` does:
// node with-server.mjs node lighthouse.mjs
//
// Lighthouse's own phone, in the Chromium of CHROME_PATH. Prints the scores of accessibility and of best practices for
// the list and for a station, and what costs points. Its times are not asked for: vitals.mjs measures them. npx fetches
// Lighthouse when it is first wanted, so that the tests do not depend on it; this is the last version for Node 20.

import { execFile } from "node:child_process";
import process from "node:process";
import { promisify } from "node:util";

const LIGHTHOUSE = "lighthouse@12.8.2";
const PAGES = ["/", "/stations/sever-12"];
const CATEGORIES = ["accessibility", "best-practices"];
const address = process.argv[2] ?? "http://127.0.0.1:3000";
const env = { CHROME_PATH: "/usr/bin/chromium", ...process.env };

async function report(url) {
  const flags = [
    `--only-categories=${CATEGORIES}`,
    "--form-factor=mobile",
    "--chrome-flags=--headless=new --no-sandbox --disable-gpu",
    "--no-enable-error-reporting",
    "--output=json",
    "--quiet",
  ];
  const { stdout } = await promisify(execFile)("npx", ["--yes", LIGHTHOUSE, url, ...flags], { env, maxBuffer: 64 << 20 });
  return JSON.parse(stdout);
}

for (const page of PAGES) {
  const { categories, audits, runtimeError } = await report(new URL(page, address).href);
  if (runtimeError) throw new Error(`${page}: ${runtimeError.message}`);
  const scores = CATEGORIES.map((id) => `${categories[id].title} ${Math.round(categories[id].score * 100)}`);
  console.log(`Lighthouse, mobile, ${page}: ${scores.join(", ")}`);
  for (const { id, weight } of CATEGORIES.flatMap((category) => categories[category].auditRefs)) {
    // No score: the audit has nothing to look at on this page.
    if (weight > 0 && (audits[id].score ?? 1) < 1) console.log(`  ${id}: ${audits[id].title}`);
  }
}
