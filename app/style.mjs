// Writes the style sheet as one file: node style.mjs <main.css> <destination>
//
// The build minifies what it is given but leaves `@import` in place, and a browser would then ask for thirty files
// one after the other. Each imported file becomes an `@layer` block, which means the same.

import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import process from "node:process";

const [source, destination] = process.argv.slice(2);
if (!destination) throw new Error("usage: node style.mjs <main.css> <destination>");

const main = await readFile(source, "utf8");
const parts = [];
let end = 0;
for (const match of main.matchAll(/^@import "([^"]+)" layer\(([a-z]+)\);$/gm)) {
  const [line, file, layer] = match;
  const text = await readFile(join(dirname(source), file), "utf8");
  if (/^\s*@import\b/m.test(text)) throw new Error(`${file}: only ${source} may import`);
  parts.push(main.slice(end, match.index), `@layer ${layer} {\n${text}\n}`);
  end = match.index + line.length;
}
parts.push(main.slice(end));
const bundle = parts.join("");
if (/^\s*@import\b/m.test(bundle)) throw new Error(`${source}: an @import was not understood`);
await mkdir(dirname(destination), { recursive: true });
await writeFile(destination, bundle);
console.log(`${destination}  ${bundle.length} B`);
