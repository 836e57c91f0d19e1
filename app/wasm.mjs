// The little of the WebAssembly binary format that shorten.mjs, parts.mjs and prune.mjs need.

/** Reads and writes the numbers and names of the binary format. */
export class Cursor {
  constructor(bytes) {
    this.bytes = bytes;
    this.at = 0;
  }
  number() {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.bytes[this.at++];
      value += (byte & 127) * 2 ** shift;
      if (byte < 128) return value;
    }
  }
  take(length) {
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }
  name() {
    return this.take(this.number()).toString("utf8");
  }
  /** The bytes from `start` to here. */
  since(start) {
    return this.bytes.subarray(start, this.at);
  }
}

export function leb(value) {
  const bytes = [];
  do {
    bytes.push((value & 127) | (value > 127 ? 128 : 0));
    value = Math.floor(value / 128);
  } while (value > 0);
  return Buffer.from(bytes);
}

export function sized(content) {
  return Buffer.concat([leb(content.length), content]);
}

/** A WebAssembly without sections: what every file begins with. */
export const HEAD = Buffer.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);

/** One section as it is written in a file. */
export function section(id, content) {
  return Buffer.concat([Buffer.from([id]), sized(content)]);
}

/** Skips the description of an import and returns its kind, 0 for a function. */
export function skipKind(cursor) {
  const limits = () => {
    const flags = cursor.number();
    cursor.number();
    if (flags & 1) cursor.number();
  };
  const kind = cursor.take(1)[0];
  if (kind === 0) cursor.number();
  else if (kind === 1) (cursor.take(1), limits());
  else if (kind === 2) limits();
  else if (kind === 3) cursor.take(2);
  else if (kind === 4) (cursor.take(1), cursor.number());
  else throw new Error(`import of unknown kind ${kind}`);
  return kind;
}

/** The sections of a file, in their order. */
export function* sections(wasm) {
  const cursor = new Cursor(wasm);
  cursor.take(8);
  while (cursor.at < wasm.length) {
    const [id] = cursor.take(1);
    yield { id, content: cursor.take(cursor.number()) };
  }
}
