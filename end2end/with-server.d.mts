export function startServer(
  variables?: Record<string, string>,
  shows?: boolean,
): Promise<{
  url: string;
  folder: string;
  run: (args: string[]) => Promise<{ stdout: string; stderr: string }>;
  end: () => Promise<void>;
  log: () => string;
}>;

export function freePort(): Promise<number>;
