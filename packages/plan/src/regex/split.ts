/**
 * The parts of a text between matches, as java.lang.String.split: at most `limit`; without one, empty parts at the end are left
 * out, and so is an empty part before a match of no width at the start.
 */
export function splitByRegex(text: string, expression: RegExp, limit = 0): readonly string[] {
  const parts: string[] = [];
  let from = 0;
  expression.lastIndex = 0;
  for (const match of text.matchAll(expression)) {
    const end = match.index + match[0].length;
    if (limit > 0 && parts.length === limit - 1) break;
    if (end === 0 || (match[0] === "" && match.index >= text.length)) continue;
    parts.push(text.slice(from, match.index));
    from = end;
  }
  if (from === 0 && parts.length === 0) return [text];
  parts.push(text.slice(from));
  if (limit === 0) while (parts.at(-1) === "") parts.pop();
  return parts;
}
