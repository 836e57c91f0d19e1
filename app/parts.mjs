// The files of a split build that come later, and the script that fetches them: shorter names, one loader for all, and
// the small ones in one file.
//
// The splitter writes a function, a comment and a file name with a hash of its own for each part; every visitor loads
// that script before the first tap. What some pages share is a part of its own, often of a hundred bytes: a station
// would ask for forty files. Called by shorten.mjs; finds nothing left the second time.

import { createHash } from "node:crypto";
import { readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { HEAD, section, sized } from "./wasm.mjs";

const PART = /^(?:chunk|split)_.*\.wasm$/;
/** As the splitter writes the loading of a part, without indents. */
const FETCHED =
  /makeLoad\(\(\) => \{\nconst src = fetch\(new URL\("\.\/([^"]+)\.wasm", import\.meta\.url\)\);\nreturn async \(imports\) => \(WebAssembly\.instantiateStreaming\(src, imports\)\);\n\}\n, \[/g;
/** Parts below this are put into one file, in bytes before compression: together they are a quarter of their size apart. */
const MIN_PART_BYTES = 6000;
/**
 * A part that cannot be fetched has no network: the page stays as it is, says so (`data-waits`, app/src/shell.rs), and
 * goes on when there is one. As the splitter writes it, the program would break down. An answer that is no part, as after
 * an update, still ends it: the page then offers to reload.
 */
const LOADER = `const reach = async (url) => {
for (;;) {
const { dataset } = document.documentElement;
try {
const answer = await fetch(url);
delete dataset.waits;
return answer;
} catch {
dataset.waits = "";
await new Promise((go) => {
setTimeout(go, 2000);
addEventListener("online", go, { once: true });
});
}
}
};
const whole = (name) => reach(new URL("./" + name + ".wasm", import.meta.url));
const part = (name, needs) => makeLoad(() => {
const src = whole(name);
return async (imports) => WebAssembly.instantiateStreaming(src, imports);
}, needs);
let pack;
const small = (name, needs) => makeLoad(() => {
pack ??= WebAssembly.compileStreaming(whole(PACK));
return async (imports) => WebAssembly.instantiate(WebAssembly.Module.customSections(await pack, name)[0], imports);
}, needs);
`;

/** Shortens the parts of a build; returns how many there are. */
export async function shortenParts(folder) {
  const files = (await readdir(folder)).sort();
  const names = files.filter((file) => PART.test(file)).map((file) => file.slice(0, -".wasm".length));
  if (names.length === 0) return 0;
  const parts = await nameParts(folder, names);
  const loader = join(folder, files.find((file) => /^__wasm_split\..*\.js$/.test(file)));
  const manifest = join(folder, files.find((file) => /^__wasm_split_manifest.*\.json$/.test(file)));
  const script = shorterLoader(await readFile(loader, "utf8"), parts);
  const needed = JSON.parse(await readFile(manifest, "utf8"));
  for (const page of Object.keys(needed)) needed[page] = [...new Set(needed[page].map((name) => parts.get(name).file))];
  await writeFile(loader, script);
  await writeFile(manifest, JSON.stringify(needed));
  await place(folder, parts);
  return parts.size;
}

/**
 * A number each, and one hash for all: they are made for each other, and no old one fits a new one. `file` is where a
 * part is found: the small ones in one, by their numbers.
 */
async function nameParts(folder, names) {
  const read = await Promise.all(names.map((name) => readFile(join(folder, `${name}.wasm`))));
  const hash = createHash("sha256");
  for (const bytes of read) hash.update(bytes);
  const tag = hash.digest("base64url").slice(0, 8);
  return new Map(
    names.map((name, index) => {
      const number = index.toString(36);
      const isSmall = read[index].length < MIN_PART_BYTES;
      return [name, { bytes: read[index], number, isSmall, file: `${isSmall ? "small" : number}.${tag}` }];
    }),
  );
}

function shorterLoader(script, parts) {
  const lines = script
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !/^(?:\/\/|\/\*.*\*\/$)/.test(line));
  let replaced = 0;
  const shorter = lines
    .join("\n")
    .replace(FETCHED, (_, name) => {
      replaced += 1;
      const { isSmall, number, file } = parts.get(name);
      return isSmall ? `small("${number}", [` : `part("${file}", [`;
    })
    .replace(/\b__chunk_(\d+)\b/g, "c$1");
  if (replaced !== parts.size) throw new Error(`${replaced} of ${parts.size} parts are in a form that app/parts.mjs knows`);
  const first = shorter.search(/^(?:export )?const \w+ = (?:wrapAsyncCb\()?(?:part|small)\(/m);
  const pack = [...parts.values()].find(({ isSmall }) => isSmall)?.file ?? "";
  return shorter.slice(0, first) + LOADER.replace("PACK", JSON.stringify(pack)) + shorter.slice(first);
}

/** Large parts under their new names, and the small ones as sections of a WebAssembly that has nothing else. */
async function place(folder, parts) {
  const sections = [];
  let pack;
  for (const [name, { bytes, number, isSmall, file }] of parts) {
    const from = join(folder, `${name}.wasm`);
    if (isSmall) {
      pack = join(folder, `${file}.wasm`);
      sections.push(section(0, Buffer.concat([sized(Buffer.from(number)), bytes])));
      await rm(from);
    } else await rename(from, join(folder, `${file}.wasm`));
  }
  if (pack) await writeFile(pack, Buffer.concat([HEAD, ...sections]));
}
