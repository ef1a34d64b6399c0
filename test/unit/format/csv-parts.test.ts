import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { formatCsv } from "../../../src/format/csv/csv-write.ts";
import { RtlError } from "../../../src/protocol/errors.ts";
import { type Column, countNulls } from "../../../src/table/column.ts";
import { tableDifference } from "../../../src/table/compare.ts";
import { tableToJson } from "../../../src/table/json.ts";
import { concatenate, type Table } from "../../../src/table/table.ts";
import open from "../../../tasks/open.ts";
import { checkEach } from "../../support/check-each.ts";
import { memoryFiles, openedInParts, openedJoined } from "../../support/open-parts.ts";
import { tableOf } from "../../support/run-task.ts";
import { tables } from "../../support/tables.ts";

const shares = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 6 });
const delimiters = fc.constantFrom(",", ";", "\t", "|", " ", ":", "\u0001");

/** In one column of text, no value and no text are written alike. */
const isAmbiguous = ({ columns: [first, second] }: Table): boolean =>
  first?.kind === "text" && second === undefined && countNulls(first.validity, first.length) > 0;

test("what is written is read back as the same table, in one piece and in parts", async (t) => {
  const cases = fc.tuple(tables, delimiters, shares, fc.constantFrom("", "NA"));
  await checkEach(t, cases, 300, async ([table, delimiter, ends, nulls]) => {
    if (table.columns.length === 0 || (nulls === "" && isAmbiguous(table))) return;
    const parts = formatCsv(table, { delimiter, nulls });
    const files = memoryFiles({ "x.csv": Buffer.concat(parts) });
    const types = Object.fromEntries(table.columns.map(({ name, dtype }) => [name, dtype]));
    const params = { file: "x.csv", types, delimiter, nulls: [nulls], header: true };
    const whole = await tableOf(open, params, undefined, { files });
    assert.equal(tableDifference(whole, table), undefined);
    assert.equal(tableDifference(await openedJoined(params, files, ends), table), undefined);
  });
});

test("a table of numbers and booleans is read back without being told its types", async (t) => {
  const guessable = tables.filter(
    ({ rows, columns }) =>
      rows > 0 &&
      columns.length > 0 &&
      columns.every(
        (column) =>
          ["<f8", "<i8", "|b1"].includes(column.dtype) &&
          countNulls(column.validity, column.length) < column.length,
      ),
  );
  await checkEach(t, guessable, 50, async (table) => {
    const files = memoryFiles({ "x.csv": Buffer.concat(formatCsv(table)) });
    const read = await tableOf(open, { file: "x.csv" }, undefined, { files });
    assert.equal(tableDifference(read, table), undefined);
  });
});

const fieldText = fc.string({
  unit: fc.constantFrom("a", "1", ".", " ", ",", ";", '"', "'", "\n", "\r\n", "#", "é", "𝄞"),
  maxLength: 6,
});
const grids = fc.integer({ min: 2, max: 4 }).chain((width) =>
  fc.array(fc.array(fieldText, { minLength: width, maxLength: width }), {
    minLength: 1,
    maxLength: 12,
  }),
);

/** A file written in another way than ours, with quotes at random, blank lines and comments. */
function writtenAtRandom(
  grid: readonly (readonly string[])[],
  dice: readonly boolean[],
  end: string,
) {
  let turn = 0;
  const roll = () => dice[turn++ % dice.length] === true;
  const names = grid[0]?.map((_, column) => `n${column}`) ?? [];
  const lines = grid.map((texts) =>
    texts
      .map((text, column) => {
        const must = text === "" || /[,"\n\r]/.test(text) || (column === 0 && text.startsWith("#"));
        return must || roll() ? `"${text.replaceAll('"', '""')}"` : text;
      })
      .join(","),
  );
  const extra = () => (roll() ? end : "") + (roll() ? `# "odd, ${end}` : "");
  return [names.join(","), ...lines].map((line) => extra() + line).join(end) + (roll() ? end : "");
}

test("any cuts give every record once, whatever quotes, line ends and comments there are", async (t) => {
  const dice = fc.array(fc.boolean(), { minLength: 1, maxLength: 9 });
  const cases = fc.tuple(grids, dice, fc.constantFrom("\n", "\r\n"), shares);
  await checkEach(t, cases, 400, async ([grid, rolls, end, ends]) => {
    const files = memoryFiles({ "x.csv": writtenAtRandom(grid, rolls, end) });
    const names = grid[0]?.map((_, column) => `n${column}`) ?? [];
    const types = Object.fromEntries(names.map((name) => [name, "text"]));
    const params = { file: "x.csv", types, delimiter: ",", comment: "#", header: true };
    const whole = await tableOf(open, params, undefined, { files });
    const { columns } = tableToJson(whole);
    names.forEach((name, column) => {
      assert.deepEqual(
        columns[name]?.values,
        grid.map((texts) => texts[column]),
      );
    });
    const joined = await openedJoined(params, files, ends);
    const story = JSON.stringify([writtenAtRandom(grid, rolls, end), ends]);
    assert.equal(tableDifference(joined, whole), undefined, story);
  });
});

/** About five megabytes, with quoted line ends every here and there and a record of half a megabyte. */
function largeText(quoted: boolean): string {
  const lines = ["id,x,note"];
  for (let row = 0; row < 120_000; row++) {
    const note = quoted && row % 1000 === 7 ? `"line ${row}\n,""next"" ${row}\r\n"` : `note ${row}`;
    lines.push(`${row},${row / 8},${note}`);
  }
  if (quoted) lines[50_000] = `49999,0.5,"${"long\n".repeat(100_000)}"`;
  return `${lines.join("\n")}\n`;
}

test("files of several blocks are cut anywhere, with and without quoted line ends", async () => {
  for (const quoted of [false, true]) {
    const files = memoryFiles({ "x.csv": largeText(quoted) });
    const params = { file: "x.csv" };
    const whole = await tableOf(open, params, undefined, { files });
    assert.equal(whole.rows, 120_000);
    const id = whole.column("id") as Column & { values: BigInt64Array };
    assert.ok(id.values.every((value, row) => value === BigInt(row)));
    for (const ends of [[0.5], [0.1, 0.4, 0.41, 0.411, 0.45, 0.6, 0.9], [0.3333, 0.6667]]) {
      const parts = await openedInParts(params, files, ends);
      assert.equal(tableDifference(concatenate(parts), whole), undefined, ends.join());
      if (!quoted) for (const part of parts) assert.ok(part.rows > 0);
    }
  }
});

test("a fault deep in a file is told with its line, whichever part meets it", async () => {
  const text = largeText(true).replace("\n100000,12500,", "\n100000,12500,7,");
  const files = memoryFiles({ "x.csv": text });
  const line = text.slice(0, text.indexOf("\n100000,")).split("\n").length + 1;
  for (const ends of [[], [0.5], [0.8, 0.9]]) {
    await assert.rejects(openedInParts({ file: "x.csv" }, files, ends), {
      code: "RTL_FILE_INVALID",
      message: `file x.csv, line ${line}: the line has 4 fields instead of 3`,
    });
  }
});

test("no bytes make reading fail otherwise than by an error that is the user's", async (t) => {
  const letters = fc.constantFrom(..."01.,;-+eE \r\n\"'#\tnaxé\0");
  const bytes = fc.oneof(
    fc.string({ unit: letters, maxLength: 60 }).map((text) => Buffer.from(text)),
    fc.uint8Array({ maxLength: 60 }).map((array) => Buffer.from(array)),
  );
  const params = fc.record(
    {
      header: fc.constantFrom(true, false, "auto"),
      delimiter: fc.constantFrom(",", ";", "\t", " "),
      quote: fc.constantFrom('"', "'", null),
      comment: fc.constantFrom("#", "x"),
      nulls: fc.constantFrom([], ["", "a"], ["1"]),
      names: fc.constantFrom(["p"], ["p", "q"]),
    },
    { requiredKeys: [] },
  );
  const ending = fc.constantFrom("x.csv", "x.jsonl", "x.csv.gz", "x.jsonl.gz");
  await checkEach(
    t,
    fc.tuple(bytes, params, ending, shares),
    1500,
    async ([content, given, file, ends]) => {
      try {
        const files = memoryFiles({ [file]: content });
        const whole = await tableOf(open, { ...given, file }, undefined, { files });
        const joined = await openedJoined({ ...given, file }, files, ends);
        assert.equal(tableDifference(joined, whole), undefined);
      } catch (error) {
        if (!(error instanceof RtlError) || error.code === "RTL_TASK_FAILED") throw error;
      }
    },
  );
});
