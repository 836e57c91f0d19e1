// A proxy between the browser and the program, which is restarted in the middle of a stream.

import http from "node:http";
import type { AddressInfo } from "node:net";

export type CuttingProxy = {
  url: string;
  /** Of each stream of events: where the browser asked it to begin. */
  begins: (string | undefined)[];
  close: () => void;
};

/** Cuts the first stream of events after what came first; all else passes. */
export async function cuttingProxy(target: string): Promise<CuttingProxy> {
  const begins: CuttingProxy["begins"] = [];
  const proxy = http.createServer((request, answer) => {
    const address = new URL(request.url ?? "/", target);
    const isStream = address.pathname.endsWith("/events");
    if (isStream) begins.push(lastEvent(request, address));
    const cuts = isStream && begins.length === 1;
    const onward = http.request(address, { method: request.method, headers: request.headers }, (source) => {
      answer.writeHead(source.statusCode ?? 502, source.headers);
      if (!cuts) return void source.pipe(answer);
      source.on("data", (chunk: Buffer) => {
        answer.write(chunk);
        if (!chunk.includes("id:")) return;
        source.destroy();
        answer.end();
      });
      source.on("error", () => answer.destroy());
    });
    onward.on("error", () => answer.destroy());
    answer.on("close", () => onward.destroy());
    request.pipe(onward);
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  const { port } = proxy.address() as AddressInfo;
  const close = () => {
    proxy.closeAllConnections();
    proxy.close();
  };
  return { url: `http://127.0.0.1:${port}`, begins, close };
}

/** The browser says it in a header, we in the address. */
function lastEvent(request: http.IncomingMessage, address: URL): string | undefined {
  const header = request.headers["last-event-id"];
  return (Array.isArray(header) ? header[0] : header) ?? address.searchParams.get("last_event_id") ?? undefined;
}
