/**
 * "Did you mean": the candidate nearest to a misspelt word. Pure, and bounded in time however long
 * the word is, because the word comes from a user.
 */

/** Longer words are not compared: nobody misspells a name of this length by one letter. */
const wordLengthMax = 64;

/**
 * The candidate that a writer of `word` most likely meant, or undefined when none is near.
 * Case, underscores, dashes and the historical prefix `task_` do not count. Of equally near
 * candidates the first one wins.
 */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  const wanted = bare(word);
  if (wanted.length === 0 || wanted.length > wordLengthMax) return undefined;
  let best: string | undefined;
  let bestDistance = tolerance(wanted) + 1;
  for (const candidate of candidates) {
    const offered = bare(candidate);
    if (Math.abs(offered.length - wanted.length) >= bestDistance) continue;
    const distance = editDistance(wanted, offered);
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** `, did you mean "needs"?` or nothing, to stand at the end of a message. */
export function didYouMean(word: string, candidates: Iterable<string>): string {
  const near = nearest(word, candidates);
  return near === undefined ? "" : `, did you mean "${near}"?`;
}

function bare(word: string): string {
  return word
    .slice(0, 2 * wordLengthMax)
    .toLowerCase()
    .replace(/^task_/, "")
    .replace(/[_-]/g, "");
}

/** A third of the letters may be wrong, but never so many that any short word fits. */
function tolerance(word: string): number {
  return Math.min(3, Math.floor((word.length + 1) / 3));
}

/** Damerau-Levenshtein in its optimal-alignment form: a swap of neighbours counts as one edit. */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (last[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      let edits = Math.min(replaced, (last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        edits = Math.min(edits, (beforeLast[j - 2] ?? 0) + 1);
      }
      row.push(edits);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length] ?? 0;
}
