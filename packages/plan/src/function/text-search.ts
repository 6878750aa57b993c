/** Functions that look for one text in another. */
import { INT, MillraceError, STRING } from "@millrace/core";
import { equalBytes } from "../codegen/text.ts";
import { type CallExpression, type Expression, literal } from "../expression/expression.ts";
import { compileJavaRegex } from "../regex/java-regex.ts";
import { splitByRegex } from "../regex/split.ts";
import type { Code, CodeWriter } from "./code-writer.ts";
import { define } from "./define.ts";
import type { Evaluate } from "./evaluate.ts";
import { literalNumber } from "./literal-argument.ts";
import { memoized } from "./memoized.ts";
import { FunctionError, nullableOf, type ScalarFunction } from "./scalar-function.ts";
import { emitSplitIndex } from "./split-index.ts";
import * as text from "./string-value.ts";
import { lengthOf, varyingText } from "./text-type.ts";

export const textSearchFunctions: readonly ScalarFunction[] = [
  affix("startswith", "STARTSWITH(string, prefix)", "Whether the text begins with the prefix.", true),
  affix("endswith", "ENDSWITH(string, suffix)", "Whether the text ends with the suffix.", false),
  define({
    name: "position",
    signature: "POSITION(search IN string)",
    description: "Place of the first occurrence, from 1; 0 if there is none.",
    args: ["string", "string", "integer"],
    required: 2,
    result: INT,
    evaluate: ([search, value, from]) => text.position(search as string, value as string, Number(from ?? 1)),
  }),
  define({
    name: "locate",
    signature: "LOCATE(search, string[, from])",
    description: "Place of the first occurrence at or behind `from`, from 1; 0 if there is none. 1 for the empty text.",
    args: ["string", "string", "integer"],
    required: 2,
    result: INT,
    evaluate: ([search, value, from]) => text.position(search as string, value as string, Number(from ?? 1)),
  }),
  define({
    name: "instr",
    signature: "INSTR(string, search[, from[, occurrence]])",
    description:
      "Place of the occurrence (the first) at or behind `from` (1; negative: backward from the end); 0 if none.",
    args: ["string", "string", "integer", "integer"],
    required: 2,
    result: INT,
    evaluate: ([value, search, from = 1, occurrence = 1]) =>
      text.occurrence(value as string, search as string, Number(from), Number(occurrence)),
  }),
  define({
    name: "replace",
    signature: "REPLACE(string, search, replacement)",
    description: "The text with every occurrence of `search` replaced.",
    args: ["string", "string", "string"],
    result: STRING,
    evaluate: ([value, search, by]) => replaceAll(value as string, search as string, by as string),
    emit: emitReplace,
  }),
  define({
    name: "overlay",
    signature: "OVERLAY(string PLACING replacement FROM start [FOR length])",
    description: "The text with `length` characters from `start` on replaced.",
    args: ["string", "string", "integer", "integer"],
    required: 3,
    result: ([value, by]) => varyingText(lengthOf(value.type) + lengthOf(by.type)),
    evaluate: ([value, by, start, length]) =>
      text.overlay(
        value as string,
        by as string,
        Number(start),
        length === undefined ? text.countCharacters(by as string) : Number(length),
      ),
  }),
  splitIndexFunction(),
  define({
    name: "split",
    signature: "SPLIT(string, separator)",
    description: "The parts between separators as an array; the characters if the separator is empty.",
    args: ["string", "string"],
    result: { kind: "array", element: STRING, nullable: true },
    evaluate: ([value, separator]) =>
      separator === "" || value === "" ? Array.from(value as string) : (value as string).split(separator as string),
  }),
  define({
    name: "str_to_map",
    signature: "STR_TO_MAP(string[, pair separator, key separator])",
    description: "Text such as 'a=1,b=2' as a map; the separators, regular expressions, are ',' and '=' unless given.",
    args: ["string", "string", "string"],
    required: 1,
    result: { kind: "map", key: STRING, value: STRING, nullable: true },
    maybeNull: true,
    evaluateFor: () => strToMap(),
  }),
  define({
    name: "translate",
    aliases: ["translate3"],
    signature: "TRANSLATE(string, from, to)",
    description:
      "Each character of `from` replaced by the one at its place in `to`, or left out. NULLs count as empty.",
    args: ["string", "string", "string"],
    result: (args) => ({ ...STRING, nullable: nullableOf(args) }),
    seesNull: true,
    evaluate: ([value, from, to]) =>
      value === null ? null : text.translate(value as string, (from ?? "") as string, (to ?? "") as string),
  }),
];

/** A replacement function, so that `$&` and the like are taken as they stand. */
function replaceAll(value: string, search: string, by: string): string {
  return value.replaceAll(search, () => by);
}

/** As Java splits: the pairs without empty ones at the end, each at its first key separator. */
function strToMap(): Evaluate {
  const splitPairs = memoized((separator) => splitterOf(separator));
  const splitKeys = memoized((separator) => splitterOf(separator));
  return ([value, pairs = ",", keys = "="]) => {
    const map = new Map<string, string | null>();
    if (value === "") return map;
    for (const pair of splitPairs(pairs as string)(value as string)) {
      const [key, entry] = splitKeys(keys as string)(pair, 2);
      map.set(key, entry ?? null);
    }
    return map;
  };
}

function splitterOf(separator: string): (value: string, limit?: number) => readonly string[] {
  try {
    const { expression } = compileJavaRegex(separator);
    return (value, limit) => splitByRegex(value, expression, limit);
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    throw new MillraceError({ code: "EXPRESSION_FAILED", message: `'${separator}' is no regular expression`, cause });
  }
}

function affix(name: string, signature: string, description: string, isPrefix: boolean): ScalarFunction {
  return define({
    name,
    signature,
    description,
    args: ["string", "string"],
    result: { kind: "boolean", nullable: true },
    evaluate: ([value, part]) =>
      isPrefix ? (value as string).startsWith(part as string) : (value as string).endsWith(part as string),
    emit(call, emitter) {
      const [value, part] = call.args.map((arg) => emitter.compile(arg));
      if (value.view === undefined || part.view === undefined) return undefined;
      const { bytes, start, end } = value.view;
      const size = `(${part.view.end} - ${part.view.start})`;
      const range = isPrefix ? `${start}, ${start} + ${size}` : `${end} - ${size}, ${end}`;
      const same = `${emitter.constant(equalBytes)}(${bytes}, ${range}, ${part.view.bytes}, ${part.view.start}, ${part.view.end})`;
      return emitter.result(call.type, [value, part], `${end} - ${start} >= ${size} && ${same}`);
    },
  });
}

/** The separator may be the code of a character, as in Flink: it is made a text here. */
function splitIndexFunction(): ScalarFunction {
  const base = define({
    name: "split_index",
    signature: "SPLIT_INDEX(string, separator, index)",
    description: "The part at the index (from 0) between separators; NULL if there is none.",
    args: ["string", "string", "integer"],
    result: STRING,
    maybeNull: true,
    evaluate: ([value, separator, index]) => text.splitIndex(value as string, separator as string, Number(index)),
    emit: emitSplitIndex,
  });
  return { ...base, bind: (args) => base.bind(args.map((arg, i) => (i === 1 ? separatorText(arg) : arg))) };
}

function separatorText(separator: Expression): Expression {
  const code = literalNumber(separator);
  if (code === undefined) return separator;
  if (code < 1 || code > 255) throw new FunctionError(`the separator's code must be from 1 to 255, not ${code}`);
  return literal(String.fromCharCode(code), { kind: "char", length: 1, nullable: false });
}

function emitReplace(call: CallExpression, emitter: CodeWriter): Code {
  const args = call.args.map((arg) => emitter.compile(arg));
  const values = args.map((arg) => emitter.valueOf(arg));
  return emitter.result(call.type, args, `${emitter.constant(replaceAll)}(${values.join(", ")})`);
}
