/**
 * Checks that the metadata of Arrow IPC bytes stays within its own bounds. apache-arrow trusts every
 * length it reads, so that one damaged byte can make it allocate until the process dies; nothing
 * from outside reaches it unchecked.
 */
import { Header, type Message, Metadata, openMessage } from "./arrow-metadata.ts";

/** What an Arrow file begins and ends with. */
export const MAGIC = "ARROW1";

/** Whether the bytes are an Arrow file rather than a stream. */
export function isArrowFile(bytes: Uint8Array): boolean {
  for (let i = 0; i < MAGIC.length; i++) if (bytes[i] !== MAGIC.charCodeAt(i)) return false;
  return true;
}

/**
 * Returns the bytes whose metadata is sound: a file whole, a stream up to its end, behind which the
 * library would read on. Throws an Error that says what is wrong.
 */
export function checkArrow(bytes: Uint8Array): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (!isArrowFile(bytes)) return bytes.subarray(0, checkStream(view));
  checkFile(view);
  return bytes;
}

/** Checks the messages of a stream and returns where they end. */
function checkStream(view: DataView): number {
  let at = 0;
  while (at < view.byteLength) {
    const next = checkMessage(view, at);
    if (next === undefined) return at;
    at = next;
  }
  return at;
}

/** Checks one message and returns where the next begins; undefined at the end of the stream. */
function checkMessage(view: DataView, start: number, wanted?: number): number | undefined {
  const message = openMessage(view, start);
  if (message === undefined) return undefined;
  // The library would read a block of another kind again and again, without end.
  if (wanted !== undefined && message.kind !== wanted)
    throw new Error("a block is of the wrong kind");
  checkHeader(message);
  return message.body + message.bodyBytes;
}

/** Checks all that a message says. Returns the place of its header. */
export function checkHeader({ metadata, root, header, kind, bodyBytes }: Message): number {
  metadata.keyValues(root, 4);
  if (header === undefined) throw new Error("a message has no header");
  if (kind === Header.schema) metadata.schema(header);
  else if (kind === Header.recordBatch) metadata.recordBatch(header, bodyBytes);
  else if (kind === Header.dictionaryBatch) {
    const data = metadata.child(header, 1);
    if (data === undefined) throw new Error("a dictionary has no data");
    metadata.recordBatch(data, bodyBytes);
  } else throw new Error(`a message is of the unknown kind ${kind}`);
  return header;
}

function checkFile(view: DataView): void {
  const tail = 4 + MAGIC.length;
  const size = view.byteLength < 8 + tail ? -1 : view.getInt32(view.byteLength - tail, true);
  const start = view.byteLength - tail - size;
  if (size <= 0 || start < 8) throw new Error("the file has no footer: it is cut short");
  const footer = new Metadata(view, start, size);
  const root = footer.root();
  const schema = footer.child(root, 1);
  if (schema === undefined) throw new Error("the footer has no schema");
  footer.schema(schema);
  footer.keyValues(root, 4);
  for (const [field, kind] of [
    [2, Header.dictionaryBatch],
    [3, Header.recordBatch],
  ] as const) {
    for (const block of footer.vector(root, field, 24)) {
      const at = footer.int64At(block);
      if (at < 8 || at >= start) throw new Error("a block is outside of the file");
      if (checkMessage(view, at, kind) === undefined) throw new Error("a block is empty");
    }
  }
}
