/**
 * Patterns for file names: `*` and `?` inside a name, `**` for any number of folders. Pure; it
 * knows no file system. It compares without going back more than one star, so that no pattern can
 * be slow.
 */
export const isPattern = (text: string): boolean => /[*?]/.test(text);

/** Whether a name, without slashes, fits a pattern. A leading dot must be asked for. */
export function fitsName(name: string, pattern: string): boolean {
  if (name.startsWith(".") && !pattern.startsWith(".")) return false;
  let at = 0;
  let inPattern = 0;
  let star = -1;
  let afterStar = 0;
  while (at < name.length) {
    const wanted = pattern[inPattern];
    if (wanted === "*") {
      star = inPattern;
      afterStar = at;
      inPattern += 1;
    } else if (wanted === "?" || wanted === name[at]) {
      at += 1;
      inPattern += 1;
    } else if (star >= 0) {
      // The last star takes one character more; earlier ones never need to.
      afterStar += 1;
      at = afterStar;
      inPattern = star + 1;
    } else {
      return false;
    }
  }
  while (pattern[inPattern] === "*") inPattern += 1;
  return inPattern === pattern.length;
}
