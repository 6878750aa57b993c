import { MillraceError, type OptionSchema, type OptionValues } from "@millrace/core";
import type { TimestampStandard } from "../text/time-text.ts";

export const csvOptionSchema: OptionSchema = {
  "field-delimiter": {
    type: "string",
    default: ",",
    description: "Between two fields: one ASCII character, or an escape such as '\\t' or '\\u0001'.",
  },
  "quote-character": {
    type: "string",
    default: '"',
    description: "Around fields with delimiters or line ends in them: one ASCII character. Inside it is doubled.",
  },
  "disable-quote-character": {
    type: "boolean",
    default: "false",
    description: "Take quotes as part of the text.",
  },
  "escape-character": {
    type: "string",
    description:
      "Takes the meaning from the character behind it: one ASCII character, such as '\\\\'. Escaped 0, n, r and t are NUL and the line ends and tab. None by default.",
  },
  "null-literal": {
    type: "string",
    description:
      "The text of NULL, outside quotes. Without it an empty field is NULL, in columns of text the empty string, and NULL is written as an empty field.",
  },
  "ignore-parse-errors": {
    type: "boolean",
    default: "false",
    description:
      "Read fields that do not convert or are missing as NULL. Records that are damaged as a whole are skipped, unless 'bad-records' says otherwise.",
  },
  "allow-comments": {
    type: "boolean",
    default: "false",
    description: "Leave out lines that begin with '#'.",
  },
  "array-element-delimiter": {
    type: "string",
    default: ";",
    description: "Between the elements of an ARRAY and the fields of a ROW.",
  },
  header: {
    type: "boolean",
    default: "false",
    description:
      "Whether the first line of each file names its columns. Reading, columns are then found by name, in any order, and further ones are left out; writing, the line is written.",
  },
  "timestamp-format.standard": {
    type: "enum",
    values: ["SQL", "ISO-8601"],
    default: "SQL",
    description: "How timestamps are written: 'yyyy-MM-dd HH:mm:ss.fff' (SQL) or 'yyyy-MM-ddTHH:mm:ss.fff' (ISO-8601).",
  },
  "write-bigdecimal-in-scientific-notation": {
    type: "boolean",
    default: "false",
    description: "Writing: DECIMAL as Flink writes it by default, 2.7E-8, without trailing zeros; false: 0.000000027.",
  },
};

/** The rules of one table's files. Characters are bytes; -1 = there is none. */
export interface CsvRules {
  readonly delimiter: number;
  readonly quote: number;
  readonly escaper: number;
  readonly nullLiteral: string | null;
  readonly ignoreParseErrors: boolean;
  readonly allowComments: boolean;
  readonly elementDelimiter: string;
  readonly hasHeader: boolean;
  readonly standard: TimestampStandard;
  readonly scientificDecimals: boolean;
}

/** Errors: OPTION_INVALID. */
export function csvRules(values: OptionValues): CsvRules {
  const delimiter = character(values, "field-delimiter");
  const quote = values["disable-quote-character"] === true ? -1 : character(values, "quote-character");
  const escaper = values["escape-character"] === undefined ? -1 : character(values, "escape-character");
  const nullLiteral = (values["null-literal"] as string | undefined) ?? null;
  const elementDelimiter = unescapeJava(values["array-element-delimiter"] as string);
  if (new Set([delimiter, quote, escaper]).size < 3 && !(quote === -1 && escaper === -1)) {
    throw invalid("'field-delimiter', 'quote-character' and 'escape-character' must differ");
  }
  if (elementDelimiter === "") throw invalid("'array-element-delimiter' must not be empty");
  if (nullLiteral !== null) {
    const special = [delimiter, quote, escaper, 10, 13].filter((byte) => byte >= 0);
    if (special.some((byte) => nullLiteral.includes(String.fromCharCode(byte)))) {
      throw invalid("'null-literal' must not have a delimiter, quote, escape or line end in it");
    }
  }
  return {
    delimiter,
    quote,
    escaper,
    nullLiteral,
    ignoreParseErrors: values["ignore-parse-errors"] === true,
    allowComments: values["allow-comments"] === true,
    elementDelimiter,
    hasHeader: values.header === true,
    standard: values["timestamp-format.standard"] === "ISO-8601" ? "iso" : "sql",
    scientificDecimals: values["write-bigdecimal-in-scientific-notation"] === true,
  };
}

function character(values: OptionValues, name: string): number {
  const text = unescapeJava(values[name] as string);
  const code = text.charCodeAt(0);
  if (text.length === 1 && code < 0x80 && code !== 10 && code !== 13) return code;
  throw invalid(`'${name}' = '${values[name]}' must be one ASCII character that ends no line`);
}

const ESCAPES: { readonly [letter: string]: string } = { t: "\t", n: "\n", r: "\r", b: "\b", f: "\f", "0": "\0" };

/** '\t' and '\u0001' as the characters they stand for, as Flink takes these options. */
function unescapeJava(text: string): string {
  if (text.length < 2) return text;
  return text.replace(/\\(?:u([0-9a-fA-F]{4})|(.))/gs, (_, code: string | undefined, letter: string) =>
    code === undefined ? (ESCAPES[letter] ?? letter) : String.fromCharCode(Number.parseInt(code, 16)),
  );
}

function invalid(reason: string): MillraceError {
  return new MillraceError({ code: "OPTION_INVALID", message: `format 'csv': ${reason}` });
}
