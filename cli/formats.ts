/** The forms in which a result is written. Apart, so that naming them loads nothing. */
export const formats = ["table", "json", "ndjson", "csv", "arrow"] as const;
export type Format = (typeof formats)[number];
