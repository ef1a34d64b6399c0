/**
 * Hostile bytes: valid ones with bits turned, cut, doubled, with lengths of two to the 31st written
 * over them, and bytes of no sense at all. Sizes stay small, so that many can be tried.
 */
import fc from "fast-check";

type Damage = (bytes: Uint8Array) => Uint8Array;

const spliced = (bytes: Uint8Array, at: number, removed: number, added: Uint8Array): Uint8Array =>
  Buffer.concat([
    bytes.subarray(0, at),
    added,
    bytes.subarray(Math.min(bytes.length, at + removed)),
  ]);

/** What a length that nobody checked reads as. */
const lengths: readonly Uint8Array[] = [
  [0xff, 0xff, 0xff, 0xff],
  [0x7f, 0xff, 0xff, 0xff],
  [0xff, 0xff, 0xff, 0x7f],
  [0x80, 0, 0, 0],
  [0, 0, 0, 0x80],
  [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f],
  [0, 0, 0, 0],
].map((bytes) => Uint8Array.from(bytes));

/** Heads of msgpack, of JSON and YAML that open something, and bytes that are no UTF-8. */
const pieces: readonly Uint8Array[] = [
  Uint8Array.of(0xdd, 0, 0x0f, 0xff, 0xff),
  Uint8Array.of(0xdf, 0xff, 0xff, 0xff, 0xff),
  Uint8Array.of(0xc9, 0x7f, 0xff, 0xff, 0xff, 1),
  Uint8Array.of(0xdb, 0x80, 0, 0, 0),
  Uint8Array.of(0xc1, 1, 0xff, 0xff),
  Uint8Array.of(0xff, 0xfe, 0xc3, 0x28),
  Uint8Array.of(0xed, 0xa0, 0x80),
  ...[
    "[",
    "{",
    '"',
    "\\",
    "\u0000",
    "\n",
    ",,",
    "-",
    "1e999",
    "NaN",
    "null",
    "__proto__",
    ": ",
  ].map((text) => Uint8Array.from(Buffer.from(text))),
];

const place = fc.nat();
const within = (at: number, bytes: Uint8Array): number => at % (bytes.length + 1);

const damage: fc.Arbitrary<Damage> = fc.oneof(
  fc.tuple(place, fc.integer({ min: 0, max: 7 })).map(([at, bit]): Damage => {
    return (bytes) => {
      const out = Uint8Array.from(bytes);
      if (out.length > 0) (out[at % out.length] as number) ^= 1 << bit;
      return out;
    };
  }),
  fc.tuple(place, fc.nat(255)).map(([at, value]): Damage => {
    return (bytes) => {
      const out = Uint8Array.from(bytes);
      if (out.length > 0) out[at % out.length] = value;
      return out;
    };
  }),
  place.map(
    (at): Damage =>
      (bytes) =>
        bytes.slice(0, within(at, bytes)),
  ),
  place.map(
    (at): Damage =>
      (bytes) =>
        bytes.slice(within(at, bytes)),
  ),
  fc.tuple(place, fc.constantFrom(...lengths)).map(([at, length]): Damage => {
    return (bytes) => spliced(bytes, within(at, bytes), length.length, length);
  }),
  fc.tuple(place, fc.nat(4), fc.constantFrom(...pieces), fc.integer({ min: 1, max: 3 })).map(
    ([at, removed, piece, times]): Damage =>
      (bytes) =>
        spliced(bytes, within(at, bytes), removed, Buffer.concat(Array(times).fill(piece))),
  ),
  fc.tuple(place, place, fc.integer({ min: 1, max: 40 })).map(([from, to, size]): Damage => {
    return (bytes) => {
      const start = within(from, bytes);
      return spliced(bytes, within(to, bytes), 0, bytes.slice(start, start + size));
    };
  }),
  // A bomb of one piece over and over.
  fc.tuple(place, fc.constantFrom(...pieces), fc.integer({ min: 50, max: 3_000 })).map(
    ([at, piece, times]): Damage =>
      (bytes) =>
        spliced(bytes, within(at, bytes), 0, Buffer.concat(Array(times).fill(piece))),
  ),
);

const noise = fc.oneof(
  fc.uint8Array({ maxLength: 200 }),
  fc
    .tuple(fc.constantFrom(...pieces), fc.integer({ min: 1, max: 20_000 }))
    .map(([piece, times]) => new Uint8Array(Buffer.concat(Array(times).fill(piece)))),
);

/** Bytes like these, but wrong; now and then bytes like none. */
export const damagedBytes = (valid: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Uint8Array> =>
  fc.oneof(
    {
      weight: 9,
      arbitrary: fc
        .tuple(valid, fc.array(damage, { minLength: 1, maxLength: 4 }))
        .map(([bytes, damages]) => damages.reduce((left, act) => act(left), bytes)),
    },
    { weight: 1, arbitrary: noise },
  );
