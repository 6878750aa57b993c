import { nearest } from "@millrace/core";
import { type Replacement, SourceText } from "./source-text.ts";
import { SqlError } from "./sql-error.ts";

export type Variables = Readonly<Record<string, string>>;

const variablePattern = /\$\{[ \t]*([\p{L}_][\p{L}\p{N}_.-]*)[ \t]*\}/uy;

/**
 * Fills in `${name}`. Inside '…' and `…` the value is content, so a quote in it is doubled and cannot end the literal;
 * elsewhere it is SQL text. Comments are left alone. `$${name}` stays as `${name}`.
 *
 * @throws SqlError with the place of a variable that has no value
 */
export function substituteVariables(original: string, variables: Variables = {}): SourceText {
  if (!original.includes("${")) return new SourceText(original);
  const replacements: Replacement[] = [];
  let text = "";
  let copied = 0;
  let quote = "";
  let index = 0;
  const replace = (length: number, value: string): void => {
    text += original.slice(copied, index);
    replacements.push({
      at: text.length,
      end: text.length + value.length,
      originalStart: index,
      originalEnd: index + length,
    });
    text += value;
    index += length;
    copied = index;
  };
  while (index < original.length) {
    const char = original[index];
    if (char === "$") {
      if (original.startsWith("$${", index)) {
        replace(3, "${");
        continue;
      }
      variablePattern.lastIndex = index;
      const match = variablePattern.exec(original);
      if (match !== null) {
        const value = variableValue(match[1] as string, variables, original, index, match[0].length);
        replace(match[0].length, quote === "" ? value : value.replaceAll(quote, quote + quote));
        continue;
      }
      index++;
    } else if (quote !== "") {
      if (char === quote) quote = "";
      index++;
    } else if (char === "'" || char === "`") {
      quote = char;
      index++;
    } else {
      index = skipComment(original, index);
    }
  }
  return new SourceText(original, text + original.slice(copied), replacements);
}

function variableValue(name: string, variables: Variables, text: string, start: number, length: number): string {
  if (Object.hasOwn(variables, name)) return variables[name] as string;
  const near = nearest(name, Object.keys(variables));
  throw new SqlError({
    code: "SQL_PARSE",
    message: `variable ${name} has no value; set it with --var ${name}=VALUE`,
    text,
    span: { start, end: start + length },
    ...(near === null ? {} : { suggestion: near }),
  });
}

/** The offset behind a comment that starts here, or else of the next character. A hint is no comment. */
function skipComment(text: string, index: number): number {
  if (text.startsWith("--", index)) {
    let end = index;
    while (end < text.length && text[end] !== "\n" && text[end] !== "\r") end++;
    return end;
  }
  if (text.startsWith("/*", index) && text[index + 2] !== "+") {
    const end = text.indexOf("*/", index + 2);
    return end < 0 ? text.length : end + 2;
  }
  return index + 1;
}
