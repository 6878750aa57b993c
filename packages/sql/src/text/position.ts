/** A place in a text as people count it: both from 1, the column in UTF-16 units. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** The position of an offset; an offset behind the end is taken as the end. `\n`, `\r\n` and `\r` end a line. */
export function positionAt(text: string, offset: number): Position {
  const end = Math.min(offset, text.length);
  let line = 1;
  let lineStart = 0;
  for (let index = 0; index < end; index++) {
    const code = text.charCodeAt(index);
    const endsLine = code === 10 || (code === 13 && text.charCodeAt(index + 1) !== 10);
    if (!endsLine) continue;
    line++;
    lineStart = index + 1;
  }
  return { line, column: end - lineStart + 1 };
}

/** The line that holds an offset, without its line end. */
export function lineAt(text: string, offset: number): string {
  let start = Math.min(offset, text.length);
  while (start > 0 && !isLineEnd(text, start - 1)) start--;
  let end = start;
  while (end < text.length && text.charCodeAt(end) !== 10 && text.charCodeAt(end) !== 13) end++;
  return text.slice(start, end);
}

function isLineEnd(text: string, index: number): boolean {
  const code = text.charCodeAt(index);
  return code === 10 || (code === 13 && text.charCodeAt(index + 1) !== 10);
}
