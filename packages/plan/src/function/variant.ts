/**
 * VARIANT: JSON as a value. It is held as text with sorted keys and numbers as Flink shows them, so that equal values are equal texts;
 * to look into it is to parse it.
 */
import { formatType, MillraceError, VARIANT } from "@millrace/core";
import { JsonDecimal } from "../json/json-decimal.ts";
import { type JsonValue, parseJson } from "../json/json-value.ts";
import { quoteJson } from "../json/write-json.ts";
import { formatDouble } from "./cast-value.ts";
import { define } from "./define.ts";
import type { Evaluate } from "./evaluate.ts";
import { FunctionError, type nullableOf, type ScalarFunction, typesText } from "./scalar-function.ts";

/** More digits than DECIMAL has: a double. */
const MAX_DIGITS = 38;

export const variantFunctions: readonly ScalarFunction[] = [
  parsing("parse_json", "Fails for text that is none.", (text, distinct) => {
    try {
      return variantOf(text, distinct);
    } catch (cause) {
      if (!(cause instanceof SyntaxError)) throw cause;
      const message = `PARSE_JSON: '${text}' is no JSON: ${cause.message}`;
      throw new MillraceError({ code: "EXPRESSION_FAILED", message, cause });
    }
  }),
  parsing("try_parse_json", "NULL for text that is none.", (text, distinct) => {
    try {
      return variantOf(text, distinct);
    } catch (error) {
      if (error instanceof SyntaxError) return null;
      throw error;
    }
  }),
];

function parsing(
  name: string,
  otherwise: string,
  parse: (text: string, distinct: boolean) => string | null,
): ScalarFunction {
  const isSafe = name.startsWith("try");
  const definition = define({
    name,
    signature: `${name.toUpperCase()}(text[, allow duplicate keys])`,
    description: `JSON text as a VARIANT, of equal keys the last if they are allowed (FALSE unless given). ${otherwise}`,
    args: ["string", "boolean"],
    required: 1,
    result: VARIANT,
    maybeNull: isSafe,
    evaluate: ([text, allowed = false]) => parse(text as string, allowed !== true),
  });
  return definition;
}

function variantOf(text: string, distinct: boolean): string {
  return written(parseJson(text, false, distinct), numberOf);
}

/** `variant[key]` and `variant[index]`: NULL where there is nothing; fails if it is no object, or no array. */
export function bindVariantItem(args: readonly [container: ScalarArgument, key: ScalarArgument]): typeof VARIANT {
  const { kind } = args[1].type;
  if (!["char", "varchar", "tinyint", "smallint", "int", "bigint"].includes(kind))
    throw new FunctionError(
      `a VARIANT has elements by text and by integer, not by ${typesText([...args], formatType)}`,
    );
  return { ...VARIANT, nullable: true };
}

type ScalarArgument = Parameters<typeof nullableOf>[0][number];

export const variantItem: Evaluate = ([variant, key]) => {
  const value = parseJson(variant as string, true);
  const isText = typeof key === "string";
  const fits = isText ? value instanceof Map : Array.isArray(value);
  if (!fits) {
    const kind = isText ? "an object" : "an array";
    throw new MillraceError({ code: "EXPRESSION_FAILED", message: `the VARIANT ${variant as string} is not ${kind}` });
  }
  const element = isText ? (value as Map<string, JsonValue>).get(key) : (value as JsonValue[])[Number(key) - 1];
  return element === undefined ? null : written(element, (number) => number.source);
};

/** A number with a point is a decimal without zeros at its end, one with an exponent a double as Java writes it. */
function numberOf(number: JsonDecimal): string {
  const { source } = number;
  const isDouble = /[eE]/.test(source) || source.replace(/\D/g, "").length > MAX_DIGITS;
  if (isDouble) return formatDouble(number.value);
  const text = source.replace(/\.?0+$/, "");
  return text === "-0" ? "0" : text;
}

function written(value: JsonValue, number: (value: JsonDecimal) => string): string {
  if (typeof value === "string") return quoteJson(value);
  if (Array.isArray(value)) return `[${value.map((each) => written(each, number)).join(",")}]`;
  if (value instanceof Map) {
    const keys = [...value.keys()].sort();
    return `{${keys.map((key) => `${quoteJson(key)}:${written(value.get(key) ?? null, number)}`).join(",")}}`;
  }
  return value instanceof JsonDecimal ? number(value) : String(value);
}
