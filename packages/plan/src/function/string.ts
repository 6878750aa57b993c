/** Functions on text. Those that matter for speed work on bytes in generated code. */
import { type DataType, INT, MillraceError, STRING } from "@millrace/core";
import { countCodePoints, encodeUtf8, equalBytes } from "../codegen/text.ts";
import { type CallExpression, type Expression, literal } from "../expression/expression.ts";
import { coerce, isCharacter } from "../type/coercion.ts";
import type { Code, CodeWriter } from "./code-writer.ts";
import { define } from "./define.ts";
import { literalNumber } from "./literal-argument.ts";
import { FunctionError, type ScalarFunction } from "./scalar-function.ts";
import { emitSplitIndex } from "./split-index.ts";
import * as text from "./string-value.ts";

type Emit = NonNullable<ScalarFunction["emit"]>;

export const stringFunctions: readonly ScalarFunction[] = [
  define({
    name: "lower",
    aliases: ["lcase"],
    signature: "LOWER(string)",
    description: "The text in small letters.",
    args: ["string"],
    result: STRING,
    evaluate: ([value]) => (value as string).toLowerCase(),
    emit: emitOnText(([value]) => `${value}.toLowerCase()`),
  }),
  define({
    name: "upper",
    aliases: ["ucase"],
    signature: "UPPER(string)",
    description: "The text in capital letters.",
    args: ["string"],
    result: STRING,
    evaluate: ([value]) => (value as string).toUpperCase(),
    emit: emitOnText(([value]) => `${value}.toUpperCase()`),
  }),
  define({
    name: "char_length",
    aliases: ["character_length", "length"],
    signature: "CHAR_LENGTH(string)",
    description: "Number of characters.",
    args: ["string"],
    result: INT,
    evaluate: ([value]) => text.countCharacters(value as string),
    emit: emitCharLength,
  }),
  define({
    name: "octet_length",
    signature: "OCTET_LENGTH(string)",
    description: "Number of bytes in UTF-8.",
    args: ["string"],
    result: INT,
    evaluate: ([value]) => encodeUtf8(value as string).length,
  }),
  define({
    name: "substring",
    aliases: ["substr"],
    signature: "SUBSTRING(string, start[, length])",
    description: "Characters from `start` (from 1; negative: from the end) on. NULL for a negative length.",
    args: ["string", "integer", "integer"],
    required: 2,
    result: STRING,
    maybeNull: true,
    evaluate: ([value, start, length]) =>
      text.substring(value as string, Number(start), length === undefined ? undefined : Number(length)),
    emit: emitSubstring,
  }),
  define({
    name: "left",
    signature: "LEFT(string, length)",
    description: "The first characters.",
    args: ["string", "integer"],
    result: STRING,
    evaluate: ([value, length]) => text.left(value as string, Number(length)),
    emit: emitLeft,
  }),
  define({
    name: "right",
    signature: "RIGHT(string, length)",
    description: "The last characters.",
    args: ["string", "integer"],
    result: STRING,
    evaluate: ([value, length]) => text.right(value as string, Number(length)),
  }),
  trimming("trim", ["btrim"], "TRIM([BOTH | LEADING | TRAILING] [characters] FROM string)", true, true),
  trimming("ltrim", [], "LTRIM(string[, characters])", true, false),
  trimming("rtrim", [], "RTRIM(string[, characters])", false, true),
  define({
    name: "replace",
    signature: "REPLACE(string, search, replacement)",
    description: "The text with every occurrence of `search` replaced.",
    args: ["string", "string", "string"],
    result: STRING,
    evaluate: ([value, search, by]) => replaceAll(value as string, search as string, by as string),
    emit: emitReplace,
  }),
  concatenation("||", "string || string", false),
  concatenation("concat", "CONCAT(value, ...)", true),
  define({
    name: "concat_ws",
    signature: "CONCAT_WS(separator, string, ...)",
    description: "The texts that are not NULL with the separator between; NULL if the separator is.",
    args: ["string", "string"],
    required: 1,
    variadic: true,
    result: (args) => ({ ...STRING, nullable: args[0].type.nullable }),
    seesNull: true,
    evaluate: ([separator, ...parts]) =>
      separator === null ? null : parts.filter((part) => part !== null).join(separator as string),
  }),
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
    description: "Place of the first occurrence at or behind `from`, from 1; 0 if there is none.",
    args: ["string", "string", "integer"],
    required: 2,
    result: INT,
    evaluate: ([search, value, from]) => text.position(search as string, value as string, Number(from ?? 1)),
  }),
  define({
    name: "instr",
    signature: "INSTR(string, search)",
    description: "Place of the first occurrence, from 1; 0 if there is none.",
    args: ["string", "string"],
    result: INT,
    evaluate: ([value, search]) => text.position(search as string, value as string),
  }),
  padding("lpad", "LPAD(string, length, padding)", true),
  padding("rpad", "RPAD(string, length, padding)", false),
  define({
    name: "repeat",
    signature: "REPEAT(string, times)",
    description: "The text so many times; empty if that is not positive.",
    args: ["string", "integer"],
    result: STRING,
    evaluate: ([value, times]) => repeat(value as string, Number(times)),
  }),
  define({
    name: "reverse",
    signature: "REVERSE(string)",
    description: "The characters in reverse.",
    args: ["string"],
    result: STRING,
    evaluate: ([value]) => text.reverse(value as string),
  }),
  define({
    name: "initcap",
    signature: "INITCAP(string)",
    description: "Each word with a capital first and small letters behind it.",
    args: ["string"],
    result: STRING,
    evaluate: ([value]) => text.initcap(value as string),
  }),
  define({
    name: "overlay",
    signature: "OVERLAY(string PLACING replacement FROM start [FOR length])",
    description: "The text with `length` characters from `start` on replaced.",
    args: ["string", "string", "integer", "integer"],
    required: 3,
    result: STRING,
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
    result: { kind: "array", element: { ...STRING, nullable: false }, nullable: true },
    evaluate: ([value, separator]) =>
      separator === "" ? Array.from(value as string) : (value as string).split(separator as string),
  }),
  define({
    name: "str_to_map",
    signature: "STR_TO_MAP(string[, pair separator, key separator])",
    description: "Text such as 'a=1,b=2' as a map; the separators are ',' and '=' unless given.",
    args: ["string", "string", "string"],
    required: 1,
    result: { kind: "map", key: STRING, value: STRING, nullable: true },
    evaluate: ([value, pairs, keys]) => strToMap(value as string, (pairs ?? ",") as string, (keys ?? "=") as string),
  }),
  define({
    name: "translate",
    aliases: ["translate3"],
    signature: "TRANSLATE(string, from, to)",
    description: "Each character of `from` replaced by the one at its place in `to`, or left out.",
    args: ["string", "string", "string"],
    result: STRING,
    evaluate: ([value, from, to]) => text.translate(value as string, from as string, to as string),
  }),
  define({
    name: "elt",
    signature: "ELT(index, string, ...)",
    description: "The text at the index, from 1; NULL if there is none.",
    args: ["integer", "string"],
    required: 2,
    variadic: true,
    result: STRING,
    maybeNull: true,
    seesNull: true,
    evaluate: ([index, ...parts]) => (index === null ? null : (parts[Number(index) - 1] ?? null)),
  }),
  define({
    name: "ascii",
    signature: "ASCII(string)",
    description: "The first byte in UTF-8, as TINYINT; 0 for the empty text.",
    args: ["string"],
    result: { kind: "tinyint", nullable: true },
    evaluate: ([value]) => (value === "" ? 0 : (encodeUtf8(value as string)[0] << 24) >> 24),
  }),
  define({
    name: "chr",
    aliases: ["char"],
    signature: "CHR(integer)",
    description: "The character of that code, modulo 256; empty for a negative one.",
    args: ["integer"],
    result: STRING,
    evaluate: ([code]) => (Number(code) < 0 ? "" : String.fromCharCode(Number(BigInt(code as number) & 255n))),
  }),
  affix("startswith", "STARTSWITH(string, prefix)", "Whether the text begins with the prefix.", true),
  affix("endswith", "ENDSWITH(string, suffix)", "Whether the text ends with the suffix.", false),
];

function trimming(
  name: string,
  aliases: readonly string[],
  signature: string,
  atStart: boolean,
  atEnd: boolean,
): ScalarFunction {
  return define({
    name,
    aliases,
    signature,
    description: "The text without the given characters (a set; blanks unless given) at its ends.",
    args: ["string", "string"],
    required: 1,
    result: STRING,
    evaluate: ([value, set]) => text.trim(value as string, (set ?? " ") as string, atStart, atEnd),
  });
}

function padding(name: string, signature: string, atStart: boolean): ScalarFunction {
  return define({
    name,
    signature,
    description: "The text cut or filled up to the length. NULL for a negative length or an empty padding.",
    args: ["string", "integer", "string"],
    result: STRING,
    maybeNull: true,
    evaluate: ([value, length, by]) => text.pad(value as string, Number(length), by as string, atStart),
  });
}

function repeat(value: string, times: number): string {
  if (times <= 0) return "";
  if (value.length * times > 1 << 28) {
    throw new MillraceError({
      code: "EXPRESSION_FAILED",
      message: `REPEAT of ${value.length} characters ${times} times is more than a text can hold`,
    });
  }
  return value.repeat(times);
}

/** A replacement function, so that `$&` and the like are taken as they stand. */
function replaceAll(value: string, search: string, by: string): string {
  return value.replaceAll(search, () => by);
}

function strToMap(value: string, pairs: string, keys: string): Map<string, string | null> {
  const map = new Map<string, string | null>();
  if (value === "") return map;
  for (const pair of value.split(pairs)) {
    const at = pair.indexOf(keys);
    if (at < 0) map.set(pair, null);
    else map.set(pair.slice(0, at), pair.slice(at + keys.length));
  }
  return map;
}

/** `||` takes text (and binary) only, CONCAT whatever can be cast to it. */
function concatenation(name: string, signature: string, converts: boolean): ScalarFunction {
  const base = define({
    name,
    signature,
    description: "The texts one behind the other; NULL if one is.",
    args: ["any"],
    variadic: true,
    result: STRING,
    evaluate: (parts) => parts.join(""),
    emit: emitOnText((values) => `(${values.join(" + ")})`),
  });
  return {
    ...base,
    bind(args) {
      if (args.length === 0) throw new FunctionError(`expected ${signature}`);
      if (!args.some((arg) => isCharacter(arg.type) || arg.type.kind === "null") && !converts)
        throw new FunctionError(`'||' needs a text on one side; cast one to STRING`);
      return base.bind(args.map((arg) => (isCharacter(arg.type) ? arg : coerce(arg, STRING))));
    },
  };
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

/** An expression over the strings of the arguments. */
function emitOnText(write: (values: readonly string[]) => string): Emit {
  return (call, emitter) => {
    const args = call.args.map((arg) => emitter.compile(arg));
    return emitter.result(call.type, args, write(args.map((arg) => emitter.valueOf(arg))));
  };
}

function emitReplace(call: CallExpression, emitter: CodeWriter): Code {
  const args = call.args.map((arg) => emitter.compile(arg));
  const values = args.map((arg) => emitter.valueOf(arg));
  return emitter.result(call.type, args, `${emitter.constant(replaceAll)}(${values.join(", ")})`);
}

function emitCharLength(call: CallExpression, emitter: CodeWriter): Code | undefined {
  const arg = emitter.compile(call.args[0]);
  if (arg.view === undefined) return undefined;
  const { bytes, start, end } = arg.view;
  return emitter.result(call.type, [arg], `${emitter.constant(countCodePoints)}(${bytes}, ${start}, ${end})`);
}

/** SUBSTRING with constant start and length: a view into the same bytes. */
function emitSubstring(call: CallExpression, emitter: CodeWriter): Code | undefined {
  const start = literalNumber(call.args[1]);
  const length = call.args.length === 2 ? Number.MAX_SAFE_INTEGER : literalNumber(call.args[2]);
  if (start === undefined || start < 0 || length === undefined || length < 0) return undefined;
  return emitSlice(call.type, call.args[0], Math.max(0, start - 1), length, emitter);
}

function emitLeft(call: CallExpression, emitter: CodeWriter): Code | undefined {
  const length = literalNumber(call.args[1]);
  return length === undefined ? undefined : emitSlice(call.type, call.args[0], 0, Math.max(0, length), emitter);
}

function emitSlice(
  type: DataType,
  input: Expression,
  skip: number,
  length: number,
  emitter: CodeWriter,
): Code | undefined {
  const arg = emitter.compile(input);
  if (arg.view === undefined) return undefined;
  const { bytes, start, end } = arg.view;
  const [from, to] = [emitter.fresh("s"), emitter.fresh("e")];
  const advance = emitter.constant(advanceCodePoints);
  const guard = arg.isNull === "false" ? "" : `if (!${arg.isNull}) `;
  const first = skip === 0 ? start : `${advance}(${bytes}, ${start}, ${end}, ${skip})`;
  const last = length > 0x7fffffff ? end : `${advance}(${bytes}, ${from}, ${end}, ${length})`;
  emitter.line(`${guard}{ ${from} = ${first}; ${to} = ${last}; }`);
  return { type, isNull: arg.isNull, view: { ...arg.view, start: from, end: to } };
}

/** Where the code points behind the next `count` begin. */
function advanceCodePoints(bytes: Uint8Array, start: number, end: number, count: number): number {
  let at = start;
  for (let left = count; left > 0 && at < end; left--) {
    at++;
    while (at < end && (bytes[at] & 0xc0) === 0x80) at++;
  }
  return at;
}
