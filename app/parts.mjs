// The files of a split build that come later, and the script that fetches them: shorter names, one loader for all.
//
// The splitter writes a function, a comment and a file name with a hash of its own for each part; every visitor loads
// that script before the first tap. Called by shorten.mjs; finds nothing left the second time.

import { createHash } from "node:crypto";
import { readdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";

const PART = /^(?:chunk|split)_.*\.wasm$/;
/** As the splitter writes the loading of a part, without indents. */
const FETCHED =
  /makeLoad\(\(\) => \{\nconst src = fetch\(new URL\("\.\/([^"]+)\.wasm", import\.meta\.url\)\);\nreturn async \(imports\) => \(WebAssembly\.instantiateStreaming\(src, imports\)\);\n\}\n, \[/g;
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
const part = (name, needs) => makeLoad(() => {
const src = reach(new URL("./" + name + ".wasm", import.meta.url));
return async (imports) => WebAssembly.instantiateStreaming(src, imports);
}, needs);
`;

/** Gives the number of parts renamed. */
export async function shortenParts(folder) {
  const files = (await readdir(folder)).sort();
  const parts = files.filter((file) => PART.test(file));
  if (parts.length === 0) return 0;
  const names = await shortNames(folder, parts);
  const loader = join(folder, files.find((file) => /^__wasm_split\..*\.js$/.test(file)));
  const manifest = join(folder, files.find((file) => /^__wasm_split_manifest.*\.json$/.test(file)));
  const script = shorterLoader(await readFile(loader, "utf8"), names);
  const needed = JSON.parse(await readFile(manifest, "utf8"));
  for (const page of Object.keys(needed)) needed[page] = needed[page].map((name) => names.get(name));
  await writeFile(loader, script);
  await writeFile(manifest, JSON.stringify(needed));
  for (const [long, short] of names) await rename(join(folder, `${long}.wasm`), join(folder, `${short}.wasm`));
  return names.size;
}

/** A number each, and one hash for all: they are made for each other, and no old one fits a new one. */
async function shortNames(folder, parts) {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(await readFile(join(folder, part)));
  const tag = hash.digest("base64url").slice(0, 8);
  return new Map(parts.map((part, index) => [part.slice(0, -".wasm".length), `${index.toString(36)}.${tag}`]));
}

function shorterLoader(script, names) {
  const lines = script
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !/^(?:\/\/|\/\*.*\*\/$)/.test(line));
  let replaced = 0;
  const shorter = lines
    .join("\n")
    .replace(FETCHED, (_, name) => {
      replaced += 1;
      return `part("${names.get(name)}", [`;
    })
    .replace(/\b__chunk_(\d+)\b/g, "c$1");
  if (replaced !== names.size) throw new Error(`${replaced} of ${names.size} parts are in a form that app/parts.mjs knows`);
  const first = shorter.search(/^(?:export )?const \w+ = (?:wrapAsyncCb\()?part\(/m);
  return shorter.slice(0, first) + LOADER + shorter.slice(first);
}
