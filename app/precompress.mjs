// Writes .br and .gz beside every file of the site that shrinks: node precompress.mjs <site>
//
// Compressed once at build with the slowest setting, served as they are.

import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";

const [root] = process.argv.slice(2);
if (!root) throw new Error("usage: node precompress.mjs <site>");

const COMPRESSIBLE = /\.(?:wasm|js|css|svg|json|webmanifest|txt)$/;
const brotli = promisify(brotliCompress);
const gz = promisify(gzip);

const files = (await readdir(root, { recursive: true, withFileTypes: true }))
  .filter((entry) => entry.isFile() && COMPRESSIBLE.test(entry.name))
  .map((entry) => join(entry.parentPath ?? entry.path, entry.name));

for (const file of files) {
  const raw = await readFile(file);
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: raw.length };
  await writeFile(`${file}.br`, await brotli(raw, { params }));
  await writeFile(`${file}.gz`, await gz(raw, { level: 9 }));
}
console.log(`${files.length} files compressed`);
