// Bundles the style sheet: node styles.mjs <source> <destination> [--watch]
//
// cargo-leptos takes one file and leaves its @import alone; lightningcss lays the files into their layers here.

import { mkdirSync, watch, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import process from "node:process";
import { bundle, browserslistToTargets } from "lightningcss";

const [source, destination, mode] = process.argv.slice(2);
if (!source || !destination) throw new Error("usage: node styles.mjs <source> <destination> [--watch]");

// The floor of the design system: layers, container queries and :has are needed anyway.
const targets = browserslistToTargets(["chrome 111", "safari 16.4", "firefox 121"]);

function build() {
  const { code } = bundle({ filename: source, minify: true, targets });
  mkdirSync(dirname(destination), { recursive: true });
  writeFileSync(destination, code);
  console.log(`${destination}  ${code.length} B`);
}

build();
if (mode === "--watch") {
  watch(dirname(source), { recursive: true }, () => {
    try {
      build();
    } catch (error) {
      console.error(error.message);
    }
  });
}
