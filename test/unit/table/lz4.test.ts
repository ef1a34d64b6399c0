import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { unpackLz4 } from "../../../src/table/lz4.ts";
import { checkProperty } from "../../support/properties.ts";

/** Literals, and then what is copied from so far behind. */
interface Sequence {
  readonly literals: Uint8Array;
  readonly back: number;
  readonly length: number;
}

/** A count of four bits in the token, and the rest of it in bytes. */
const more = (count: number): number[] =>
  count < 15
    ? []
    : [...Array<number>(Math.floor((count - 15) / 255)).fill(255), (count - 15) % 255];

/** A block of these sequences, and what it stands for behind what is there already. */
function packed(sequences: readonly Sequence[], end: Uint8Array, before: number[]) {
  const block: number[] = [];
  const text = [...before];
  for (const { literals, back, length } of sequences) {
    text.push(...literals);
    const distance = 1 + (back % Math.max(1, Math.min(text.length, 65_535)));
    if (text.length === 0) continue;
    const [high, low] = [Math.min(15, literals.length), Math.min(15, length - 4)];
    block.push((high << 4) | low, ...more(literals.length), ...literals);
    block.push(distance & 255, distance >> 8, ...more(length - 4));
    for (let i = 0; i < length; i++) text.push(text[text.length - distance] ?? 0);
  }
  block.push(Math.min(15, end.length) << 4, ...more(end.length), ...end);
  return { block, text: [...text, ...end] };
}

const word = (value: number): number[] => [...new Uint8Array(Uint32Array.of(value).buffer)];

const sequences = fc.array(
  fc.record({
    literals: fc.uint8Array({ maxLength: 40 }),
    back: fc.nat(2000),
    length: fc.integer({ min: 4, max: 600 }),
  }),
  { maxLength: 6 },
);
const blocks = fc.array(fc.tuple(sequences, fc.uint8Array({ maxLength: 300 }), fc.boolean()), {
  minLength: 1,
  maxLength: 4,
});

function frameOf(parts: readonly [Sequence[], Uint8Array, boolean][], sums: boolean) {
  let text: number[] = [];
  const frame = [...word(0x184d2204), 0x40 | (sums ? 0x10 : 0), 0x40, 0];
  for (const [list, end, isPlain] of parts) {
    const made = packed(isPlain ? [] : list, end, text);
    text = made.text;
    const bytes = isPlain ? [...end] : made.block;
    if (bytes.length === 0) continue;
    frame.push(...word((bytes.length | (isPlain ? 0x80000000 : 0)) >>> 0), ...bytes);
    if (sums) frame.push(...word(0));
  }
  return { frame: Uint8Array.from([...frame, ...word(0)]), text: Uint8Array.from(text) };
}

test("frames of literals and matches, near and far, over several blocks, are unpacked", (t) => {
  checkProperty(
    t,
    fc.property(blocks, fc.boolean(), (parts, sums) => {
      const { frame, text } = frameOf(parts, sums);
      if (text.length > 255 * frame.length) return;
      assert.deepEqual(unpackLz4(frame, text.length), text);
    }),
    500,
  );
});

test("damaged frames are refused, or give as many bytes as were asked for", (t) => {
  checkProperty(
    t,
    fc.property(blocks, fc.array(fc.tuple(fc.nat(), fc.nat(255))), (parts, places) => {
      const { frame, text } = frameOf(parts, false);
      for (const [at, byte] of places) frame[at % frame.length] = byte;
      try {
        assert.equal(unpackLz4(frame, text.length).length, text.length);
      } catch (error) {
        assert.ok(error instanceof Error && /LZ4/.test(error.message), String(error));
      }
    }),
    1000,
  );
});

test("a size that the frame cannot hold is refused before memory is taken", () => {
  const { frame } = frameOf([[[], Uint8Array.of(1, 2, 3), false]], false);
  for (const size of [-1, 2, 4, 2 ** 40]) {
    assert.throws(() => unpackLz4(frame, size), /LZ4/);
  }
});
