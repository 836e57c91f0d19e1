// Builds the site's static files that no compiler makes: node assets.mjs <destination> [--watch]
//
//   *                                  the files of public/
//   fonts/roboto-*.woff2          the variable Roboto, cut to the weights and letters that we print
//   vendor/leaflet/…                   the map library, loaded by the page when the map is first shown
//   inner.css, desk.css                the style sheets that the first screen does without
//
// Fonts and the map come from packages pinned in package-lock.json; nothing is fetched here.
// With --watch it goes on to renew what we write ourselves, public/ and style sheets, whenever their sources change.

import { cp, copyFile, mkdir, readFile, rm, watch, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import process from "node:process";
import { bundle } from "lightningcss";
import subsetFont from "subset-font";

// Together the files must stay below this: they come before the text is final on a slow network. A browser fetches those
// whose letters are on the page; a Russian list has no Latin ones.
const MAX_FONT_BYTES = 24_000;

const range = (from, to) => Array.from({ length: to - from + 1 }, (_, i) => String.fromCodePoint(from + i)).join("");

// Nothing of ours prints these; where a name has one, the phone's own font serves.
const printed = (text) => [...text].filter((letter) => !"#$*;<=>[\\]^`{|}~".includes(letter)).join("");

// The same ranges are in style/base.css as unicode-range. Source subsets are the package's own split:
// the rouble sign is only in latin-ext, Russian letters and the numero sign only in cyrillic.
const FONTS = [
  { name: "roboto-base", subset: "latin", text: printed(range(0x20, 0x40) + "_") + "\u00a0«°·»×–—•…−" },
  { name: "roboto-latin", subset: "latin", text: range(0x41, 0x5a) + range(0x61, 0x7a) },
  { name: "roboto-ru", subset: "cyrillic", text: "Ё" + range(0x410, 0x44f) + "ё№" },
  { name: "roboto-rub", subset: "latin-ext", text: "₽" },
];

// tnum keeps digits equally wide. Kerning would be a tenth of the bytes for a difference that nobody sees at 16 px.
const FEATURES = ["mark", "mkmk", "ccmp", "locl", "tnum"];

const LEAFLET = ["leaflet.js", "leaflet.css", "images/layers.png", "images/layers-2x.png", "images/marker-icon.png"];

const require = createRequire(import.meta.url);

const PUBLIC = join(import.meta.dirname, "..", "public");
const STYLE = join(import.meta.dirname, "..", "style");

async function buildFonts(destination) {
  const folder = join(dirname(require.resolve("@fontsource-variable/roboto/package.json")), "files");
  await mkdir(join(destination, "fonts"), { recursive: true });
  let total = 0;
  for (const { name, subset, text } of FONTS) {
    const source = await readFile(join(folder, `roboto-${subset}-wght-normal.woff2`));
    const font = await subsetFont(source, text, {
      targetFormat: "woff2",
      variationAxes: { wght: { min: 400, max: 700, default: 400 } },
      keepFeatures: FEATURES,
      noHinting: true,
    });
    await writeFile(join(destination, "fonts", `${name}.woff2`), font);
    total += font.length;
    console.log(`fonts/${name}.woff2  ${font.length} B`);
  }
  if (total > MAX_FONT_BYTES) throw new Error(`fonts take ${total} B, the budget is ${MAX_FONT_BYTES} B`);
}

async function copyLeaflet(destination) {
  const source = join(dirname(require.resolve("leaflet/package.json")), "dist");
  const target = join(destination, "vendor", "leaflet");
  await rm(target, { recursive: true, force: true });
  await mkdir(join(target, "images"), { recursive: true });
  for (const file of LEAFLET) {
    await copyFile(join(source, file), join(target, file));
    console.log(`vendor/leaflet/${file}`);
  }
}

/** The same browsers as in Cargo.toml, where the main style sheet is made. */
const BROWSERS = { chrome: 111 << 16, safari: (16 << 16) | (4 << 8), firefox: 121 << 16 };
const SHEETS = ["inner.css", "desk.css"];

async function sheets(destination) {
  for (const name of SHEETS) {
    const { code } = bundle({ filename: join(STYLE, name), minify: true, targets: BROWSERS });
    // One that is the same is left alone: a changed asset makes the open page reload.
    const there = await readFile(join(destination, name)).catch(() => null);
    if (there && Buffer.compare(there, code) === 0) continue;
    await writeFile(join(destination, name), code);
    console.log(`${name}  ${code.length} B`);
  }
}

async function copyPublic(destination) {
  await cp(PUBLIC, destination, { recursive: true, preserveTimestamps: true });
}

/** Repeats `step` after each change below `folder`. */
async function onChange(folder, step) {
  for await (const _ of watch(folder, { recursive: true })) {
    // A file caught between two writes of its editor comes again with the next event.
    await step().catch((error) => console.error(error.message));
  }
}

const [destination, mode] = process.argv.slice(2);
if (!destination || (mode && mode !== "--watch")) {
  console.error("usage: node assets.mjs <destination> [--watch]");
  process.exit(2);
}
if (mode) {
  await Promise.all([
    onChange(STYLE, () => sheets(destination)),
    onChange(PUBLIC, () => copyPublic(destination)),
  ]);
} else {
  await copyPublic(destination);
  await buildFonts(destination);
  await copyLeaflet(destination);
  await sheets(destination);
}
