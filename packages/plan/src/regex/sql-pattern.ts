/** The patterns of LIKE and SIMILAR TO. */
import { MillraceError } from "@millrace/core";
import { compileJavaRegex } from "./java-regex.ts";

export type TextTest = (text: string) => boolean;

/** A part of a LIKE pattern: text, `%` (any text) or `_` (any character but the end of a line). */
type Part = { readonly text: string } | "%" | "_";

function invalidEscape(pattern: string, at: number): MillraceError {
  return new MillraceError({
    code: "EXPRESSION_FAILED",
    message: `invalid escape in the pattern '${pattern}' at ${at}: only %, _ and the escape character can be escaped`,
  });
}

function checkEscape(escapeChar: string): void {
  if (escapeChar.length <= 1) return;
  throw new MillraceError({ code: "EXPRESSION_FAILED", message: `the ESCAPE '${escapeChar}' is not one character` });
}

function likeParts(pattern: string, escapeChar: string): readonly Part[] {
  checkEscape(escapeChar);
  const parts: Part[] = [];
  let text = "";
  const flush = (): void => {
    if (text !== "") parts.push({ text });
    text = "";
  };
  for (let i = 0; i < pattern.length; i++) {
    const character = pattern[i];
    if (character === escapeChar) {
      const next = pattern[++i];
      if (next !== "%" && next !== "_" && next !== escapeChar) throw invalidEscape(pattern, i - 1);
      text += next;
    } else if (character === "%" || character === "_") {
      flush();
      if (character === "_" || parts.at(-1) !== "%") parts.push(character);
    } else text += character;
  }
  flush();
  return parts;
}

/** `escapeChar` is one character, or empty for none. */
export function compileLike(pattern: string, escapeChar: string): TextTest {
  const parts = likeParts(pattern, escapeChar);
  const shape = parts.map((part) => (typeof part === "string" ? part : "t")).join("");
  const [text] = parts.flatMap((part) => (typeof part === "string" ? [] : [part.text]));
  switch (shape) {
    case "":
      return (value) => value === "";
    case "t":
      return (value) => value === text;
    case "%":
      return () => true;
    case "t%":
      return (value) => value.startsWith(text);
    case "%t":
      return (value) => value.endsWith(text);
    case "%t%":
      return (value) => value.includes(text);
  }
  const source = parts
    .map((part) => (part === "%" ? "[^]*" : part === "_" ? "[^\\n\\r\\x85\\u2028\\u2029]" : quote(part.text)))
    .join("");
  const expression = new RegExp(`^${source}$`, "v");
  return (value) => expression.test(value);
}

function quote(text: string): string {
  return Array.from(text, (character) => `\\u{${(character.codePointAt(0) as number).toString(16)}}`).join("");
}

const SIMILAR_SPECIALS = "_%^$.|?*+(){}[]\\-";

const characterClasses: Readonly<Record<string, string>> = {
  "[:ALPHA:]": "\\p{Alpha}",
  "[:UPPER:]": "\\p{Upper}",
  "[:LOWER:]": "\\p{Lower}",
  "[:DIGIT:]": "\\d",
  "[:SPACE:]": " ",
  "[:WHITESPACE:]": "\\s",
  "[:ALNUM:]": "\\p{Alnum}",
};

/** SIMILAR TO: SQL's regular expressions, which match the whole text. Other characters mean what they mean in Java's. */
export function compileSimilar(pattern: string, escapeChar: string): TextTest {
  checkEscape(escapeChar);
  let source = "";
  let inBrackets = false;
  for (let i = 0; i < pattern.length; i++) {
    const character = pattern[i];
    if (character === escapeChar) {
      const next = pattern[++i];
      if (next === undefined || (!SIMILAR_SPECIALS.includes(next) && next !== escapeChar))
        throw invalidEscape(pattern, i - 1);
      source += /\w/.test(next) ? next : `\\${next}`;
    } else if (inBrackets) {
      const named = Object.keys(characterClasses).find((name) => pattern.slice(i).toUpperCase().startsWith(name));
      if (named !== undefined) {
        source += characterClasses[named];
        i += named.length - 1;
      } else if (character === "]") {
        inBrackets = false;
        source += "]";
      } else source += /[\w\s^-]/.test(character) ? character : `\\${character}`;
    } else if (character === "[") {
      inBrackets = true;
      source += "[";
    } else if (character === "_") source += ".";
    else if (character === "%") source += "(?s:.*)";
    else if (character === "\\" || character === "$" || character === "^") source += `\\${character}`;
    else source += character;
  }
  try {
    const { expression } = compileJavaRegex(`\\A(?:${source})\\z`);
    return (value) => {
      expression.lastIndex = 0;
      return expression.test(value);
    };
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    throw new MillraceError({ code: "EXPRESSION_FAILED", message: `'${pattern}' is no pattern of SIMILAR TO`, cause });
  }
}
