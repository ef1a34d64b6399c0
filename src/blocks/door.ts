/**
 * Where a process hands blocks out point to point: a Unix socket for readers on the same machine and, if
 * it is configured, an address for others. A reader is told of it over the bus, with a token that is good
 * once. It says
 *
 *     bytes 0-7    "rtlblock"
 *     bytes 8-23   the token
 *     bytes 24-31  the offset to begin at, little endian
 *
 * and gets the number of bytes that follow, as 8 bytes, and those. The bytes are written out of the
 * memory where the block lies.
 */
import { randomBytes } from "node:crypto";
import { rmSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import type { BlockDoor } from "../protocol/block-messages.ts";
import { from } from "./held-blocks.ts";

export const GREETING = Buffer.from("rtlblock");
export const HEAD_BYTES = 32;
export const SIZE_BYTES = 8;

export interface DoorSettings {
  /** A folder that only this user may enter. */
  readonly folder: string;
  /** What tells this machine from others, since it was last started. */
  readonly host: string;
  /** Where readers on other machines are let in. */
  readonly listen?: { readonly host: string; readonly port: number } | undefined;
}

/** A block in the hands of the door, until its reader has it. */
export interface Handed {
  readonly parts: readonly Uint8Array[];
  readonly bytes: number;
  /** Nobody reads it here any more; called once. */
  readonly done: () => void;
}

/** A reader that has not come by then will not come, in milliseconds; and so one that falls silent. */
const tokenMs = 5_000;
const silentMs = 10_000;

export class Door {
  readonly #settings: DoorSettings;
  readonly #waiting = new Map<string, Handed & { readonly until: number }>();
  readonly #servers: Server[] = [];
  readonly #sockets = new Set<Socket>();
  #path: Promise<string | undefined> | undefined;
  #address: Promise<BlockDoor["address"]> | undefined;
  #isClosed = false;

  constructor(settings: DoorSettings) {
    this.#settings = settings;
  }

  /** How a reader on that machine gets at the block; undefined where no way is open. */
  async grant(host: string, handed: Handed): Promise<BlockDoor | undefined> {
    const isNear = host === this.#settings.host;
    const path = isNear ? await this.#openPath() : undefined;
    const address = isNear ? undefined : await this.#openAddress();
    if ((path === undefined && address === undefined) || this.#isClosed) {
      handed.done();
      return undefined;
    }
    this.#forgetOld();
    const token = randomBytes(16).toString("hex");
    this.#waiting.set(token, { ...handed, until: performance.now() + tokenMs });
    return { ...(path !== undefined && { path }), ...(address && { address }), token };
  }

  /** Begins to listen when it is first needed; a folder that cannot be used is no fault of the block's. */
  #openPath(): Promise<string | undefined> {
    const path = join(
      this.#settings.folder,
      `${process.pid}-${randomBytes(4).toString("hex")}.sock`,
    );
    this.#path ??= this.#listen({ path }).then(
      () => path,
      () => undefined,
    );
    return this.#path;
  }

  #openAddress(): Promise<BlockDoor["address"]> {
    const { listen } = this.#settings;
    if (listen === undefined) return Promise.resolve(undefined);
    this.#address ??= this.#listen(listen).then(
      (server) => {
        const bound = server.address();
        const port = bound !== null && typeof bound === "object" ? bound.port : listen.port;
        return { host: listen.host, port };
      },
      () => undefined,
    );
    return this.#address;
  }

  #listen(where: { path: string } | { host: string; port: number }): Promise<Server> {
    return new Promise((resolve, reject) => {
      const server = createServer((socket) => this.#welcome(socket));
      server.once("error", reject);
      server.listen(where, () => {
        this.#servers.push(server);
        // Handing blocks out alone is no reason for a process to live on.
        server.unref();
        resolve(server);
      });
    });
  }

  #welcome(socket: Socket): void {
    this.#sockets.add(socket);
    socket.unref();
    socket.setTimeout(silentMs, () => socket.destroy());
    socket.on("error", () => socket.destroy());
    socket.once("close", () => this.#sockets.delete(socket));
    let head = Buffer.alloc(0);
    const hear = (data: Buffer) => {
      head = Buffer.concat([head, data]);
      if (head.length < HEAD_BYTES) return;
      socket.off("data", hear);
      this.#serve(socket, head);
    };
    socket.on("data", hear);
  }

  #serve(socket: Socket, head: Buffer): void {
    const token = head.toString("hex", GREETING.length, GREETING.length + 16);
    const handed = this.#waiting.get(token);
    this.#waiting.delete(token);
    if (handed === undefined || !head.subarray(0, GREETING.length).equals(GREETING)) {
      socket.destroy();
      return;
    }
    socket.once("close", handed.done);
    const offset = Number(head.readBigUInt64LE(GREETING.length + 16));
    const size = Buffer.alloc(SIZE_BYTES);
    size.writeBigUInt64LE(BigInt(Math.max(0, handed.bytes - offset)));
    socket.cork();
    socket.write(size);
    for (const part of from(handed.parts, offset)) socket.write(part);
    socket.end();
  }

  #forgetOld(): void {
    const now = performance.now();
    for (const [token, { until, done }] of this.#waiting) {
      if (until > now) return;
      this.#waiting.delete(token);
      done();
    }
  }

  close(): void {
    this.#isClosed = true;
    for (const server of this.#servers) server.close();
    for (const socket of this.#sockets) socket.destroy();
    for (const { done } of this.#waiting.values()) done();
    this.#waiting.clear();
    void this.#path?.then((path) => path !== undefined && rmSync(path, { force: true }));
  }
}
