/**
 * Patterns for names: `*` for any characters, `?` for one. Pure. It compares without going back more
 * than one star, so that no pattern can be slow.
 */
export const hasWildcards = (text: string): boolean => /[*?]/.test(text);

/** Whether a name fits a pattern. */
export function fitsWildcards(name: string, pattern: string): boolean {
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
