/**
 * Patterns for file names: `*` and `?` inside a name, `**` for any number of folders. Pure; it
 * knows no file system.
 */
import { fitsWildcards, hasWildcards } from "../protocol/wildcards.ts";

export const isPattern = hasWildcards;

/** Whether a name, without slashes, fits a pattern. A leading dot must be asked for. */
export const fitsName = (name: string, pattern: string): boolean =>
  (!name.startsWith(".") || pattern.startsWith(".")) && fitsWildcards(name, pattern);
