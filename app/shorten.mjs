// Shortens the names by which the script and the WebAssembly know each other: node shorten.mjs <site>/pkg
//
// wasm-bindgen names each function after what it does, with a hash: some hundred names that do not compress, on both
// sides. Nobody reads them in a release. Runs before anything is compressed, and finds nothing left the second time.

import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { shortenParts } from "./parts.mjs";
import { Cursor, HEAD, leb, section, sections, sized, skipKind } from "./wasm.mjs";

const [folder] = process.argv.slice(2);
if (!folder) throw new Error("usage: node shorten.mjs <site>/pkg");

const IMPORTS = 2;
const EXPORTS = 7;
/** Names that wasm-bindgen made up; our own exports keep theirs. */
const GENERATED_NAMES = /^(?:__wbg_|__wbindgen_|wasm_bindgen__)/;

function renameImports(content, rename) {
  const cursor = new Cursor(content);
  const count = cursor.number();
  const parts = [leb(count)];
  for (let index = 0; index < count; index += 1) {
    const module = cursor.name();
    const name = cursor.name();
    const start = cursor.at;
    skipKind(cursor);
    parts.push(sized(Buffer.from(module)), sized(Buffer.from(rename(name))), cursor.since(start));
  }
  return Buffer.concat(parts);
}

function renameExports(content, rename) {
  const cursor = new Cursor(content);
  const count = cursor.number();
  const parts = [leb(count)];
  for (let index = 0; index < count; index += 1) {
    const name = cursor.name();
    const start = cursor.at;
    cursor.take(1);
    cursor.number();
    parts.push(sized(Buffer.from(rename(name))), cursor.since(start));
  }
  return Buffer.concat(parts);
}

function renameIn(wasm, rename) {
  const parts = [HEAD];
  for (let { id, content } of sections(wasm)) {
    if (id === IMPORTS) content = renameImports(content, rename);
    if (id === EXPORTS) content = renameExports(content, rename);
    parts.push(section(id, content));
  }
  return Buffer.concat(parts);
}

const files = await readdir(folder);
const find = (pattern) => join(folder, files.find((file) => pattern.test(file)) ?? "");
const [script, wasm] = [find(/^kolonka(?:\.[^.]+)?\.js$/), find(/^kolonka(?:\.[^.]+)?\.wasm$/)];
const text = await readFile(script, "utf8");
// A name that another script contains, too, belongs to both: the loader of later parts shares the tables of the first.
const scripts = files.filter((file) => file.endsWith(".js") && join(folder, file) !== script);
const others = (await Promise.all(scripts.map((file) => readFile(join(folder, file), "utf8")))).join("\n");
const contains = (source, name) => new RegExp(`\\b${name}\\b`).test(source);
const names = new Map();
const binary = renameIn(await readFile(wasm), (name) => {
  if (!GENERATED_NAMES.test(name) || !contains(text, name) || contains(others, name)) return name;
  if (!names.has(name)) names.set(name, `_${names.size.toString(36)}`);
  return names.get(name);
});
const taken = [...names.values()].find((short) => contains(text, short));
if (taken) throw new Error(`the script has a name ${taken} of its own`);
const shorter = text.replace(/\b(?:__wbg_|__wbindgen_|wasm_bindgen__)\w+\b/g, (name) => names.get(name) ?? name);
await writeFile(script, shorter);
await writeFile(wasm, binary);
console.log(`${names.size} names and those of ${await shortenParts(folder)} parts shortened`);
