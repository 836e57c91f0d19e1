// Empties functions that never run, so that the optimiser drops what only they reach: node prune.mjs <file.wasm>
//
// Every type-erased view, for one, brings two ways to hydrate it, and no compiler can know that the second, asynchronous one is
// never taken: app/src/lib.rs loads the code of the page on screen first and then hydrates all of it at once. A call
// that comes all the same ends as a panic does, and every browser journey would show it.

import { readFile, writeFile } from "node:fs/promises";
import process from "node:process";
import { Cursor, HEAD, leb, section, sections, sized, skipKind } from "./wasm.mjs";

/** Functions that never run, as the compiler and as wasm-bindgen spell them. */
const EMPTIED_FUNCTIONS = [
  // Hydrating a view asynchronously: `hydrate_async` of every kind of view, and the bodies of its futures.
  /::hydrate_async(?:::\{\{closure\}\})*(?:::h\w{16})?$/,
  /13hydrate_async(?:28_\$u7b\$\$u7b\$closure\$u7d\$\$u7d\$)*(?:5inner)?17h\w{16}E$/,
  // Hydrating what came out of a `<template>`: no view of ours is one.
  /::into_any(?:_attr)?::hydrate_from_template(?:::h\w{16})?$/,
  /(?:8into_any|13into_any_attr)21hydrate_from_template17h\w{16}E$/,
  // Streams that Rust would feed to a script: a library exports them, and no answer of ours is one.
  /^intounderlying(?:bytesource|source|sink)_\w+$/,
];
/** No locals, `unreachable`, `end`. */
const EMPTY = Buffer.from([0x00, 0x00, 0x0b]);

const [file] = process.argv.slice(2);
if (!file) throw new Error("usage: node prune.mjs <file.wasm>");

const parts = [...sections(await readFile(file))];
const imported = countImports(parts.find(({ id }) => id === 2)?.content);
const names = functionNames(parts.filter(({ id }) => id === 0));
let emptied = 0;
const bytes = parts.map(({ id, content }) => {
  const kept = id === 10 ? emptyBodies(content) : content;
  return section(id, kept);
});
await writeFile(file, Buffer.concat([HEAD, ...bytes]));
console.log(`${emptied} functions emptied in ${file}`);

function countImports(content) {
  if (!content) return 0;
  const cursor = new Cursor(content);
  let functions = 0;
  for (let left = cursor.number(); left > 0; left -= 1) {
    cursor.name();
    cursor.name();
    if (skipKind(cursor) === 0) functions += 1;
  }
  return functions;
}

function functionNames(customs) {
  const names = new Map();
  for (const { content } of customs) {
    const cursor = new Cursor(content);
    if (cursor.name() !== "name") continue;
    while (cursor.at < content.length) {
      const [kind] = cursor.take(1);
      const part = new Cursor(cursor.take(cursor.number()));
      if (kind !== 1) continue;
      for (let left = part.number(); left > 0; left -= 1) names.set(part.number(), part.name());
    }
  }
  return names;
}

function emptyBodies(content) {
  const cursor = new Cursor(content);
  const count = cursor.number();
  const bodies = [leb(count)];
  for (let index = 0; index < count; index += 1) {
    let body = cursor.take(cursor.number());
    const name = names.get(imported + index) ?? "";
    if (EMPTIED_FUNCTIONS.some((pattern) => pattern.test(name))) {
      body = EMPTY;
      emptied += 1;
    }
    bodies.push(sized(body));
  }
  return Buffer.concat(bodies);
}
