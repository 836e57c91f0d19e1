import type { ChildProcess, StdioOptions } from "node:child_process";

export function startServer(stdio: StdioOptions): Promise<{
  url: string;
  program: ChildProcess;
  end: () => Promise<void>;
  ready: Promise<void>;
}>;
