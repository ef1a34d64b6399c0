/**
 * Whether a value fits its schema. A check of the schema library asks what it is given for its length or
 * its text, and an object with keys of such names can make it throw: that is no fit, like any other.
 */
import { z } from "zod";

export type Fit<T> =
  | { readonly success: true; readonly data: T }
  | { readonly success: false; readonly error: z.ZodError };

/** Never throws. */
export function fit<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  options?: z.core.ParseContext<z.core.$ZodIssue>,
): Fit<z.infer<Schema>> {
  try {
    return schema.safeParse(value, options);
  } catch {
    const message = "holds an object whose keys are mistaken for its length or its text";
    return {
      success: false,
      error: new z.ZodError([{ code: "custom", path: [], message, input: value }]),
    };
  }
}
