/**
 * The numbers behind `elementary.wat`: its constants, its addresses and its tables, all from here, so
 * that code and tables cannot disagree. The tables are worked out in whole numbers of 96 binary
 * places, and so are the same on every machine. Nothing here is done per row.
 */

/** Rows per call of the module: its four buffers and its tables stay in a core's first cache. */
export const ROWS = 1024;

// Buffers of ROWS numbers lie a kilobyte apart beyond their length: a load that has the lowest twelve
// bits of its address in common with a store just before it waits for that store. For the same
// reason they begin away from the places in a page where the system puts large arrays.
const APART = 8 * ROWS + 1024;
export const X = 26_624;
export const Y = X + 3 * APART;

const LOG_TABLE = 0;
const LOG_LOW_TABLE = 8_320;
const POW_TABLE = 12_544;
const EXP_TABLE = POW_TABLE + 256 * 32;

/** Logarithms are tabulated from 0.6875 on, up to twice that, at the points n / GRID. */
const GRID = 1024;
const FROM = 0.6875;
const HALF_POW_STEP = 1n << 43n;
const POW_FROM = bitsOf(FROM) - HALF_POW_STEP;

/** Binary places of the high parts of logarithms: with them, all sums of high parts are exact. */
const HIGH_PLACES = 27;
/** Larger exponents magnify the error of the logarithm beyond two units in the last place. */
export const EXPONENT_MAX = 65_536;
/** The smallest normal number: what lies below has its exponent elsewhere. */
export const NORMAL_MIN = 2 ** -1022;
/** e to this, and to minus this, is a normal number. */
export const SCALE_MAX = 708;

const PLACES = 96n;
const ONE = 1n << PLACES;
/** ln(a / b) of near whole numbers, by the series of the inverse hyperbolic tangent. */
function logOfRatio(a: number, b: number): bigint {
  const t = (BigInt(a - b) * ONE) / BigInt(a + b);
  const square = (t * t) >> PLACES;
  let sum = 0n;
  let power = t;
  for (let n = 1n; power > 0n || power < -1n; n += 2n) {
    sum += power / n;
    power = (power * square) >> PLACES;
  }
  return 2n * sum;
}
const LN2 = logOfRatio(2, 1);

/** ln(n / GRID) for n around GRID: the points of the grid, and what is inverse to them. */
function logsOfGrid(): ReadonlyMap<number, bigint> {
  const logs = new Map([[GRID, 0n]]);
  const reach = (to: number) => {
    const step = Math.sign(to - GRID);
    let log = 0n;
    for (let n = GRID; n !== to; n += step) {
      log += logOfRatio(n + step, n);
      logs.set(n + step, log);
    }
  };
  reach(Math.floor(FROM * GRID));
  reach(Math.ceil(GRID / FROM) + 2);
  return logs;
}

/** e^v for 0 <= v < 1. */
function exponential(v: bigint): bigint {
  let sum = 0n;
  let term = ONE;
  for (let n = 1n; term > 0n; n++) {
    sum += term;
    term = ((term * v) >> PLACES) / n;
  }
  return sum;
}

/** The float64 nearest to a number with PLACES binary places. */
function nearest(value: bigint): number {
  const size = value < 0n ? -value : value;
  const extra = BigInt(Math.max(0, size.toString(2).length - 54));
  // The last of 54 bits says whether anything was cut off, so that rounding to 53 is right.
  const cut = size >> extra;
  const sticky = cut << extra === size ? cut : cut | 1n;
  const rounded = Number(sticky) * 2 ** Number(extra - PLACES);
  return value < 0n ? -rounded : rounded;
}

/** What a float64 lacks of a number that it is nearest to. */
const lackOf = (value: bigint, float: number): bigint =>
  value - BigInt(float * 2 ** Number(PLACES));

/** A number as one of few binary places and the rest. */
function parts(value: bigint, places: number): readonly [high: number, low: number] {
  const step = PLACES - BigInt(places);
  const high = ((value + (1n << (step - 1n))) >> step) << step;
  return [nearest(high), nearest(value - high)];
}

export function bitsOf(value: number): bigint {
  return new BigUint64Array(Float64Array.of(value).buffer)[0] ?? 0n;
}
const floatOf = (bits: bigint): number =>
  new Float64Array(BigUint64Array.of(bits).buffer)[0] ?? Number.NaN;

/** Writes the tables into the module's memory. */
export function writeTables(memory: ArrayBuffer): void {
  const logs = logsOfGrid();
  const logOf = (n: number): bigint => {
    const log = logs.get(n);
    if (log === undefined) throw new Error(`the logarithm of ${n} / ${GRID} is not tabulated`);
    return log;
  };
  const floats = new Float64Array(memory);
  // log: 1/c and ln c, which is in two parts, for c on a grid as fine as 9 bits of the mantissa.
  for (let i = 0; i <= 512; i++) {
    const c = floatOf(bitsOf(FROM) + (BigInt(i) << 43n));
    const log = logOf(c * GRID);
    const high = nearest(log);
    floats.set([1 / c, high], LOG_TABLE / 8 + 2 * i);
    floats[LOG_LOW_TABLE / 8 + i] = nearest(lackOf(log, high));
  }
  // power: for each of 256 intervals a short number near 1/z, and minus its logarithm in two parts.
  for (let i = 0; i < 256; i++) {
    const middle = floatOf(POW_FROM + (BigInt(2 * i + 1) << 43n));
    const inverse = Math.round(GRID / middle);
    const [high, low] = parts(-logOf(inverse), HIGH_PLACES);
    floats.set([inverse / GRID, high, low], POW_TABLE / 8 + 4 * i);
  }
  // exponential: 2^(i/128) as the bits to add the exponent to, and what the float64 lacks.
  const bits = new BigInt64Array(memory);
  for (let i = 0; i < 128; i++) {
    const exact = exponential((LN2 * BigInt(i)) / 128n);
    const float = nearest(exact);
    bits[EXP_TABLE / 8 + 2 * i] = bitsOf(float) - (BigInt(i) << 45n);
    floats[EXP_TABLE / 8 + 2 * i + 1] = nearest((lackOf(exact, float) * ONE) / exact);
  }
}

const lanes = (bits: bigint): string => {
  const text = `0x${BigInt.asUintN(64, bits).toString(16)}`;
  return `(v128.const i64x2 ${text} ${text})`;
};
const splat = (value: number): string => lanes(bitsOf(value));
const mantissaFrom = (bit: number): string => lanes(-1n << BigInt(bit));

/** What stands for each `{NAME}` in the source. */
function constants(): Readonly<Record<string, string | number>> {
  const [ln2High, ln2Low] = parts(LN2, HIGH_PLACES);
  const [logLn2High, logLn2Low] = parts(LN2, 42);
  const [stepHigh, stepLow] = parts(LN2 / 128n, 42);
  return {
    ...{ X, Y, LOW: APART, REST: 2 * APART, LOG_TABLE, LOG_LOW_TABLE, POW_TABLE, EXP_TABLE },
    POW_TABLE_LOW: POW_TABLE + 16,
    NORMAL_MIN_HIGH: lanes(bitsOf(NORMAL_MIN)),
    NORMALS_HIGH: lanes((bitsOf(Infinity) - bitsOf(NORMAL_MIN)) >> 32n),
    EXPONENT_MAX_HIGH: lanes(bitsOf(EXPONENT_MAX) >> 32n),
    SCALE_MAX_HIGH: lanes(bitsOf(SCALE_MAX) >> 32n),
    ONE: splat(1),
    SIZE: lanes((1n << 63n) - 1n),
    MANTISSA: lanes((1n << 52n) - 1n),
    // A float64 with these leading bits holds a small whole number in its last bits, plus 2^52.
    TWO_52: splat(2 ** 52),
    TWO_52_BIAS: splat(2 ** 52 + 1023),
    LOG_FROM: lanes(bitsOf(FROM)),
    LOG_BIAS: lanes((1023n << 52n) - bitsOf(FROM)),
    LOG_HALF_STEP: lanes(1n << 42n),
    LOG_POINT: mantissaFrom(43),
    LOG_LN2_HIGH: splat(logLn2High),
    LOG_LN2_LOW: splat(logLn2Low),
    POW_FROM: lanes(POW_FROM),
    POW_BIAS: lanes((1023n << 52n) - POW_FROM),
    POW_INDEX: lanes(255n << 5n),
    // 17 leading bits of z, and 16 of y: their products with the tables have at most 53.
    Z_HIGH: mantissaFrom(36),
    Y_HIGH: mantissaFrom(37),
    POW_LN2_HIGH: splat(ln2High),
    POW_LN2_LOW: splat(ln2Low),
    STEPS: splat(128 / Math.LN2),
    STEP_HIGH: splat(stepHigh),
    STEP_LOW: splat(stepLow),
    // Adding it leaves a float64 no room for anything but a whole number.
    ROUND: splat(1.5 * 2 ** 52),
    EXP_INDEX: lanes(127n << 4n),
    // (ln(1 + r) - r) / r^2 for |r| <= 2^-10, then for |r| <= 0.002385, and (e^r - 1 - r) / r^2 for
    // |r| <= ln(2) / 255, lowest power first: interpolated at the zeros of Chebyshev polynomials.
    ...named(
      "LOG",
      [-0.49999999999998107, 0.3333333333333171, -0.2500001589458189, 0.20000013623927648],
    ),
    ...named("POW", [
      ...[-0.5, 0.3333333333333333, -0.24999999999772496],
      ...[0.19999999999797774, -0.16666773321431425, 0.14285809089960658],
    ]),
    ...named(
      "EXP",
      [0.4999999999999903, 0.16666666666666527, 0.04166667705345528, 0.00833333481716024],
    ),
  };
}

const named = (name: string, values: readonly number[]): Record<string, string> =>
  Object.fromEntries(values.map((value, power) => [`${name}_${power}`, splat(value)]));

/** The source with its constants in place, as it is compiled. */
export function withConstants(source: string): string {
  const known = constants();
  return source.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = known[name];
    if (value === undefined) throw new Error(`elementary.wat has no constant ${name}`);
    return String(value);
  });
}
