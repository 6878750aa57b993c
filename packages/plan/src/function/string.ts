/** Functions on text. Those that matter for speed work on bytes in generated code. */
import { type DataType, INT, MillraceError, STRING } from "@millrace/core";
import { countCodePoints, encodeUtf8 } from "../codegen/text.ts";
import type { CallExpression, Expression } from "../expression/expression.ts";
import type { Code, CodeWriter } from "./code-writer.ts";
import { define, type FunctionDefinition } from "./define.ts";
import { literalNumber } from "./literal-argument.ts";
import { printf } from "./printf.ts";
import { nullableOf, type ScalarFunction } from "./scalar-function.ts";
import * as text from "./string-value.ts";
import { lengthOf, varyingText } from "./text-type.ts";

type Emit = NonNullable<ScalarFunction["emit"]>;

/** The argument's own type. */
const sameType: FunctionDefinition["result"] = ([value]) => value.type;
/** A text at most as long as the argument. */
const shortened: FunctionDefinition["result"] = ([value]) => varyingText(lengthOf(value.type));

export const stringFunctions: readonly ScalarFunction[] = [
  define({
    name: "lower",
    signature: "LOWER(string)",
    description: "The text in small letters.",
    args: ["string"],
    result: sameType,
    evaluate: ([value]) => (value as string).toLowerCase(),
    emit: emitOnText(([value]) => `${value}.toLowerCase()`),
  }),
  define({
    name: "upper",
    signature: "UPPER(string)",
    description: "The text in capital letters.",
    args: ["string"],
    result: sameType,
    evaluate: ([value]) => (value as string).toUpperCase(),
    emit: emitOnText(([value]) => `${value}.toUpperCase()`),
  }),
  define({
    name: "char_length",
    aliases: ["character_length"],
    signature: "CHAR_LENGTH(string)",
    description: "Number of characters.",
    args: ["string"],
    result: INT,
    evaluate: ([value]) => text.countCharacters(value as string),
    emit: emitCharLength,
  }),
  define({
    name: "substring",
    aliases: ["substr"],
    signature: "SUBSTRING(string, start[, length])",
    description: "Characters from `start` (from 1; negative: from the end) on. NULL for a negative length.",
    args: ["string", "integer", "integer"],
    required: 2,
    result: shortened,
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
    result: shortened,
    maybeNull: true,
    evaluate: ([value, length]) => text.left(value as string, Number(length)),
    emit: emitLeft,
  }),
  define({
    name: "right",
    signature: "RIGHT(string, length)",
    description: "The last characters.",
    args: ["string", "integer"],
    result: shortened,
    maybeNull: true,
    evaluate: ([value, length]) => text.right(value as string, Number(length)),
  }),
  trimming("trim", "TRIM([BOTH | LEADING | TRAILING] [characters] FROM string)", shortened, true, true),
  trimming("ltrim", "LTRIM(string[, characters])", shortened, true, false),
  trimming("rtrim", "RTRIM(string[, characters])", shortened, false, true),
  trimming("btrim", "BTRIM(string[, characters])", STRING, true, true),
  concatenation("||", "string || string", 2),
  concatenation("concat", "CONCAT(string, ...)", 1),
  define({
    name: "concat_ws",
    signature: "CONCAT_WS(separator, string, ...)",
    description: "The texts that are not NULL with the separator between; NULL if the separator is.",
    args: ["string", "string"],
    required: 1,
    variadic: true,
    result: (args) => ({ ...STRING, nullable: nullableOf(args) }),
    seesNull: true,
    evaluate: ([separator, ...parts]) =>
      separator === null ? null : parts.filter((part) => part !== null).join(separator as string),
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
    maybeNull: true,
    evaluate: ([value]) => text.reverse(value as string),
  }),
  define({
    name: "initcap",
    signature: "INITCAP(string)",
    description: "Each word with a capital first and small letters behind it.",
    args: ["string"],
    result: sameType,
    evaluate: ([value]) => text.initcap(value as string),
  }),
  printfFunction(),
  define({
    name: "ascii",
    signature: "ASCII(string)",
    description: "The first byte in UTF-8 as a signed number; 0 for the empty text.",
    args: ["string"],
    result: INT,
    evaluate: ([value]) => (value === "" ? 0 : (encodeUtf8(value as string)[0] << 24) >> 24),
  }),
  define({
    name: "chr",
    aliases: ["char"],
    signature: "CHR(integer)",
    description: "The character of that code, modulo 256; empty for a negative one.",
    args: ["integer"],
    result: STRING,
    maybeNull: true,
    evaluate: ([code]) => (Number(code) < 0 ? "" : String.fromCharCode(Number(BigInt(code as number) & 255n))),
  }),
];

function printfFunction(): ScalarFunction {
  return define({
    name: "printf",
    signature: "PRINTF(pattern, value, ...)",
    description:
      "The pattern of java.util.Formatter filled with the values; NULL if it is malformed or a value does not fit.",
    args: ["string", "any"],
    required: 1,
    variadic: true,
    result: STRING,
    seesNull: true,
    evaluateFor: ({ args }) => {
      const types = args.slice(1).map((arg) => arg.type);
      return ([pattern, ...values]) => (pattern === null ? null : printf(pattern as string, values, types));
    },
  });
}

function trimming(
  name: string,
  signature: string,
  result: FunctionDefinition["result"],
  atStart: boolean,
  atEnd: boolean,
): ScalarFunction {
  return define({
    name,
    signature,
    description: "The text without the given characters (a set; blanks unless given) at its ends.",
    args: ["string", "string"],
    required: 1,
    result,
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

/** `||` keeps the lengths of its sides, CONCAT does not. */
function concatenation(name: string, signature: string, required: number): ScalarFunction {
  return define({
    name,
    signature,
    description: "The texts one behind the other; NULL if one is.",
    args: ["string"],
    required,
    variadic: true,
    result: (args) => (name === "||" ? joinedType(args) : STRING),
    evaluate: (parts) => parts.join(""),
    emit: emitOnText((values) => `(${values.join(" + ")})`),
  });
}

function joinedType(args: readonly Expression[]): DataType {
  const length = args.reduce((sum, arg) => sum + lengthOf(arg.type), 0);
  const isFixed = args.every((arg) => arg.type.kind === "char");
  return isFixed ? { kind: "char", length, nullable: true } : varyingText(length);
}

/** An expression over the strings of the arguments. */
function emitOnText(write: (values: readonly string[]) => string): Emit {
  return (call, emitter) => {
    const args = call.args.map((arg) => emitter.compile(arg));
    return emitter.result(call.type, args, write(args.map((arg) => emitter.valueOf(arg))));
  };
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
