/**
 * The process that DuckDB runs in: answers requests from its standard input on its standard output, one
 * after the other, until the input ends. Then whoever asked is gone, and so is it, at once.
 */
import { type Failure, RtlError, toFailure } from "../../protocol/errors.ts";
import { decodeTable, encodeTableParts } from "../../table/ipc.ts";
import { withColumnMemory } from "../../table/memory.ts";
import {
  type DuckDbAnswer,
  type DuckDbRequest,
  type Framed,
  FrameReader,
  framed,
} from "./duckdb-messages.ts";
import { inspectParquet, readParquet, writeParquet } from "./parquet-query.ts";

const reader = new FrameReader<DuckDbRequest>();
let last = Promise.resolve();
let open = 0;

process.stdin.on("data", (piece: Uint8Array) => {
  reader.push(piece, (request) => {
    open++;
    last = last.then(() => answer(request)).finally(() => open--);
  });
});
process.stdin.once("end", () => {
  // DuckDB cannot be stopped in the middle of something, and nobody waits for what it does.
  if (open > 0) process.kill(process.pid, "SIGKILL");
});

// These are for whoever started it as well, who may want to finish what is under way.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => undefined);

/** Answers in any case; what was read is sent before its memory serves the next request. */
function answer({ message, body }: Framed<DuckDbRequest>): Promise<void> {
  return withColumnMemory(async () => {
    try {
      if (message.kind === "inspect") {
        await send({ extent: await inspectParquet(message) });
      } else if (message.kind === "read") {
        await send({}, encodeTableParts(await readParquet(message)));
      } else {
        await writeParquet(message, decodeTable(body));
        await send({});
      }
    } catch (error) {
      await send({ failure: failureOf(error, message) });
    }
  });
}

function failureOf(error: unknown, request: DuckDbRequest): Failure {
  if (error instanceof RtlError) return error.toFailure();
  return toFailure(error, request.kind === "write" ? "RTL_OUTPUT_REFUSED" : "RTL_FILE_INVALID");
}

async function send(message: DuckDbAnswer, body: readonly Uint8Array[] = []): Promise<void> {
  const pieces = framed(message, body);
  await new Promise<void>((sent) => {
    pieces.forEach((piece, at) => {
      process.stdout.write(piece, () => {
        if (at === pieces.length - 1) sent();
      });
    });
  });
}
