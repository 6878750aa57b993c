/** LIKE, SIMILAR TO and regular expressions, which are Java's. An invalid one matches nothing, as in Flink. */
import { BOOLEAN, INT, STRING } from "@millrace/core";
import type { CallExpression, Expression } from "../expression/expression.ts";
import { compileJavaRegex, type JavaRegex } from "../regex/java-regex.ts";
import { compileLike, compileSimilar, type TextTest } from "../regex/sql-pattern.ts";
import { type ArgumentKind, define } from "./define.ts";
import type { Evaluate } from "./evaluate.ts";
import { memoized } from "./memoized.ts";
import { FunctionError, type ScalarFunction } from "./scalar-function.ts";
import { countCharacters } from "./string-value.ts";

export const patternFunctions: readonly ScalarFunction[] = [
  comparison(
    "like",
    "text LIKE pattern [ESCAPE char]",
    "Whether the text fits: % any text, _ any character.",
    compileLike,
  ),
  comparison(
    "similar to",
    "text SIMILAR TO pattern [ESCAPE char]",
    "Whether the whole text fits an SQL regular expression: % any text, _ any character, | * + ? {n} ( ) [ ].",
    compileSimilar,
  ),
  onRegex("regexp", "REGEXP(text, regex)", "Whether a part of the text matches; FALSE for an empty or invalid regex.", {
    result: BOOLEAN,
    invalid: false,
    evaluate: (regex, text) => regex.expression.source !== "(?:)" && firstMatch(regex, text) !== null,
  }),
  onRegex("regexp_extract", "REGEXP_EXTRACT(text, regex[, group])", "The first match or a group of it; NULL if none.", {
    extra: "integer",
    result: STRING,
    maybeNull: true,
    evaluate: (regex, text, group) => firstMatch(regex, text)?.[groupNumber(regex, group ?? 0)] ?? null,
  }),
  onRegex(
    "regexp_extract_all",
    "REGEXP_EXTRACT_ALL(text, regex[, group])",
    "The first group (or the given one) of every match; NULL if the regex has no such group.",
    {
      extra: "integer",
      result: { kind: "array", element: STRING, nullable: true },
      maybeNull: true,
      evaluate: (regex, text, group) => {
        const number = groupNumber(regex, group ?? 1);
        return number < 0 ? null : allMatches(regex, text).map((match) => match[number] ?? null);
      },
    },
  ),
  onRegex("regexp_count", "REGEXP_COUNT(text, regex)", "How often the regex matches; NULL for an invalid one.", {
    result: INT,
    maybeNull: true,
    evaluate: (regex, text) => allMatches(regex, text).length,
  }),
  onRegex("regexp_instr", "REGEXP_INSTR(text, regex)", "Place of the first match, from 1; 0 if there is none.", {
    result: INT,
    maybeNull: true,
    evaluate: (regex, text) => {
      const match = firstMatch(regex, text);
      return match === null ? 0 : countCharacters(text.slice(0, match.index)) + 1;
    },
  }),
  onRegex("regexp_substr", "REGEXP_SUBSTR(text, regex)", "The first match; NULL if there is none.", {
    result: STRING,
    maybeNull: true,
    evaluate: (regex, text) => firstMatch(regex, text)?.[0] ?? null,
  }),
  onRegex(
    "regexp_replace",
    "REGEXP_REPLACE(text, regex, replacement)",
    "The text with every match replaced; the replacement is taken as it stands.",
    {
      extra: "string",
      needsExtra: true,
      result: STRING,
      maybeNull: true,
      evaluate: (regex, text, replacement) => {
        regex.expression.lastIndex = 0;
        return text.replace(regex.expression, () => replacement as unknown as string);
      },
    },
  ),
];

function firstMatch({ expression }: JavaRegex, text: string): RegExpExecArray | null {
  expression.lastIndex = 0;
  return expression.exec(text);
}

function allMatches({ expression }: JavaRegex, text: string): readonly RegExpExecArray[] {
  expression.lastIndex = 0;
  return [...text.matchAll(expression)];
}

/** JavaScript's number of a group; -1 if there is none. */
function groupNumber(regex: JavaRegex, group: number | bigint): number {
  return regex.groups[Number(group)] ?? -1;
}

function comparison(
  name: string,
  signature: string,
  description: string,
  compile: (pattern: string, escapeChar: string) => TextTest,
): ScalarFunction {
  const definition = define({
    name,
    signature,
    description,
    args: ["string", "string", "string"],
    required: 2,
    result: BOOLEAN,
    evaluateFor: () => {
      let escapeChar = "";
      let compiled = memoized((pattern) => compile(pattern, escapeChar));
      return ([text, pattern, given = ""]) => {
        if (given !== escapeChar) {
          escapeChar = given as string;
          compiled = memoized((each) => compile(each, escapeChar));
        }
        return compiled(pattern as string)(text as string);
      };
    },
    emit(call, emitter) {
      const test = literalTest(call, compile);
      if (test === undefined) return undefined;
      const text = emitter.compile(call.args[0]);
      return emitter.result(call.type, [text], `${emitter.constant(test)}(${emitter.valueOf(text)})`);
    },
  });
  return {
    ...definition,
    bind(args) {
      const escapeChar = args[2];
      if (escapeChar?.type.kind === "null") throw new FunctionError("ESCAPE takes a character, not NULL");
      const text = escapeChar?.kind === "literal" && typeof escapeChar.value === "string" ? escapeChar.value : null;
      if (text !== null && (text.length > 1 || (text === "" && name === "similar to")))
        throw new FunctionError(`the ESCAPE '${text}' is not one character`);
      return definition.bind(args);
    },
  };
}

/** The test of a literal pattern; undefined where the pattern is none or fails, which it then does row by row. */
function literalTest(
  call: CallExpression,
  compile: (pattern: string, escapeChar: string) => TextTest,
): TextTest | undefined {
  const [, pattern, escapeChar] = call.args;
  const isText = (arg: Expression | undefined) =>
    arg === undefined || (arg.kind === "literal" && typeof arg.value === "string");
  if (!isText(pattern) || !isText(escapeChar)) return undefined;
  try {
    return compile(textOf(pattern), escapeChar === undefined ? "" : textOf(escapeChar));
  } catch {
    return undefined;
  }
}

function textOf(literal: Expression): string {
  return literal.kind === "literal" ? String(literal.value) : "";
}

interface RegexFunction {
  readonly extra?: ArgumentKind;
  readonly needsExtra?: boolean;
  readonly result: Parameters<typeof define>[0]["result"];
  readonly maybeNull?: boolean;
  /** The result for what is no regular expression; NULL unless given. */
  readonly invalid?: unknown;
  readonly evaluate: (regex: JavaRegex, text: string, extra: number | bigint | undefined) => unknown;
}

function onRegex(name: string, signature: string, description: string, spec: RegexFunction): ScalarFunction {
  const { extra, needsExtra = false, result, maybeNull = false, invalid = null, evaluate } = spec;
  return define({
    name,
    signature,
    description,
    args: extra === undefined ? ["string", "string"] : ["string", "string", extra],
    required: needsExtra ? 3 : 2,
    result,
    maybeNull,
    evaluateFor: (): Evaluate => {
      const compile = memoized(compileOrNull);
      return ([text, pattern, argument]) => {
        const regex = compile(pattern as string);
        return regex === null ? invalid : evaluate(regex, text as string, argument as number | bigint | undefined);
      };
    },
  });
}

function compileOrNull(pattern: string): JavaRegex | null {
  try {
    return compileJavaRegex(pattern);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
