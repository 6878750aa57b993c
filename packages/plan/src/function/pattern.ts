/** LIKE and regular expressions. Java's syntax, as far as JavaScript's is the same. */
import { BOOLEAN, MillraceError, STRING } from "@millrace/core";
import type { CallExpression } from "../expression/expression.ts";
import { define } from "./define.ts";
import type { Evaluate } from "./evaluate.ts";
import type { ScalarFunction } from "./scalar-function.ts";

/** A function that compiles a pattern once where it is a literal. */
function cached<T>(call: CallExpression, index: number, compile: (pattern: string) => T): (pattern: unknown) => T {
  const arg = call.args[index];
  if (arg?.kind === "literal" && typeof arg.value === "string") {
    const compiled = compile(arg.value);
    return () => compiled;
  }
  return (pattern) => compile(pattern as string);
}

function likePattern(pattern: string, escapeChar: string | undefined): RegExp {
  let source = "";
  for (let i = 0; i < pattern.length; i++) {
    let char = pattern[i];
    if (char === escapeChar && i + 1 < pattern.length) char = pattern[++i].replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
    else if (char === "%") char = ".*";
    else if (char === "_") char = ".";
    else char = char.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
    source += char;
  }
  return new RegExp(`^${source}$`, "su");
}

function regularExpression(pattern: string): RegExp {
  try {
    return new RegExp(pattern);
  } catch (cause) {
    throw new MillraceError({ code: "EXPRESSION_FAILED", message: `'${pattern}' is no regular expression`, cause });
  }
}

export const patternFunctions: readonly ScalarFunction[] = [
  define({
    name: "like",
    signature: "text LIKE pattern [ESCAPE char]",
    description: "Whether the text fits: % any text, _ any character.",
    args: ["string", "string", "string"],
    required: 2,
    result: BOOLEAN,

    evaluateFor: (call: CallExpression): Evaluate => {
      const given = call.args[2];
      const char = given?.kind === "literal" ? String(given.value) : undefined;
      const compile = cached(call, 1, (pattern) => likePattern(pattern, char));
      return ([text, pattern]) => compile(pattern).test(text as string);
    },
  }),
  define({
    name: "regexp",
    signature: "REGEXP(text, pattern)",
    description: "Whether a part of the text matches.",
    args: ["string", "string"],
    result: BOOLEAN,

    evaluateFor: (call: CallExpression): Evaluate => {
      const compile = cached(call, 1, regularExpression);
      return ([text, pattern]) => compile(pattern).test(text as string);
    },
  }),
  define({
    name: "regexp_extract",
    signature: "REGEXP_EXTRACT(text, pattern[, group])",
    description: "The first match, or a group of it; NULL if there is none.",
    args: ["string", "string", "integer"],
    required: 2,
    result: STRING,
    maybeNull: true,

    evaluateFor: (call: CallExpression): Evaluate => {
      const compile = cached(call, 1, regularExpression);
      return ([text, pattern, group]) =>
        compile(pattern).exec(text as string)?.[(group as number | undefined) ?? 0] ?? null;
    },
  }),
];
