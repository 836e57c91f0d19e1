// Weighs the first screen of a server that runs: node budget.mjs [--coding br] [address]
//
// Fetches the page and everything that it loads before it answers to touch – style sheets and what they import,
// scripts, preloads, fonts whose letters are in its text, WebAssembly – as a browser that accepts brotli, and sums the
// bytes of the bodies on the wire. Exits 1 above the budget. With `--coding gzip` or `--coding identity` it only prints the sum.

import http from "node:http";
import https from "node:https";
import process from "node:process";
import { parseArgs } from "node:util";
import { brotliDecompressSync, gunzipSync } from "node:zlib";

const BUDGET_BYTES = 220_000;
const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: { coding: { type: "string", default: "br" } },
});
const page = new URL(positionals[0] ?? "http://127.0.0.1:3000/");
const ACCEPT_ENCODING = options.coding === "br" ? "br, gzip" : options.coding;

/** The body as it travels, and as it reads. */
function load(url) {
  const client = url.protocol === "https:" ? https : http;
  return new Promise((resolve, reject) => {
    const request = client.get(url, { headers: { "accept-encoding": ACCEPT_ENCODING, accept: "*/*" } }, (answer) => {
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

/** What a file loads at once in its turn: imported style sheets, fonts that the page's text needs, modules of a script. */
function loadedBy(file, letters) {
  const text = file.text();
  const isStyle = file.url.pathname.endsWith(".css");
  const pattern = isStyle
    ? /@import\s+(?:url\()?["']?([^"')\s;]+)/g
    : /(?:\bfrom|\bimport)\s*["'](\.{0,2}\/[^"']+)["']/g;
  const found = [...text.matchAll(pattern)].map(([, address]) => address);
  if (isStyle) found.push(...fonts(text, letters));
  return found.map((address) => new URL(address, file.url).href);
}

/** The font files of which a letter is in the page; without a range a font has all letters. */
function fonts(css, letters) {
  const faces = [...css.matchAll(/@font-face\s*\{([^}]*)\}/g)].map(([, face]) => face);
  return faces.flatMap((face) => {
    const address = face.match(/url\(["']?([^"')]+\.woff2)/)?.[1];
    if (!address) return [];
    const ranges = face.match(/unicode-range:\s*([^;}]+)/i)?.[1];
    return !ranges || ranges.split(",").some((range) => holds(range.trim(), letters)) ? [address] : [];
  });
}

function holds(range, letters) {
  const wild = range.slice(2);
  const [from, to = from] = wild.includes("?") ? [wild.replaceAll("?", "0"), wild.replaceAll("?", "F")] : wild.split("-");
  return letters.some((letter) => letter >= Number.parseInt(from, 16) && letter <= Number.parseInt(to, 16));
}

/** The letters that a browser with script draws or may draw: of texts, and of placeholders. */
function lettersOf(html) {
  const drawn = html.replace(/<head[\s\S]*?<\/head>|<(script|noscript|style|template)\b[\s\S]*?<\/\1>/g, "");
  const placeholders = [...drawn.matchAll(/placeholder="([^"]*)"/g)].map(([, text]) => text);
  const text = drawn.replace(/<!--[\s\S]*?-->|<[^>]*>|&\w+;/g, " ") + placeholders.join("");
  return [...new Set([...text].map((letter) => letter.codePointAt(0)))];
}

const first = await load(page);
const letters = lettersOf(first.text());
const files = new Map([[page.href, first]]);
const wanted = [...referenced(first.text(), page)];
while (wanted.length > 0) {
  const address = wanted.shift();
  if (files.has(address)) continue;
  const file = await load(new URL(address));
  files.set(address, file);
  if (/\.(?:css|js)$/.test(file.url.pathname)) wanted.push(...loadedBy(file, letters));
}

let total = 0;
for (const { url, wire, coding } of files.values()) {
  total += wire;
  console.log(`${String(wire).padStart(8)}  ${coding.padEnd(5)} ${url.pathname}`);
}
const limited = options.coding === "br";
console.log(`${String(total).padStart(8)}  ${limited ? `of ${BUDGET_BYTES} B` : `B, ${options.coding}`}`);
if (limited && total > BUDGET_BYTES) {
  console.error(`the first screen is ${total - BUDGET_BYTES} B above its budget`);
  process.exit(1);
}
