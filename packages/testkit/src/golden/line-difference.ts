/** What differs between two lists of lines, as `- missing`, `+ unexpected` among the lines both have; null if nothing does. */
export function lineDifference(actual: readonly string[], expected: readonly string[]): string | null {
  if (actual.length === expected.length && actual.every((line, i) => line === expected[i])) return null;
  // common[i][j]: how many lines actual[i..] and expected[j..] have in common, in order.
  const common = Array.from({ length: actual.length + 1 }, () => new Array<number>(expected.length + 1).fill(0));
  for (let i = actual.length - 1; i >= 0; i--) {
    for (let j = expected.length - 1; j >= 0; j--) {
      common[i][j] =
        actual[i] === expected[j] ? common[i + 1][j + 1] + 1 : Math.max(common[i + 1][j], common[i][j + 1]);
    }
  }
  const lines = [`${actual.length} lines, expected ${expected.length} (- missing, + unexpected)`];
  let [i, j] = [0, 0];
  while (i < actual.length || j < expected.length) {
    if (i < actual.length && j < expected.length && actual[i] === expected[j]) {
      lines.push(`  ${actual[i++]}`);
      j++;
    } else if (j < expected.length && (i === actual.length || common[i][j + 1] >= common[i + 1][j])) {
      lines.push(`- ${expected[j++]}`);
    } else lines.push(`+ ${actual[i++]}`);
  }
  return lines.join("\n");
}
