// Weighs the first screen of a server that runs: node budget.mjs [--coding br] [address]
//
// Fetches the page and everything that it loads before it answers to touch – style sheets and what they import,
// scripts, preloads, fonts, WebAssembly – as a browser that accepts brotli, and sums the bytes of the bodies on
// the wire. Exits 1 above the budget. With `--coding gzip` or `--coding identity` it only tells the sum.

import http from "node:http";
import https from "node:https";
import process from "node:process";
import { parseArgs } from "node:util";
import { brotliDecompressSync, gunzipSync } from "node:zlib";

const BUDGET = 220_000;
const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: { coding: { type: "string", default: "br" } },
});
const page = new URL(positionals[0] ?? "http://127.0.0.1:3000/");
const ACCEPTED = options.coding === "br" ? "br, gzip" : options.coding;

/** The body as it travels, and as it reads. */
function load(url) {
  const client = url.protocol === "https:" ? https : http;
  return new Promise((resolve, reject) => {
    const request = client.get(url, { headers: { "accept-encoding": ACCEPTED, accept: "*/*" } }, (answer) => {
      const chunks = [];
      answer.on("data", (chunk) => chunks.push(chunk));
      answer.on("error", reject);
      answer.on("end", () => {
        const wire = Buffer.concat(chunks);
        if (answer.statusCode !== 200) return reject(new Error(`${url}: HTTP ${answer.statusCode}`));
        const coding = answer.headers["content-encoding"] ?? "none";
        resolve({ url, wire: wire.length, coding, text: () => decode(wire, coding).toString("utf8") });
      });
    });
    request.on("error", reject);
  });
}

function decode(wire, coding) {
  if (coding === "br") return brotliDecompressSync(wire);
  if (coding === "gzip") return gunzipSync(wire);
  return wire;
}

/** Addresses in the page that the browser loads by itself; icons and the manifest come later and apart. */
function referenced(html, base) {
  const found = new Set();
  for (const [tag] of html.matchAll(/<(?:link|script)\b[^>]*>/g)) {
    const attribute = (name) => tag.match(new RegExp(`\\b${name}="?([^"\\s>]+)`))?.[1];
    const rel = attribute("rel");
    const address = tag.startsWith("<script")
      ? attribute("src")
      : ["stylesheet", "preload", "modulepreload"].includes(rel) && attribute("href");
    if (address) found.add(new URL(address, base).href);
  }
  // The module that starts the WebAssembly names its file in the page's own script.
  for (const [, address] of html.matchAll(/["'](\/pkg\/[^"']+\.(?:js|wasm))["']/g)) {
    found.add(new URL(address, base).href);
  }
  return found;
}

/** What a file loads at once in its turn: imported style sheets, fonts, and modules of a script. */
function loadedBy(file) {
  const text = file.text();
  const pattern = file.url.pathname.endsWith(".css")
    ? /@import\s+(?:url\()?["']?([^"')\s;]+)|url\(["']?([^"')]+\.woff2)/g
    : /(?:\bfrom|\bimport)\s*["'](\.{0,2}\/[^"']+)["']/g;
  return [...text.matchAll(pattern)].map(([, one, other]) => new URL(one ?? other, file.url).href);
}

const first = await load(page);
const files = new Map([[page.href, first]]);
const wanted = [...referenced(first.text(), page)];
while (wanted.length > 0) {
  const address = wanted.shift();
  if (files.has(address)) continue;
  const file = await load(new URL(address));
  files.set(address, file);
  if (/\.(?:css|js)$/.test(file.url.pathname)) wanted.push(...loadedBy(file));
}

let total = 0;
for (const { url, wire, coding } of files.values()) {
  total += wire;
  console.log(`${String(wire).padStart(8)}  ${coding.padEnd(5)} ${url.pathname}`);
}
const limited = options.coding === "br";
console.log(`${String(total).padStart(8)}  ${limited ? `of ${BUDGET} B` : `B, ${options.coding}`}`);
if (limited && total > BUDGET) {
  console.error(`the first screen is ${total - BUDGET} B above its budget`);
  process.exit(1);
}
