/** The candidate that a misspelled word was probably meant to be, or null; case does not count. One letter is no slip. */
export function nearest(word: string, candidates: Iterable<string>): string | null {
  const sought = word.toUpperCase();
  if (sought.length > 64) return null;
  let best: string | null = null;
  let bestDistance = Number.POSITIVE_INFINITY;
  for (const candidate of candidates) {
    const shorter = Math.min(sought.length, candidate.length);
    const allowed = shorter < 2 ? 0 : shorter <= 4 ? 1 : shorter <= 12 ? 2 : 3;
    if (Math.abs(candidate.length - sought.length) > allowed) continue;
    const distance = editDistance(sought, candidate.toUpperCase());
    if (distance <= allowed && distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** Insertions, deletions, replacements and swaps of neighbours that turn `a` into `b`. */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1];
      let cost = Math.min(last[column]! + 1, current[column - 1]! + 1, last[column - 1]! + (same ? 0 : 1));
      if (row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]) {
        cost = Math.min(cost, beforeLast[column - 2]! + 1);
      }
      current.push(cost);
    }
    beforeLast = last;
    last = current;
  }
  return last[b.length]!;
}
