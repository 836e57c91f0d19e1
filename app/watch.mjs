// Serves the sandbox with hot reload, and ends all that it has started when it is ended: node watch.mjs
//
// A changed view or style is put into the open page; other Rust is compiled, and the page is reloaded.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { setTimeout as pause } from "node:timers/promises";

const ROOT = join(import.meta.dirname, "..");
/** What has not ended by itself so long after it was asked to is killed. */
const END_MS = 10_000;

/** Starts a command in a process group of its own, so that what it starts can be ended with it. */
function start(command, args, variables = {}) {
  return spawn(command, args, { cwd: ROOT, env: { ...process.env, ...variables }, stdio: "inherit", detached: true });
}

function signalGroup(child, signal) {
  try {
    process.kill(-child.pid, signal);
  } catch (error) {
    if (error.code !== "ESRCH") throw error;
  }
}

async function end(child) {
  // It could not be started.
  if (child.pid === undefined) return;
  const exit = child.exitCode === null && child.signalCode === null ? once(child, "exit") : Promise.resolve();
  signalGroup(child, "SIGINT");
  await Promise.race([exit, pause(END_MS, undefined, { ref: false })]);
  // Its children may outlive it.
  signalGroup(child, "SIGKILL");
}

// A style can only be replaced in the open page while its file keeps its name: no hashes here.
await rm(join(ROOT, "target/debug/hash.txt"), { force: true });
const children = [
  start("node", ["app/assets.mjs", "target/assets", "--watch"]),
  start("cargo", ["leptos", "watch", "--hot-reload"], { LEPTOS_HASH_FILES: "false" }),
];
const signals = ["SIGINT", "SIGTERM", "SIGHUP"].map((signal) => once(process, signal).then(() => 0));
const exits = children.map((child) =>
  once(child, "exit").then(
    ([code]) => code ?? 1,
    (error) => {
      console.error(error.message);
      return 1;
    },
  ),
);
const code = await Promise.race([...signals, ...exits]);
await Promise.all(children.map(end));
process.exit(code);
