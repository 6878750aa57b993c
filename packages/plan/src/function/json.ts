/** JSON_EXISTS, JSON_VALUE, JSON_QUERY and IS JSON. Paths are strict unless they begin with `lax`. */
import { BOOLEAN, type DataType, formatType, MillraceError, STRING } from "@millrace/core";
import type { Expression } from "../expression/expression.ts";
import { JsonDecimal } from "../json/json-decimal.ts";
import { compilePath } from "../json/json-path.ts";
import { isScalar, type JsonValue, parseJson } from "../json/json-value.ts";
import type { Path } from "../json/path-step.ts";
import { PathMiss, readPath } from "../json/read-path.ts";
import { writeJson } from "../json/write-json.ts";
import { coerce, isCharacter } from "../type/coercion.ts";
import { castBetween } from "./cast-value.ts";
import type { Evaluate } from "./evaluate.ts";
import { jsonTextFunctions } from "./json-text.ts";
import { literalText } from "./literal-argument.ts";
import { memoized } from "./memoized.ts";
import { FunctionError, type ScalarFunction } from "./scalar-function.ts";

/** What a path leads to: a value (undefined: nothing), or why it leads nowhere. */
type Found = { readonly value: JsonValue | undefined; readonly isLax: boolean } | { readonly failure: string };

interface ModePath {
  readonly path: Path;
  readonly isLax: boolean;
}

const pathOf = memoized((text): ModePath | SyntaxError => {
  const mode = /^\s*(strict|lax)\s+(.+)$/is.exec(text);
  try {
    return { path: compilePath(mode?.[2] ?? text), isLax: mode?.[1].toLowerCase() === "lax" };
  } catch (error) {
    if (error instanceof SyntaxError) return error;
    throw error;
  }
});

/** Several functions over one document parse it once. */
const documentOf = memoized((text): { readonly root: JsonValue } | SyntaxError => {
  try {
    return { root: parseJson(text, false) };
  } catch (error) {
    if (error instanceof SyntaxError) return error;
    throw error;
  }
});

function find(document: string, path: string): Found {
  const compiled = pathOf(path);
  const parsed = documentOf(document);
  if (parsed instanceof SyntaxError) {
    const isLax = !(compiled instanceof SyntaxError) && compiled.isLax;
    return isLax ? { value: undefined, isLax } : { failure: `it is no JSON: ${parsed.message}` };
  }
  if (compiled instanceof SyntaxError) return { failure: `'${path}' is no path: ${compiled.message}` };
  try {
    const value = readPath(compiled.path, parsed.root, compiled.isLax);
    const isMissing = value === undefined && !compiled.isLax;
    return isMissing ? { failure: `there is nothing at '${path}'` } : { value, isLax: compiled.isLax };
  } catch (error) {
    if (error instanceof PathMiss) return { failure: error.message };
    throw error;
  }
}

function failed(name: string, reason: string): MillraceError {
  return new MillraceError({ code: "EXPRESSION_FAILED", message: `${name}: ${reason}` });
}

/** How a clause `... ON EMPTY` or `... ON ERROR` stands in a call: the action, and for DEFAULT the value. */
type Behavior = "NULL" | "ERROR" | "DEFAULT" | "TRUE" | "FALSE" | "UNKNOWN" | "EMPTY ARRAY" | "EMPTY OBJECT";

export const jsonFunctions: readonly ScalarFunction[] = [
  ...jsonTextFunctions,
  isJson("is json", () => true),
  isJson("is json object", (value) => value instanceof Map),
  isJson("is json array", (value) => Array.isArray(value)),
  isJson("is json scalar", isScalar),
  {
    name: "json_exists",
    signature: "JSON_EXISTS(json, path [TRUE | FALSE | UNKNOWN | ERROR ON ERROR])",
    description: "Whether the path leads to a value other than null; FALSE on an error unless told.",
    constantArgs: [2],
    bind(args) {
      const [document, path, onError] = textArguments(args, 2);
      return { kind: "call", name: "json_exists", args: [document, path, onError], type: BOOLEAN };
    },
    evaluator: ({ args: [, , onError] }) => {
      const behavior = literalText(onError) as Behavior;
      return ([document, path]) => {
        const found = find(document as string, path as string);
        if (!("failure" in found)) return found.value !== undefined && found.value !== null;
        if (behavior === "ERROR") throw failed("JSON_EXISTS", found.failure);
        return behavior === "UNKNOWN" ? null : behavior === "TRUE";
      };
    },
  },
  {
    name: "json_value",
    signature: "JSON_VALUE(json, path [RETURNING type] [NULL | ERROR | DEFAULT value ON EMPTY] [... ON ERROR])",
    description:
      "The scalar that the path leads to, as STRING, BOOLEAN, INT or DOUBLE; NULL if there is none, unless told.",
    seesNull: true,
    constantArgs: [2, 4],
    bind(args) {
      const typed = textArguments(args, 2);
      const [document, path, onEmpty, emptyDefault, onError, errorDefault, returning] = typed;
      const type = returning.type;
      if (!isCharacter(type) && !["boolean", "int", "double"].includes(type.kind))
        throw new FunctionError(`JSON_VALUE returns STRING, BOOLEAN, INT or DOUBLE, not ${formatType(type)}`);
      const defaults = [emptyDefault, errorDefault].map((value) => coerce(value, type));
      return {
        kind: "call",
        name: "json_value",
        args: [document, path, onEmpty, defaults[0], onError, defaults[1]],
        type: { ...type, nullable: true },
      };
    },
    evaluator: ({ args, type }) => jsonValue(literalText(args[2]) as Behavior, literalText(args[4]) as Behavior, type),
  },
  {
    name: "json_query",
    signature:
      "JSON_QUERY(json, path [RETURNING type] [WITHOUT | WITH [CONDITIONAL] ARRAY WRAPPER] [NULL | ERROR | EMPTY ARRAY | EMPTY OBJECT ON EMPTY] [... ON ERROR])",
    description:
      "The object or array that the path leads to, as JSON text or ARRAY<STRING>; NULL if there is none, unless told.",
    constantArgs: [2, 3, 4],
    bind(args) {
      const [document, path, wrapper, onEmpty, onError, returning] = textArguments(args, 2);
      const { type } = returning;
      const isTexts = type.kind === "array" && isCharacter(type.element);
      if (!isCharacter(type) && !isTexts)
        throw new FunctionError(`JSON_QUERY returns STRING or ARRAY<STRING>, not ${formatType(type)}`);
      const behaviors = [onEmpty, onError].map(literalText);
      if (isTexts && behaviors.includes("EMPTY OBJECT")) throw new FunctionError("an EMPTY OBJECT is no ARRAY<STRING>");
      const typed = [document, path, wrapper, onEmpty, onError];
      return { kind: "call", name: "json_query", args: typed, type: { ...type, nullable: true } };
    },
    evaluator: ({ args, type }) => {
      const [wrapper, onEmpty, onError] = args.slice(2).map((arg) => literalText(arg) as string);
      return jsonQuery(wrapper, onEmpty as Behavior, onError as Behavior, type);
    },
  },
];

/** The first `count` arguments as text, the others as they are. */
function textArguments(args: readonly Expression[], count: number): readonly Expression[] {
  return args.map((arg, i) => {
    if (i >= count) return arg;
    if (!isCharacter(arg.type) && arg.type.kind !== "null")
      throw new FunctionError(`a JSON document and its path are texts, not ${formatType(arg.type)}`);
    return coerce(arg, STRING);
  });
}

function isJson(name: string, test: (value: JsonValue) => boolean): ScalarFunction {
  return {
    name,
    signature: `text ${name.toUpperCase()}`,
    description: "Whether the text is (or begins with) JSON of that kind; FALSE for NULL.",
    seesNull: true,
    bind([text]) {
      if (!isCharacter(text.type) && text.type.kind !== "null")
        throw new FunctionError(`IS JSON takes a text, not ${formatType(text.type)}`);
      return { kind: "call", name, args: [coerce(text, STRING)], type: { ...BOOLEAN, nullable: false } };
    },
    evaluator:
      () =>
      ([text]) => {
        if (text === null) return false;
        const parsed = documentOf(text as string);
        return !(parsed instanceof SyntaxError) && test(parsed.root);
      },
  };
}

function jsonValue(onEmpty: Behavior, onError: Behavior, type: DataType): Evaluate {
  const fromText = castBetween(STRING, type);
  return ([document, path, , emptyDefault, , errorDefault], context) => {
    if (document === null || path === null) return null;
    const error = (reason: string) => {
      if (onError === "ERROR") throw failed("JSON_VALUE", reason);
      return onError === "DEFAULT" ? errorDefault : null;
    };
    const found = find(document as string, path as string);
    if ("failure" in found) return error(found.failure);
    const value = found.value ?? null;
    if (value === null || !isScalar(value)) {
      if (!found.isLax) return error(value === null ? "there is null" : "there is no scalar");
      if (onEmpty === "ERROR") throw failed("JSON_VALUE", "there is nothing");
      return onEmpty === "DEFAULT" ? emptyDefault : null;
    }
    if (isCharacter(type)) return fromText?.(scalarText(value) as never, context.timeZone);
    const converted = convertScalar(value, type);
    return converted === undefined ? error(`${scalarText(value)} is no ${formatType(type)}`) : converted;
  };
}

function scalarText(value: JsonValue): string {
  return typeof value === "string" ? value : String(value);
}

/** BOOLEAN, INT or DOUBLE; undefined where the value is none. */
function convertScalar(value: JsonValue, type: DataType): unknown {
  if (type.kind === "boolean") return typeof value === "boolean" ? value : undefined;
  if (type.kind === "int") return typeof value === "number" && value === (value | 0) ? value : undefined;
  if (value instanceof JsonDecimal) return value.value;
  return typeof value === "number" || typeof value === "bigint" ? Number(value) : undefined;
}

function jsonQuery(wrapper: string, onEmpty: Behavior, onError: Behavior, type: DataType): Evaluate {
  const result = (value: JsonValue): unknown => (type.kind === "array" ? textsOf(value) : writeJson(value));
  const behave = (behavior: Behavior, reason: string): unknown => {
    if (behavior === "ERROR") throw failed("JSON_QUERY", reason);
    return behavior === "NULL" ? null : result(behavior === "EMPTY ARRAY" ? [] : new Map());
  };
  return ([document, path]) => {
    const found = find(document as string, path as string);
    if ("failure" in found) return behave(onError, found.failure);
    const { value = null } = found;
    if (value === null) return behave(onEmpty, "there is nothing");
    const wrapped =
      wrapper === "UNCONDITIONAL" || (wrapper === "CONDITIONAL" && !Array.isArray(value)) ? [value] : value;
    if (isScalar(wrapped)) {
      return found.isLax ? behave(onEmpty, "there is a scalar") : behave(onError, "there is a scalar");
    }
    const made = result(wrapped);
    return made === null ? behave(onError, "there is no array") : made;
  };
}

/** The items of an array as texts, objects and arrays as JSON; null for what is no array. */
function textsOf(value: JsonValue): readonly (string | null)[] | null {
  if (!Array.isArray(value)) return null;
  return value.map((item) => (item === null ? null : isScalar(item) ? scalarText(item) : writeJson(item)));
}
