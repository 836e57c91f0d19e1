// Runs a command against the built program in sandbox mode: node with-server.mjs <command> [arguments…]
//
// The program's address is added as the last argument. Its port and its database are its own and go with it.

import { execFile, spawn } from "node:child_process";
import { randomInt, randomUUID } from "node:crypto";
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
const START_MS = 60_000;
/** How long the program may outlive SIGTERM: what it promises. */
const END_MS = 10_000;
/** Ports below those that the system hands out by itself, so that one is still free when the program starts. Chromium opens them all. */
const [FIRST_PORT, LAST_PORT] = [28_000, 32_000];
/** Another process may choose the same port: so often it is tried on another one. */
const MAX_STARTS = 3;

let nextPort = randomInt(FIRST_PORT, LAST_PORT);

export async function freePort() {
  for (;;) {
    const port = nextPort;
    nextPort = port === LAST_PORT ? FIRST_PORT : port + 1;
    const probe = createServer().listen(port, "127.0.0.1");
    const free = await once(probe, "listening").then(() => true, () => false);
    if (!free) continue;
    probe.close();
    await once(probe, "close");
    return port;
  }
}

/** Waits until this program serves, and not another one that came to its port first. */
async function ready({ url, program, token }) {
  const headers = { authorization: `Bearer ${token}` };
  const serves = async (path) => (await fetch(`${url}${path}`, { headers }).catch(() => null))?.ok;
  const until = Date.now() + START_MS;
  while (Date.now() < until && program.exitCode === null) {
    if ((await serves("/readyz")) && (await serves("/sandbox/invoicebox/v3/security/api/auth/auth"))) return;
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

/** Starts the program on any free port; what is returned may still fail to become ready. */
async function launch(variables, shows) {
  const url = `http://127.0.0.1:${await freePort()}`;
  // Not the checkout: a developer's .env must not reach the tests.
  const folder = await mkdtemp(join(tmpdir(), "kolonka-end2end-"));
  const token = randomUUID();
  const env = {
    PATH: process.env.PATH,
    KOLONKA_MODE: "sandbox",
    KOLONKA_ADDR: new URL(url).host,
    KOLONKA_PUBLIC_URL: url,
    KOLONKA_SITE_ROOT: SITE,
    KOLONKA_LOG: "warn",
    // All visitors of a test have one address.
    KOLONKA_LIMITS: "off",
    // Its emulator takes no other one: the program is known by it.
    INVOICEBOX_API_TOKEN: token,
    // A picture of our own for each tile: no test depends on the network.
    KOLONKA_TILES_URL: `${url}/favicon.svg?tile={z}/{x}/{y}`,
    // Any page of ours serves as the network's documents.
    KOLONKA_TERMS_URL: `${url}/robots.txt?terms`,
    KOLONKA_PRIVACY_URL: `${url}/robots.txt?privacy`,
    DATABASE_URL: `sqlite://${join(folder, "kolonka.db")}`,
    ...variables,
  };
  const program = spawn(BINARY, ["serve"], { cwd: folder, env, stdio: ["ignore", "pipe", "pipe"] });
  const output = [];
  for (const stream of [program.stdout, program.stderr]) {
    stream.on("data", (chunk) => {
      output.push(chunk.toString());
      if (shows) process.stderr.write(chunk);
    });
  }
  const failure = once(program, "error").then(([error]) => Promise.reject(error));
  failure.catch(() => {});
  /** Another command of the program, on the same database. */
  const run = (args) => promisify(execFile)(BINARY, args, { cwd: folder, env });
  const end = async () => {
    try {
      await ended(program);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  };
  return { url, folder, program, token, failure, run, end, log: () => output.join("") };
}

/**
 * Starts the program, with `variables` beside its usual ones, and waits until it serves; `end` stops it and removes what it left.
 * `log` is what it has written, which `shows` also writes to our own output.
 */
export async function startServer(variables = {}, shows = false) {
  for (let starts = 1; ; starts += 1) {
    const server = await launch(variables, shows);
    try {
      await Promise.race([ready(server), server.failure]);
      return server;
    } catch (error) {
      // One whose port was taken has ended by itself.
      const exited = server.program.exitCode !== null;
      // Why it did not start says more than how it ended.
      await server.end().catch(() => {});
      if (!exited || starts === MAX_STARTS) throw new Error(`${error}\n${server.log()}`);
    }
  }
}

async function main([command, ...rest]) {
  if (!command) throw new Error("usage: node with-server.mjs <command> [arguments…]");
  const server = await startServer({}, true);
  try {
    const child = spawn(command, [...rest, server.url], { stdio: "inherit" });
    const [code] = await once(child, "exit");
    process.exitCode = code ?? 1;
  } finally {
    await server.end();
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(process.argv.slice(2));
