/** The `@example` blocks of doc comments, for the tests that run them. */

export interface DocExample {
  /** From the root of the repository. */
  readonly path: string;
  /** The line of the first line of code, from 1. */
  readonly line: number;
  readonly code: string;
}

/** The examples of source files (path -> text). */
export function docExamplesOf(files: ReadonlyMap<string, string>): DocExample[] {
  return [...files].flatMap(([path, text]) => {
    const examples: DocExample[] = [];
    const lines = text.split("\n");
    for (let i = 0; i < lines.length; i++) {
      if (!/^\s*\* @example\s*$/.test(lines[i] ?? "")) continue;
      const code: string[] = [];
      const line = i + 2;
      // Until the comment ends or another tag begins.
      for (i++; i < lines.length && /^\s*\*(?!\/)(?! @)/.test(lines[i] ?? ""); i++) {
        code.push((lines[i] ?? "").replace(/^\s*\* ?/, ""));
      }
      i--;
      examples.push({ path, line, code: code.join("\n").trim() });
    }
    return examples;
  });
}

/**
 * Code whose last statement is an expression with its value behind it, `f(1) // 2` or the comment on the line after, as the
 * body of a function that gives both: `[f(1), 2]`. Code without a value behind it gives undefined.
 */
export function checkedBody(code: string): string {
  const lines = code.split("\n");
  const last = lines.length - 1;
  const ownLine = /^\/\/ (.*)$/.exec(lines[last] ?? "");
  const sameLine = ownLine === null ? /^(.*?);? \/\/ (.*)$/.exec(lines[last] ?? "") : null;
  const value = ownLine?.[1] ?? sameLine?.[2];
  if (value === undefined) return code;
  const rest = [...lines.slice(0, last), ...(sameLine === null ? [] : [sameLine[1] ?? ""])];
  // The expression begins behind the last line that ends a statement.
  let from = rest.length - 1;
  while (from > 0 && !/[;}]$/.test(rest[from - 1] ?? "")) from--;
  const expression = rest.slice(from).join("\n").replace(/;$/, "");
  return [...rest.slice(0, from), `return [${expression}, ${value}];`].join("\n");
}
