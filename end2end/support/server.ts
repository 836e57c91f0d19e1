// A running program in sandbox mode, with the switches of its sandbox.

import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { startServer } from "../with-server.mjs";

/** What `POST /sandbox/control` understands. */
export type SandboxControl = {
  invoicebox?: Record<string, unknown>;
  forecourt?: {
    /** One of the faults of docs/sandbox.md. */
    fault?: string;
    /** The fault strikes once. */
    once?: boolean;
    /** With `pump`: the fault is for this pump alone. */
    station?: string;
    pump?: number;
    /** The sentence of refusals and cancellations; empty: the usual ones. */
    reason?: string;
    /** Off: any number of orders runs at one pump. */
    reservation?: boolean;
    /** The step before which orders wait at their pumps. */
    hold?: "none" | "accept" | "nozzle" | "flow" | "ended";
  };
  /** Off: goods without fuel wait until somebody else hands them over. */
  cashier?: { hands_over: boolean };
  clock?: { advance_s: number };
};

type Started = Awaited<ReturnType<typeof startServer>>;

export class Server {
  private constructor(private readonly started: Started) {}

  static async start(variables: Record<string, string> = {}): Promise<Server> {
    return new Server(await startServer(variables));
  }

  get url(): string {
    return this.started.url;
  }

  /** Loads stations from the text of a CSV file, as an operator does beside the running program. */
  async importStations(csv: string): Promise<void> {
    const file = join(this.started.folder, "stations.csv");
    await writeFile(file, csv);
    await this.started.run(["stations", "import", file]);
  }

  /** What the program has written. */
  log(): string {
    return this.started.log();
  }

  /** Sets switches of the sandbox. */
  async control(control: SandboxControl): Promise<void> {
    const answer = await fetch(`${this.url}/sandbox/control`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(control),
    });
    if (!answer.ok) throw new Error(`control ${JSON.stringify(control)}: ${answer.status} ${await answer.text()}`);
  }

  /** Back to a sandbox where everything goes well; orders stay. */
  async mend(): Promise<void> {
    await this.control({
      invoicebox: { latency_ms: 0, fail_next: [], notifications: { delay_ms: 700, fail_next: [] } },
      forecourt: { fault: "none", reason: "", reservation: false, hold: "none" },
      cashier: { hands_over: true },
    });
  }

  /** Ends the program; fails when it outlives its signal. */
  async stop(): Promise<void> {
    try {
      await this.started.end();
    } catch (error) {
      throw new Error(`${String(error)}\n${this.log()}`);
    }
  }
}
