/**
 * Finds out how a CSV file is written by looking at its first records: what separates the fields, and
 * whether the first line has the names. It only guesses; whoever knows better says so in the options.
 */
import { BLANK } from "../text/characters.ts";
import { kind, kindOf } from "../text/column-kinds.ts";
import type { TextSample } from "../text/text-samples.ts";
import type { CsvMarks } from "./csv-dialect.ts";
import { RecordReader } from "./csv-records.ts";

/** In order of preference. */
const candidates = [",", ";", "\t", "|"].map((mark) => mark.charCodeAt(0));
const RECORDS_LOOKED_AT = 100;

/** The first whole records, as texts. */
function firstRecords({ bytes, start, final }: TextSample, marks: CsvMarks): string[][] {
  const reader = new RecordReader(bytes, marks, start);
  const records: string[][] = [];
  while (records.length < RECORDS_LOOKED_AT && reader.next()) {
    if (!reader.ended && !final && records.length > 0) break;
    records.push(reader.texts());
  }
  return records;
}

/**
 * The delimiter of a file that begins as `head`: the one with which most records have as many
 * fields as the first one, and of equals the one that makes more fields.
 */
export function sniffDelimiter(head: TextSample, marks: Omit<CsvMarks, "delimiter">): number {
  let best = { delimiter: candidates[0] as number, share: 0.5, fields: 1 };
  for (const delimiter of candidates) {
    const records = firstRecords(head, { ...marks, delimiter });
    const fields = records[0]?.length ?? 0;
    if (fields < 2) continue;
    const share = records.filter(({ length }) => length === fields).length / records.length;
    if (share > best.share || (share === best.share && fields > best.fields)) {
      best = { delimiter, share, fields };
    }
  }
  return best.fields === 1 && isBlankSeparated(head, marks) ? BLANK : best.delimiter;
}

/** Numbers with single blanks between them, as numpy's savetxt writes them; the first line may be text. */
function isBlankSeparated(head: TextSample, marks: Omit<CsvMarks, "delimiter">): boolean {
  const records = firstRecords(head, { ...marks, delimiter: BLANK });
  const fields = records[0]?.length ?? 0;
  const numbers = records.length > 1 ? records.slice(1) : records;
  return (
    fields > 1 &&
    records.every(({ length }) => length === fields) &&
    numbers.every((texts) => texts.every((text) => kindOfText(text) !== kind.text))
  );
}

/**
 * Whether the first record has names: none of its fields is a number, a boolean or a date, and none
 * comes again in its column.
 */
export function sniffHeader(head: TextSample, marks: CsvMarks): boolean {
  const [first = [], ...others] = firstRecords(head, marks);
  if (first.every((text) => text === "")) return false;
  return first.every((text, column) => {
    if (text === "") return true;
    const isValue = kindOfText(text) !== kind.text || /^\d{4}-\d\d-\d\d/.test(text);
    return !isValue && others.every((texts) => texts[column] !== text);
  });
}

function kindOfText(text: string): number {
  const bytes = Buffer.from(text);
  return kindOf(bytes, 0, bytes.length);
}
