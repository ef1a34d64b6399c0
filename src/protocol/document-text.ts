/**
 * The text of a job document as plain data with places: refuses what is too large before anything
 * is parsed, decodes bytes, and finds the reader for the text: JSON and Python literals begin with
 * a brace, everything else is YAML. It knows nothing of jobs.
 */

import { RtlError } from "./errors.ts";
import { limits } from "./limits.ts";
import { literalStart, readLiteral } from "./literal-text.ts";
import { type Located, SourceMap, TextFault } from "./located.ts";
import { jobInvalid } from "./problems.ts";
import { readYaml } from "./yaml-text.ts";

export interface DocumentOptions {
  /** Name of the file, for messages. */
  readonly file?: string | undefined;
}

/**
 * @throws RtlError RTL_DOCUMENT_TOO_LARGE, or RTL_JOB_INVALID when it is no text or cannot be read
 */
export function readDocumentValue(
  document: string | Uint8Array,
  { file }: DocumentOptions,
): Located {
  refuseLarge(document);
  try {
    const text = typeof document === "string" ? document : decode(document);
    return readText(checked(text.replace(/^\uFEFF/, "")));
  } catch (error) {
    if (error instanceof TextFault) throw jobInvalid(error.problems, file);
    throw error;
  }
}

function refuseLarge(document: string | Uint8Array): void {
  const max = limits.documentBytesMax;
  // A text has at least as many bytes as units, so most large ones need not even be measured.
  const tooLarge =
    document.length > max ||
    (typeof document === "string" && Buffer.byteLength(document, "utf8") > max);
  if (!tooLarge) return;
  throw new RtlError(
    "RTL_DOCUMENT_TOO_LARGE",
    `the job document is larger than ${max / 1024 / 1024} MiB`,
    { fix: "keep data in files that a task opens, and write only their names into the job" },
  );
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    const message = "the document is not UTF-8 text";
    throw new TextFault([{ path: "", message, fix: "save it as UTF-8" }]);
  }
}

/** Characters that no text file has; they show binary data or a wrong encoding. */
const odd = /(?![\t\n\r\u0085])\p{Cc}|\uFFFD/u;

function checked(text: string): string {
  if (text.trim() === "") throw new SourceMap(text).fault("the document is empty", 0);
  const at = text.search(odd);
  if (at < 0) return text;
  const code = text.charCodeAt(at);
  const message =
    code === 0xfffd
      ? "the text was not UTF-8: a character is lost here"
      : `a control character (code ${code}) stands here; a job document is text`;
  throw new SourceMap(text).fault(message, at, "save the document as UTF-8 text");
}

function readText(text: string): Located {
  const start = literalStart(text);
  if (start === "other") return readYaml(text);
  try {
    return readLiteral(text);
  } catch (fault) {
    if (!(fault instanceof TextFault) || start === "assigned") throw fault;
    return readFlow(text, fault);
  }
}

/** YAML may begin with a brace too, but then its keys have no quotes. */
function readFlow(text: string, literalFault: TextFault): Located {
  try {
    return readYaml(text);
  } catch (fault) {
    const isYaml = fault instanceof TextFault && /^\s*\{\s*[A-Za-z_]/.test(text);
    throw isYaml ? fault : literalFault;
  }
}
