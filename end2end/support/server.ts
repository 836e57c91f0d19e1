// Starts the built program in sandbox mode: a free port, a database of its own, and the knobs of the sandbox.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const ROOT = resolve(fileURLToPath(new URL("../..", import.meta.url)));
const BINARY = process.env["KOLONKA_BIN"] ?? join(ROOT, "target/release/kolonka");
const SITE = process.env["KOLONKA_SITE_ROOT"] ?? join(ROOT, "target/site");

/** Longest wait for the first good answer of a program that has just been started. */
const START_MS = 20_000;

/** What `POST /sandbox/control` understands. */
export type Knobs = {
  invoicebox?: Record<string, unknown>;
  forecourt?: { fault: "none" | "refuse" | "busy" | "silence" | "late" | "duplicate" | "partial" | "zero" };
  clock?: { advance_s: number };
};

export class Server {
  private constructor(
    readonly url: string,
    private readonly program: ChildProcess,
    private readonly folder: string,
    private readonly output: string[],
  ) {}

  static async start(): Promise<Server> {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const folder = await mkdtemp(join(tmpdir(), "kolonka-end2end-"));
    const program = spawn(BINARY, ["serve"], {
      // Not the checkout: a developer's .env must not reach the tests.
      cwd: folder,
      env: {
        PATH: process.env["PATH"],
        KOLONKA_MODE: "sandbox",
        KOLONKA_ADDR: `127.0.0.1:${port}`,
        KOLONKA_PUBLIC_URL: url,
        KOLONKA_SITE_ROOT: SITE,
        KOLONKA_LOG: "warn",
        // Tiles come from nowhere: no test depends on the network.
        KOLONKA_TILES_URL: `${url}/tiles/{z}/{x}/{y}.png`,
        DATABASE_URL: `sqlite://${join(folder, "kolonka.db")}`,
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const output: string[] = [];
    for (const stream of [program.stdout, program.stderr]) {
      stream?.on("data", (chunk: Buffer) => output.push(chunk.toString()));
    }
    program.on("error", (error) => output.push(`${BINARY}: ${error.message}`));
    const server = new Server(url, program, folder, output);
    await server.ready();
    return server;
  }

  private async ready(): Promise<void> {
    const until = Date.now() + START_MS;
    while (Date.now() < until && this.program.exitCode === null) {
      const answer = await fetch(`${this.url}/readyz`).catch(() => null);
      if (answer?.ok) return;
      await pause(50);
    }
    await this.stop();
    throw new Error(`the program did not become ready\n${this.log()}`);
  }

  /** What the program has written. */
  log(): string {
    return this.output.join("");
  }

  /** Turns knobs of the sandbox. */
  async control(knobs: Knobs): Promise<void> {
    const answer = await fetch(`${this.url}/sandbox/control`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(knobs),
    });
    if (!answer.ok) throw new Error(`control ${JSON.stringify(knobs)}: ${answer.status} ${await answer.text()}`);
  }

  /** Back to a sandbox where everything goes well; orders stay. */
  async mend(): Promise<void> {
    await this.control({
      invoicebox: { latency_ms: 0, fail_next: [], notifications: { delay_ms: 700, fail_next: [] } },
      forecourt: { fault: "none" },
    });
  }

  async stop(): Promise<void> {
    if (this.program.exitCode === null && this.program.signalCode === null && this.program.pid !== undefined) {
      const ended = once(this.program, "exit");
      this.program.kill("SIGTERM");
      const late = setTimeout(() => this.program.kill("SIGKILL"), 5_000);
      await ended;
      clearTimeout(late);
    }
    await rm(this.folder, { recursive: true, force: true });
  }
}

async function freePort(): Promise<number> {
  const probe = createServer();
  probe.listen(0, "127.0.0.1");
  await once(probe, "listening");
  const address = probe.address();
  probe.close();
  await once(probe, "close");
  if (address === null || typeof address === "string") throw new Error("no free port");
  return address.port;
}
