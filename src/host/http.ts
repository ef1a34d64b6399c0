/**
 * The page that a service shows to whoever watches over it: /healthz while its main loop turns, /readyz while
 * it does its work, /metrics for Prometheus. It takes nothing and changes nothing.
 */
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { RtlError } from "../protocol/errors.ts";
import type { ServedMetrics } from "./metrics.ts";

export interface HttpPorts {
  readonly metrics: ServedMetrics;
  /** Why the service does not do its work now; undefined where it does. */
  readonly unready: () => string | undefined;
}

export interface HttpPage {
  readonly address: string;
  close(): void;
}

/** RTL_CONFIG_INVALID where the address cannot be had. */
export async function serveHttp(
  listen: { readonly host: string; readonly port: number },
  ports: HttpPorts,
): Promise<HttpPage> {
  const server = createServer((request, response) => {
    const answer = (status: number, text: string, type = "text/plain; charset=utf-8") => {
      response.writeHead(status, { "content-type": type, "cache-control": "no-store" });
      response.end(request.method === "HEAD" ? undefined : text);
    };
    if (request.method !== "GET" && request.method !== "HEAD") return answer(405, "only GET\n");
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    if (pathname === "/healthz") return answer(200, "ok\n");
    if (pathname === "/readyz") {
      const why = ports.unready();
      return why === undefined ? answer(200, "ready\n") : answer(503, `${why}\n`);
    }
    if (pathname === "/metrics") {
      const { metrics } = ports;
      metrics.text().then(
        (text) => answer(200, text, metrics.contentType),
        (error: unknown) => answer(500, `${String(error)}\n`),
      );
      return;
    }
    answer(404, "there are /healthz, /readyz and /metrics\n");
  });
  // Whoever opens a connection and says nothing takes up nothing for long.
  server.headersTimeout = 5_000;
  server.requestTimeout = 10_000;
  await listening(server, listen);
  // A page that is looked at keeps no process.
  server.unref();
  const { address, port } = server.address() as AddressInfo;
  return {
    address: `${address.includes(":") ? `[${address}]` : address}:${port}`,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

async function listening(
  server: Server,
  { host, port }: { host: string; port: number },
): Promise<void> {
  server.listen(port, host);
  try {
    await once(server, "listening");
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const why = code === "EADDRINUSE" ? "another process listens there" : String(code);
    throw new RtlError("RTL_CONFIG_INVALID", `RTL_HTTP_LISTEN=${host}:${port}: ${why}`, {
      cause,
      fix: "choose another port; port 0 is any that is free",
    });
  }
}
