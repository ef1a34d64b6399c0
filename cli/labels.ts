/** Labels as they are written on the command line. */
import { RtlError } from "../src/protocol/errors.ts";

/** Keys and values of labels that are written k=v. RTL_USAGE_INVALID for what is not. */
export function labelsOf(labels: readonly string[]): readonly (readonly [string, string])[] {
  return labels.map((text) => {
    const at = text.indexOf("=");
    if (at > 0) return [text.slice(0, at), text.slice(at + 1)];
    throw new RtlError("RTL_USAGE_INVALID", `"${text}" is no label`, {
      fix: "write it as key=value",
    });
  });
}
