/**
 * Job documents as they are handed in, checked once: a program hands in the same one again and again,
 * and reading it takes longer than all the rest of a short job on this side.
 */
import { parseDocument, parseSpec } from "../protocol/document.ts";
import type { JobSpec } from "../protocol/job-spec.ts";
import { KeptDocuments } from "../protocol/kept-documents.ts";

export interface CheckedDocument {
  readonly spec: JobSpec;
  /** The same text, the same document; absent where a document cannot be told by a text. */
  readonly text: string | undefined;
}

const kept = new KeptDocuments<CheckedDocument>();

/** The document in its one checked form. Throws RTL_JOB_INVALID with every fault. */
export function checkedDocument(document: string | object, file?: string): CheckedDocument {
  if (typeof document === "string") {
    const text = `text ${document}`;
    const options = file === undefined ? {} : { file };
    return kept.get(text, () => ({ spec: parseDocument(document, options), text }));
  }
  const json = textOf(document);
  if (json === undefined) return { spec: parseSpec(document), text: undefined };
  const text = `object ${json}`;
  return kept.get(text, () => ({ spec: parseSpec(document), text }));
}

/** Undefined where JSON would say something else than the object: what is odd in it is still to be found. */
function textOf(document: object): string | undefined {
  let isPlain = true;
  try {
    const text = JSON.stringify(document, (_key, value: unknown) => {
      isPlain &&= isJson(value);
      return value;
    });
    return isPlain ? text : undefined;
  } catch {
    return undefined;
  }
}

function isJson(value: unknown): boolean {
  switch (typeof value) {
    case "number":
      return Number.isFinite(value) && !Object.is(value, -0);
    case "string":
    case "boolean":
      return true;
    case "object": {
      if (value === null || Array.isArray(value)) return true;
      const prototype: unknown = Object.getPrototypeOf(value);
      return prototype === Object.prototype || prototype === null;
    }
    default:
      return false;
  }
}
