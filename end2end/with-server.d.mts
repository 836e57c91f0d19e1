import type { ChildProcess, StdioOptions } from "node:child_process";

export function startServer(stdio: StdioOptions, variables?: Record<string, string>): Promise<{
  url: string;
  folder: string;
  program: ChildProcess;
  run: (args: string[]) => Promise<{ stdout: string; stderr: string }>;
  end: () => Promise<void>;
  ready: Promise<void>;
}>;
