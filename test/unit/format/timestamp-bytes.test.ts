import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { readTimestamp } from "../../../src/format/text/timestamp-bytes.ts";
import { checkProperty } from "../../support/properties.ts";

function millis(text: string): number | undefined {
  const bytes = Buffer.from(text);
  const values = new BigInt64Array(1);
  const read = readTimestamp(bytes, 0, bytes.length, new Int32Array(values.buffer), 0);
  return read ? Number(values[0]) : undefined;
}

test("what the language prints of a date is read as that date", (t) => {
  const dates = fc.date({
    min: new Date("0001-01-01T00:00:00Z"),
    max: new Date("9999-12-31T23:59:59.999Z"),
    noInvalidDate: true,
  });
  checkProperty(
    t,
    fc.property(dates, (date) => {
      const text = date.toISOString();
      assert.equal(millis(text), date.getTime(), text);
      assert.equal(millis(text.slice(0, 10)), Date.parse(text.slice(0, 10)), text);
    }),
    3000,
  );
});

test("zones, blanks for T, short times and long fractions are understood", () => {
  const noon = Date.parse("2001-12-31T12:00:00Z");
  assert.equal(millis("2001-12-31 12:00"), noon);
  assert.equal(millis("2001-12-31T14:00:00+02:00"), noon);
  assert.equal(millis("2001-12-31T08:30-0330"), noon);
  assert.equal(millis("2001-12-31t13:00:00+01"), noon);
  assert.equal(millis("2001-12-31T12:00:00.1239999z"), noon + 123);
});

test("what is no date is refused", () => {
  for (const text of [
    ...[
      "2001-02-29",
      "2001-13-01",
      "2001-00-10",
      "2001-1-1",
      "01-01-2001",
      "2001-12-31T",
      "20011231",
    ],
    ...["2001-12-31T24:00", "2001-12-31T12", "2001-12-31T12:60", "2001-12-31T12:00:00."],
    ...["2001-12-31T12:00+2", "2001-12-31T12:00Zx", "2001-12-31x12:00", "2001-12-31T12:00+24:00"],
  ]) {
    assert.equal(millis(text), undefined, text);
  }
  assert.notEqual(millis("2000-02-29"), undefined);
});
