// Compares builds by turns: node compare.mjs [--rounds 5] [--page /] <name>=<folder> …
//
// A folder holds one build: `kolonka`, its `hash.txt`, and `site`. In each round every build is started again and loaded
// once by vitals.mjs, so that the machine's other work hits all alike. Prints medians, and their ratios to the first
// build's.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import process from "node:process";
import { fileURLToPath, URL } from "node:url";
import { parseArgs } from "node:util";

const HERE = fileURLToPath(new URL(".", import.meta.url));
const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: { rounds: { type: "string", default: "5" }, page: { type: "string", default: "/" } },
});
const builds = positionals.map((word) => word.split("=")).map(([name, folder]) => ({ name, folder: resolve(folder), runs: [] }));
if (builds.length === 0) throw new Error("usage: node compare.mjs [--rounds 5] [--page /] <name>=<folder> …");

/** One cold load of one build; the program runs for that long. */
async function load({ name, folder }, json) {
  const vitals = ["node", join(HERE, "vitals.mjs"), "--runs", "1", "--page", options.page, "--json", json];
  const child = spawn("node", [join(HERE, "with-server.mjs"), ...vitals], {
    env: { ...process.env, KOLONKA_BIN: join(folder, "kolonka"), KOLONKA_SITE_ROOT: join(folder, "site") },
    stdio: ["ignore", "ignore", "inherit"],
  });
  const [code] = await once(child, "exit");
  if (code !== 0) throw new Error(`${name} could not be measured`);
  const [run] = JSON.parse(await readFile(json, "utf8"));
  return run;
}

function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

const scratch = await mkdtemp(join(tmpdir(), "kolonka-compare-"));
try {
  for (let round = 0; round < Number(options.rounds); round += 1) {
    for (const build of builds) build.runs.push(await load(build, join(scratch, "run.json")));
  }
} finally {
  await rm(scratch, { recursive: true, force: true });
}

const names = Object.keys(builds[0].runs[0]).filter((name) => typeof builds[0].runs[0][name] === "number");
console.log(`${options.page}: medians of ${options.rounds} cold loads by turns (least … most), ratio to ${builds[0].name}`);
for (const name of names) {
  const values = builds.map(({ runs }) => runs.map((run) => run[name] ?? 0));
  const first = median(values[0]);
  const show = (number) => (name === "layout shift" ? number.toFixed(3) : String(Math.round(number)));
  values.forEach((numbers, index) => {
    const ratio = first === 0 ? "" : (median(numbers) / first).toFixed(2);
    const range = `(${show(Math.min(...numbers))} … ${show(Math.max(...numbers))})`;
    console.log(`${name.padEnd(21)} ${builds[index].name.padEnd(10)} ${show(median(numbers)).padStart(8)} ${range.padEnd(18)} ${ratio}`);
  });
}
