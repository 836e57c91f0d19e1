// Runs a command against the built program in sandbox mode: node with-server.mjs <command> [arguments…]
//
// The program's address is added as the last argument. Its port and its database are its own and go with it.

import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const BINARY = process.env.KOLONKA_BIN ?? join(ROOT, "target/release/kolonka");
const SITE = process.env.KOLONKA_SITE_ROOT ?? join(ROOT, "target/site");

/** Longest wait for the first good answer. */
const START_MS = 20_000;
/** How long the program may outlive SIGTERM: what it promises. */
const END_MS = 10_000;

async function freePort() {
  const probe = createServer();
  probe.listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address();
  probe.close();
  await once(probe, "close");
  return port;
}

async function ready(url, program) {
  const until = Date.now() + START_MS;
  while (Date.now() < until && program.exitCode === null) {
    const answer = await fetch(`${url}/readyz`).catch(() => null);
    if (answer?.ok) return;
    await pause(50);
  }
  throw new Error("the program did not become ready");
}

/** Ends a program by SIGTERM. One that outlives it is killed, and that is a failure. */
async function ended(program) {
  if (program.pid === undefined || program.exitCode !== null || program.signalCode !== null) return;
  const exit = once(program, "exit").then(() => true);
  const begun = Date.now();
  program.kill("SIGTERM");
  if (await Promise.race([exit, pause(END_MS, false, { ref: false })])) {
    if (program.exitCode !== 0) throw new Error(`the program ended with ${program.exitCode ?? program.signalCode}`);
    return;
  }
  program.kill("SIGKILL");
  await exit;
  throw new Error(`the program was still alive ${Date.now() - begun} ms after SIGTERM`);
}

/** Starts the program, with `variables` beside its usual ones; `end` stops it and removes what it left. Its output goes to `stdio`. */
export async function startServer(stdio, variables = {}) {
  const url = `http://127.0.0.1:${await freePort()}`;
  // Not the checkout: a developer's .env must not reach the tests.
  const folder = await mkdtemp(join(tmpdir(), "kolonka-end2end-"));
  const env = {
    PATH: process.env.PATH,
    KOLONKA_MODE: "sandbox",
    KOLONKA_ADDR: new URL(url).host,
    KOLONKA_PUBLIC_URL: url,
    KOLONKA_SITE_ROOT: SITE,
    KOLONKA_LOG: "warn",
    // A picture of our own for each tile: no test depends on the network.
    KOLONKA_TILES_URL: `${url}/favicon.svg?tile={z}/{x}/{y}`,
    // Any page of ours stands for the network's documents.
    KOLONKA_TERMS_URL: `${url}/robots.txt?terms`,
    KOLONKA_PRIVACY_URL: `${url}/robots.txt?privacy`,
    DATABASE_URL: `sqlite://${join(folder, "kolonka.db")}`,
    ...variables,
  };
  const program = spawn(BINARY, ["serve"], { cwd: folder, env, stdio });
  /** Another command of the program, on the same database. */
  const run = (args) => promisify(execFile)(BINARY, args, { cwd: folder, env });
  const end = async () => {
    try {
      await ended(program);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  };
  const failed = once(program, "error").then(([error]) => Promise.reject(error));
  failed.catch(() => {});
  return { url, folder, program, run, end, ready: Promise.race([ready(url, program), failed]) };
}

async function main([command, ...rest]) {
  if (!command) throw new Error("usage: node with-server.mjs <command> [arguments…]");
  const server = await startServer(["ignore", "inherit", "inherit"]);
  try {
    await server.ready;
    const child = spawn(command, [...rest, server.url], { stdio: "inherit" });
    const [code] = await once(child, "exit");
    process.exitCode = code ?? 1;
  } finally {
    await server.end();
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(process.argv.slice(2));
