/** A text as JSON; undefined where it is none, for a schema to say so. */
export function fromJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
