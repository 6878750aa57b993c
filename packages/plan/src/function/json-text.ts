/** Values as JSON text: JSON_OBJECT, JSON_ARRAY, JSON_STRING, JSON_QUOTE, JSON_UNQUOTE. */
import { type DataType, formatDecimal, formatTimestamp, formatType, MillraceError, STRING } from "@millrace/core";
import { type Expression, literal } from "../expression/expression.ts";
import { JsonDecimal } from "../json/json-decimal.ts";
import { type JsonObject, type JsonValue, parseJson } from "../json/json-value.ts";
import { quoteJson, writeJson } from "../json/write-json.ts";
import { isCharacter } from "../type/coercion.ts";
import { encodeBase64 } from "./byte-text.ts";
import { formatDouble } from "./cast-value.ts";
import { define } from "./define.ts";
import { literalText } from "./literal-argument.ts";
import { FunctionError, nullableOf, type ScalarFunction } from "./scalar-function.ts";

/** Converts one value that is not NULL. */
type ToJson = (value: unknown) => JsonValue;

export const jsonTextFunctions: readonly ScalarFunction[] = [
  {
    name: "json_object",
    signature: "JSON_OBJECT([key: value, ...] [NULL | ABSENT ON NULL])",
    description: "A JSON object of keys and values, which JSON functions give as JSON; NULLs are null unless ABSENT.",
    seesNull: true,
    constantArgs: [0],
    bind(args) {
      const [onNull, ...entries] = args;
      const values: Expression[] = [];
      entries.forEach((each, i) => {
        if (i % 2 === 1) values.push(each);
        else if (!isCharacter(each.type) || each.type.nullable)
          throw new FunctionError(`a key of JSON_OBJECT is a text that is not NULL, not ${formatType(each.type)}`);
      });
      return boundWithForms("json_object", onNull, entries, values);
    },
    evaluator: ({ args: [forms, ...entries] }) => {
      const { isAbsent, convert } = conversions(
        forms,
        entries.filter((_, i) => i % 2 === 1),
      );
      return ([, ...values]) => {
        const object: JsonObject = new Map();
        for (let i = 0; i < values.length; i += 2) {
          const value = values[i + 1];
          if (value !== null) object.set(values[i] as string, convert[(i / 2) | 0](value));
          else if (!isAbsent) object.set(values[i] as string, null);
        }
        return writeJson(object);
      };
    },
  },
  {
    name: "json_array",
    signature: "JSON_ARRAY([value, ...] [NULL | ABSENT ON NULL])",
    description: "A JSON array of values, which JSON functions give as JSON; NULLs are left out unless NULL ON NULL.",
    seesNull: true,
    constantArgs: [0],
    bind: ([onNull, ...values]) => boundWithForms("json_array", onNull, values, values),
    evaluator: ({ args: [forms, ...items] }) => {
      const { isAbsent, convert } = conversions(forms, items);
      return ([, ...values]) =>
        writeJson(values.flatMap((value, i) => (value !== null ? [convert[i](value)] : isAbsent ? [] : [null])));
    },
  },
  {
    name: "json_string",
    signature: "JSON_STRING(value)",
    description: "The value as JSON.",
    bind(args) {
      if (args.length !== 1) throw new FunctionError("expected JSON_STRING(value)");
      converterOf(args[0].type);
      return { kind: "call", name: "json_string", args, type: { ...STRING, nullable: nullableOf(args) } };
    },
    evaluator: ({ args }) => {
      const convert = converterOf(args[0].type);
      return ([value]) => writeJson(convert(value));
    },
  },
  {
    name: "json",
    signature: "JSON(string)",
    description: "Text that is JSON already, for a value of JSON_OBJECT or JSON_ARRAY. Fails for text that is none.",
    bind(args) {
      if (args.length !== 1 || !(isCharacter(args[0].type) || args[0].type.kind === "null"))
        throw new FunctionError("expected JSON(string)");
      return { kind: "call", name: "json", args, type: { ...STRING, nullable: nullableOf(args) } };
    },
    evaluator:
      () =>
      ([text]) =>
        writeJson(asJson(text)),
  },
  define({
    name: "json_quote",
    signature: "JSON_QUOTE(string)",
    description: "The text as a JSON string, in ASCII.",
    args: ["string"],
    result: STRING,
    evaluate: ([text]) =>
      quoteJson(text as string)
        .replaceAll("/", "\\/")
        .replace(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`),
  }),
  define({
    name: "json_unquote",
    signature: "JSON_UNQUOTE(string)",
    description: "The text of a JSON string; what is none stays as it is.",
    args: ["string"],
    result: STRING,
    evaluate: ([text]) => unquote(text as string),
  }),
];

function unquote(text: string): string {
  if (text.length < 2 || !text.startsWith('"') || !text.endsWith('"')) return text;
  try {
    parseJson(text, false);
  } catch (error) {
    if (error instanceof SyntaxError) return text;
    throw error;
  }
  return text
    .slice(1, -1)
    .replace(/\\(?:u([0-9a-fA-F]{4})|(.))/gs, (_, code: string | undefined, escaped: string) =>
      code === undefined ? (simpleEscapes[escaped] ?? escaped) : String.fromCharCode(Number.parseInt(code, 16)),
    );
}

const simpleEscapes: Readonly<Record<string, string>> = { b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" };

/** The expression as JSON text: itself if a JSON function gives it, else JSON_STRING of it. */
export function jsonOf(value: Expression): Expression {
  if (value.kind === "call" && jsonGivers.has(value.name)) return value;
  converterOf(value.type);
  return { kind: "call", name: "json_string", args: [value], type: { ...STRING, nullable: value.type.nullable } };
}

const jsonGivers = new Set(["json_object", "json_array", "json"]);

/**
 * A call whose first argument says what becomes of NULLs and which values are JSON already (`j`): what other JSON functions
 * give, which could not be told from text once they are folded.
 */
function boundWithForms(
  name: string,
  onNull: Expression,
  args: readonly Expression[],
  values: readonly Expression[],
): Expression {
  const forms = values.map((value) => {
    if (value.kind === "call" && jsonGivers.has(value.name)) return "j";
    converterOf(value.type);
    return "v";
  });
  const text = `${literalText(onNull)} ${forms.join("")}`;
  const first = literal(text, { kind: "char", length: text.length, nullable: false });
  return { kind: "call", name, args: [first, ...args], type: { ...STRING, nullable: false } };
}

function conversions(forms: Expression, values: readonly Expression[]) {
  const [onNull, letters] = (literalText(forms) ?? "").split(" ");
  const convert = values.map((value, i): ToJson => (letters[i] === "j" ? asJson : converterOf(value.type)));
  return { isAbsent: onNull === "ABSENT", convert };
}

function asJson(text: unknown): JsonValue {
  try {
    return parseJson(text as string, true);
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    throw new MillraceError({ code: "EXPRESSION_FAILED", message: `'${String(text)}' is no JSON`, cause });
  }
}

function converterOf(type: DataType): ToJson {
  switch (type.kind) {
    case "decimal":
      return (value) => new JsonDecimal(formatDecimal(value as number | bigint, type.scale));
    case "float":
    case "double":
      return (value) => {
        const text = formatDouble(value as number);
        return Number.isFinite(value) ? new JsonDecimal(text) : text;
      };
    case "variant":
      return asJson;
    case "binary":
    case "varbinary":
      return (value) => encodeBase64(value as Uint8Array);
    case "timestamp":
      return (value) => isoTime(value as number);
    case "timestamp_ltz":
      return (value) => `${isoTime(value as number)}Z`;
    case "array": {
      const convert = converterOf(type.element);
      return (value) => (value as unknown[]).map((each) => (each === null ? null : convert(each)));
    }
    case "map":
    case "multiset":
      return mapConverter(type);
    case "row": {
      const fields = type.fields.map((field) => [field.name, converterOf(field.type)] as const);
      return (value) =>
        new Map(
          fields.map(([name, convert], i) => {
            const field = (value as unknown[])[i];
            return [name, field === null ? null : convert(field)];
          }),
        );
    }
    case "date":
    case "time":
    case "interval_day_time":
    case "interval_year_month":
    case "value":
      throw new FunctionError(`${formatType(type)} cannot be written as JSON; cast it to STRING`);
    default:
      return (value) => value as string | number | bigint | boolean;
  }
}

function mapConverter(type: DataType & { kind: "map" | "multiset" }): ToJson {
  const [key, item]: readonly [DataType, DataType] =
    type.kind === "map" ? [type.key, type.value] : [type.element, { kind: "int", nullable: false }];
  if (!isCharacter(key)) throw new FunctionError(`JSON has texts for keys, not ${formatType(key)}; cast the map`);
  const convert = converterOf(item);
  return (value) =>
    new Map([...(value as Map<string, unknown>)].map(([name, each]) => [name, each === null ? null : convert(each)]));
}

/** With as many digits of the fraction as there are. */
function isoTime(ms: number): string {
  const text = formatTimestamp(ms, 6).replace(" ", "T");
  return text.replace(/\.?0+$/, (zeros) => (text.at(-7) === "." && zeros.length <= 7 ? "" : zeros));
}
