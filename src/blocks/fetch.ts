/**
 * Gets a block from its holder, the fastest way that is open: through the holder's door, which it tells
 * of over the bus, or in frames over the bus. What came one way need not come again the other. The reader
 * asks for each frame, which is all the flow control that is needed.
 */
import { createHash } from "node:crypto";
import { setTimeout as pause, setImmediate as turn } from "node:timers/promises";
import type { Bus } from "../bus/bus.ts";
import type { BlockDoor } from "../protocol/block-messages.ts";
import { RtlError } from "../protocol/errors.ts";
import { clocks, limits } from "../protocol/limits.ts";
import { routes } from "../protocol/routes.ts";
import { type Arriving, receive } from "./receive.ts";

/** Where a block is: its key in its holder's store. */
export interface BlockRef {
  readonly block: string;
  readonly holder: string;
  readonly bytes: number;
}

export interface FetchPorts {
  readonly bus: Bus;
  /** Patience with one answer, in milliseconds. */
  readonly timeoutMs: number;
  /** What tells this machine from others; undefined where only the bus is to be used. */
  readonly host: string | undefined;
  /** Memory for so many bytes. */
  readonly allocate: (bytes: number) => Uint8Array;
}

/** Smaller blocks are there in one frame before their holder has told of its door. */
const doorBytesMin = limits.frameBytesMax / 2;
/** Pause before a piece is asked for again. */
const frameAgainMs = 100;

/** Throws RTL_BLOCK_LOST when the holder has no such block, or is gone. */
export async function fetchBlock(ref: BlockRef, ports: FetchPorts): Promise<Uint8Array> {
  const door =
    ports.host !== undefined && ref.bytes > doorBytesMin && (await askForDoor(ref, ports));
  if (!door) return new Frames(ref, ports, undefined).read();
  if (door.token === undefined) return whole(ref, ports, door);
  const arriving = { into: allocated(ref, ports), received: 0 };
  // A door that leads nowhere, as into another container, is passed by.
  const failed = await receive(door, arriving).then(
    () => false,
    () => true,
  );
  return failed ? new Frames(ref, ports, arriving).read() : arriving.into;
}

async function askForDoor(ref: BlockRef, ports: FetchPorts): Promise<BlockDoor | undefined> {
  const { bus, timeoutMs, host = "" } = ports;
  const holder = { holder: ref.holder };
  try {
    const question = { key: ref.block, host };
    return await bus.request(routes.blockOpen, holder, question, { timeoutMs });
  } catch (cause) {
    if (cause instanceof RtlError && cause.code === "RTL_BLOCK_LOST") throw lost(ref, cause);
    // A holder in another language may know frames only; one that is gone is found out by asking for them.
    return undefined;
  }
}

/** In frames from another machine: a block that was spoilt on its way is fetched once more. */
async function whole(ref: BlockRef, ports: FetchPorts, { digest }: BlockDoor): Promise<Uint8Array> {
  for (let tries = 1; ; tries++) {
    const bytes = await new Frames(ref, ports, undefined).read();
    if (digest === undefined || (await digestOf([bytes])) === digest) return bytes;
    if (tries === 2) throw lost(ref, new Error("it came spoilt, twice"));
  }
}

/** Whoever digests more at once holds up everybody else in the process. */
const digestBytesAtOnce = 4 * 1024 * 1024;

/** SHA-256 of bytes in parts, as hexadecimal digits. */
export async function digestOf(parts: readonly Uint8Array[]): Promise<string> {
  const hash = createHash("sha256");
  for (const part of parts) {
    for (let at = 0; at < part.length; at += digestBytesAtOnce) {
      hash.update(part.subarray(at, at + digestBytesAtOnce));
      await turn();
    }
  }
  return hash.digest("hex");
}

export interface FrameRequest {
  readonly key: string;
  readonly offset: number;
  readonly length: number;
}

class Frames {
  readonly #ref: BlockRef;
  readonly #ports: FetchPorts;
  #into: Uint8Array | undefined;
  #next: number;

  /** `arriving`: what has come already. */
  constructor(ref: BlockRef, ports: FetchPorts, arriving: Arriving | undefined) {
    this.#ref = ref;
    this.#ports = ports;
    this.#into = arriving?.into;
    this.#next = arriving?.received ?? 0;
  }

  async read(): Promise<Uint8Array> {
    await Promise.all(Array.from({ length: limits.framesInFlightMax }, () => this.#pump()));
    this.#into ??= allocated(this.#ref, this.#ports);
    return this.#into;
  }

  async #pump(): Promise<void> {
    while (this.#next < this.#ref.bytes) {
      const offset = this.#next;
      const length = Math.min(limits.frameBytesMax, this.#ref.bytes - offset);
      this.#next += length;
      const piece = await this.#ask({ key: this.#ref.block, offset, length });
      if (piece.length !== length) throw lost(this.#ref, new Error("a piece of the wrong size"));
      // Memory is taken when something has come, not when somebody says that it will.
      this.#into ??= allocated(this.#ref, this.#ports);
      this.#into.set(piece, offset);
    }
  }

  /** A piece that was lost with the connection is asked for again, also while its holder comes back. */
  async #ask(frame: FrameRequest): Promise<Uint8Array> {
    const { bus, timeoutMs } = this.#ports;
    const holder = { holder: this.#ref.holder };
    const { continuity } = bus;
    for (;;) {
      try {
        return await continuity.unlessLost(
          bus.requestBytes(routes.blockRead, holder, frame, { timeoutMs }),
        );
      } catch (cause) {
        const code = cause instanceof RtlError ? cause.code : undefined;
        const unheard = code === "RTL_WAIT_TIMEOUT" || code === "RTL_NO_RELAY";
        if (!unheard || !continuity.brokenWithin(clocks.relayAwayMs)) throw lost(this.#ref, cause);
      }
      await pause(frameAgainMs);
    }
  }
}

function allocated(ref: BlockRef, { allocate }: FetchPorts): Uint8Array {
  try {
    return allocate(ref.bytes);
  } catch (cause) {
    throw lost(ref, cause);
  }
}

export function lost(
  ref: { readonly holder: string; readonly block: string },
  cause?: unknown,
): RtlError {
  const why = cause instanceof Error ? `: ${cause.message}` : "";
  return new RtlError("RTL_BLOCK_LOST", `block ${ref.block} is not held by ${ref.holder}${why}`, {
    cause,
    // The relay finds the block by its name and has it made again.
    problems: [{ path: "block", message: ref.block }],
    fix: "run the job again; blocks live as long as the process that holds them",
  });
}
