/**
 * A TCP proxy between a client and a server of a test's own, that can do to a connection what networks
 * do: delay it, slow it down, swallow bytes one way or both without a word, close one half, cut it, and
 * be well again. It understands nothing of what it carries. It is ended by its test.
 */
import { once } from "node:events";
import { createServer, connect as dial, type Socket } from "node:net";
import type { Ending } from "./temp-folder.ts";

/** `up`: from the client to the server; `down`: back. */
export type Way = "up" | "down";

export interface TcpProxy {
  /** Where clients connect instead. */
  readonly url: string;
  /** Connections that are open now. */
  readonly open: number;
  /** Bytes that were carried so far. */
  readonly carried: Readonly<Record<Way, number>>;
  /** Each piece takes this long, one way; 0: no longer than it takes. */
  delay(ms: number): void;
  /** No more bytes than this in a second, each way; 0: as many as there are. */
  slow(bytesPerSecond: number): void;
  /**
   * A silent cut: bytes on this way, or both, are swallowed, of connections that are open and of new
   * ones, and nobody is told. A connection that lost bytes is cut when the proxy heals, as it would
   * never fit together again.
   */
  swallow(...ways: readonly Way[]): void;
  /** Connections stay open but for one half: the server, or the client, is told that nothing more comes. */
  halfClose(way: Way): void;
  /** Ends what is open, at once, and refuses what is new. */
  cut(): void;
  /** From now on all is carried again. */
  heal(): void;
}

interface Link {
  readonly sides: Readonly<Record<Way, Socket>>;
  lostBytes: boolean;
}

/** Listens on loopback, or on another address of a test's own. */
export async function withTcpProxy(
  t: Ending,
  target: { readonly port: number },
  address = "127.0.0.1",
): Promise<TcpProxy> {
  const links = new Set<Link>();
  const timers = new Set<NodeJS.Timeout>();
  const carried = { up: 0, down: 0 };
  const swallowed = new Set<Way>();
  let delayMs = 0;
  let bytesPerSecond = 0;
  let refuses = false;

  const end = (link: Link): void => {
    links.delete(link);
    link.sides.up.destroy();
    link.sides.down.destroy();
  };
  const later = (ms: number, then: () => void): void => {
    const timer = setTimeout(() => {
      timers.delete(timer);
      then();
    }, ms);
    timers.add(timer);
  };
  /** Reads one side, and writes to the other in the order of arrival. */
  const carry = (link: Link, way: Way, from: Socket, to: Socket): void => {
    let queue = Promise.resolve();
    const write = async (piece: Buffer): Promise<void> => {
      if (bytesPerSecond > 0) {
        const ms = (piece.length * 1_000) / bytesPerSecond;
        await new Promise<void>((resolve) => later(ms, resolve));
      }
      if (!to.destroyed && !to.write(piece))
        await Promise.race([once(to, "drain"), once(to, "close")]);
      carried[way] += piece.length;
    };
    from.on("data", (piece: Buffer) => {
      if (swallowed.has(way)) {
        link.lostBytes = true;
        return;
      }
      // Without it the sender would never learn that this side is slow.
      from.pause();
      const arrived = delayMs > 0 ? new Promise<void>((r) => later(delayMs, r)) : undefined;
      if (delayMs > 0) from.resume();
      queue = queue
        .then(() => arrived)
        .then(() => write(piece))
        .then(() => void from.resume())
        .catch(() => end(link));
    });
    from.on("end", () => {
      queue = queue.then(() => void (swallowed.has(way) || to.end())).catch(() => end(link));
    });
    from.on("error", () => end(link));
    from.on("close", () => {
      if (!swallowed.has(way)) end(link);
    });
  };

  const server = createServer({ allowHalfOpen: true }, (client) => {
    if (refuses) return void client.destroy();
    const upstream = dial({ port: target.port, host: "127.0.0.1", allowHalfOpen: true });
    client.setNoDelay(true);
    upstream.setNoDelay(true);
    const link: Link = { sides: { up: client, down: upstream }, lostBytes: false };
    links.add(link);
    carry(link, "up", client, upstream);
    carry(link, "down", upstream, client);
  });
  server.listen(0, address);
  await once(server, "listening");
  t.after(async () => {
    for (const timer of timers) clearTimeout(timer);
    for (const link of [...links]) end(link);
    server.close();
    await once(server, "close");
  });
  const bound = server.address();
  if (bound === null || typeof bound === "string") throw new Error("the proxy has no port");
  return {
    url: `nats://${address}:${bound.port}`,
    get open() {
      return links.size;
    },
    carried,
    delay: (ms) => {
      delayMs = ms;
    },
    slow: (bytes) => {
      bytesPerSecond = bytes;
    },
    swallow: (...ways) => {
      for (const way of ways.length > 0 ? ways : (["up", "down"] as const)) swallowed.add(way);
    },
    halfClose: (way) => {
      for (const { sides } of links) sides[way === "up" ? "down" : "up"].end();
    },
    cut: () => {
      refuses = true;
      for (const link of [...links]) end(link);
    },
    heal: () => {
      refuses = false;
      swallowed.clear();
      for (const link of [...links]) if (link.lostBytes) end(link);
    },
  };
}
