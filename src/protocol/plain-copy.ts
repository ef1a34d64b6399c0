/**
 * A copy of a JavaScript value that holds plain data only, so that what is checked is what is used:
 * no getters, no cycles, no functions, dates or other objects survive it.
 */
import type { Problem } from "./errors.ts";
import { problemAt } from "./issues.ts";
import { limits } from "./limits.ts";
import {
  depthMessage,
  documentNodesMax,
  keyFault,
  type Locate,
  numberFault,
  type Path,
  type Plain,
  tooManyParts,
} from "./located.ts";

/**
 * Copies a value; keys whose value is undefined are left out.
 * @throws RtlError RTL_DOCUMENT_TOO_LARGE when it has too many parts
 */
export function plainCopy(value: unknown, locate?: Locate): { value: Plain; problems: Problem[] } {
  const problems: Problem[] = [];
  let nodes = 0;
  const fault = (path: Path, message: string): null => {
    problems.push(problemAt({ path, locate }, message));
    return null;
  };
  const copy = (part: unknown, path: Path): Plain => {
    if (++nodes > documentNodesMax) throw tooManyParts();
    if (part === null || typeof part === "boolean" || typeof part === "string") return part;
    if (typeof part === "number") {
      const message = numberFault(part, String(part));
      return message === undefined ? part : fault(path, message);
    }
    if (path.length > limits.depthMax) return fault(path, depthMessage);
    if (Array.isArray(part)) return Array.from(part, (item, index) => copy(item, [...path, index]));
    if (!isPlainObject(part)) return fault(path, `${kind(part)} is not plain data`);
    const map: Record<string, Plain> = {};
    for (const [key, item] of Object.entries(part)) {
      const message = keyFault(key);
      if (message !== undefined) fault([...path, key], message);
      else if (item !== undefined) map[key] = copy(item, [...path, key]);
    }
    return map;
  };
  return { value: copy(value, []), problems };
}

function isPlainObject(value: unknown): value is object {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  // An object of another realm has that realm's Object.prototype, whose own prototype is null.
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function kind(value: unknown): string {
  if (typeof value !== "object" || value === null) return `a value of type ${typeof value}`;
  return `a ${value.constructor?.name || "special"} object`;
}
