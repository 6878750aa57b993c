import {
  type ByteWriter,
  type DataType,
  type JsonWriter,
  jsonWriter,
  MillraceError,
  type Schema,
} from "@millrace/core";
import type { RowDialect, WriteValue } from "../column/row-dialect.ts";
import type { CsvRules } from "./csv-options.ts";

const encoder = new TextEncoder();
/** Bytes that numbers, times and base64 are made of: no delimiter for fields that are written without quotes. */
const VALUE_BYTES = /[0-9A-Za-z+\-.:/=]/;
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];
const HASH = 0x23;
/** Letters that mean something else when they are escaped: NUL, line ends and tab. */
const HAS_MEANING = new Uint8Array(256);
for (const byte of encoder.encode("0nrt")) HAS_MEANING[byte] = 1;

/** Rows as lines. Errors: OPTION_INVALID for a delimiter that numbers or times have in them. */
export function csvDialect(rules: CsvRules, schema: Schema): RowDialect {
  const { delimiter, quote } = rules;
  const separator = String.fromCharCode(delimiter);
  const quoteText = quote < 0 ? "" : String.fromCharCode(quote);
  if (VALUE_BYTES.test(separator) || VALUE_BYTES.test(quoteText)) {
    throw new MillraceError({
      code: "OPTION_INVALID",
      message: `format 'csv': '${separator}' stands in numbers or times, so that rows cannot be written with it as 'field-delimiter' or 'quote-character'`,
    });
  }
  const writeText = textWriter(rules);
  return {
    open: "",
    separator,
    close: "",
    label: () => "",
    // A line without a byte is no record.
    nullText: rules.nullLiteral ?? (schema.fields.length === 1 ? quoteText + quoteText : ""),
    omitsNulls: false,
    // Only timestamps have spaces in them.
    quote: separator === " " ? quoteText : "",
    standard: rules.standard,
    scientificDecimals: rules.scientificDecimals,
    writeText,
    nestedWriter: (type, name, out) => nestedWriter(type, name, out, rules, writeText),
  };
}

/** The names of the columns as a line. */
export function headerLine(rules: CsvRules, schema: Schema, out: ByteWriter): void {
  const writeText = textWriter(rules);
  for (const [i, { name }] of schema.fields.entries()) {
    if (i > 0) out.byte(rules.delimiter);
    const bytes = encoder.encode(name);
    writeText(out, bytes, new DataView(bytes.buffer), 0, bytes.length);
  }
  out.byte(0x0a);
}

function textWriter(rules: CsvRules): RowDialect["writeText"] {
  const { delimiter, quote, escaper } = rules;
  const isSpecial = new Uint8Array(256);
  for (const byte of [delimiter, quote, escaper, 0x0a, 0x0d]) if (byte >= 0) isSpecial[byte] = 1;
  const nullLiteral = encoder.encode(rules.nullLiteral ?? "");
  const needsQuotes = (source: Uint8Array, start: number, end: number): boolean => {
    if (end - start === nullLiteral.length && startsWith(source, start, nullLiteral)) return true;
    if (source[start] === HASH && rules.allowComments) return true;
    for (let at = start; at < end; at++) if (isSpecial[source[at]] === 1) return true;
    return end - start >= 3 && startsWith(source, start, BYTE_ORDER_MARK);
  };
  if (quote < 0) {
    return (out, source, _view, start, end) => {
      if (start < end && needsQuotes(source, start, end)) writeEscaped(out, source, start, end, rules, isSpecial);
      else out.raw(source.subarray(start, end));
    };
  }
  // What stands in front of a quote inside: an escape where there is one, as Flink writes it, else another quote.
  const mark = escaper >= 0 ? escaper : quote;
  const mayBeSpecial = isSpecial.slice();
  for (const byte of [HASH, BYTE_ORDER_MARK[0], nullLiteral[0] ?? 0]) mayBeSpecial[byte] = 1;
  return (out, source, _view, start, end) => {
    out.reserve(2 * (end - start) + 2);
    const { bytes } = out;
    let at = out.size;
    // Most texts are plain: they are copied as they are looked at.
    let plain = start;
    while (plain < end && mayBeSpecial[source[plain]] === 0) bytes[at++] = source[plain++];
    if (plain === end ? start < end : !needsQuotes(source, start, end)) {
      if (plain < end) bytes.set(source.subarray(plain, end), at);
      out.size += end - start;
      return;
    }
    at = out.size;
    bytes[at++] = quote;
    for (let from = start; from < end; from++) {
      const byte = source[from];
      if (byte === quote || byte === escaper) bytes[at++] = mark;
      bytes[at++] = byte;
    }
    bytes[at++] = quote;
    out.size = at;
  };
}

/** Without quotes only escapes keep delimiters from ending a field. Errors: DATA_INVALID if there are none either. */
function writeEscaped(
  out: ByteWriter,
  source: Uint8Array,
  start: number,
  end: number,
  { escaper }: CsvRules,
  isSpecial: Uint8Array,
): void {
  if (escaper < 0) {
    throw new MillraceError({
      code: "DATA_INVALID",
      message: `format 'csv': a text with a delimiter or line end, or of NULL, cannot be written without quotes; leave out 'disable-quote-character' or set 'escape-character'`,
    });
  }
  // One byte is escaped in any case: the text may be that of NULL, or begin as a comment does.
  let forced = start;
  while (forced < end && HAS_MEANING[source[forced]] === 1) forced++;
  for (let from = start; from < end; from++) {
    const byte = source[from];
    if (isSpecial[byte] === 1 || from === forced) out.byte(escaper);
    out.byte(byte === 0x0a ? 0x6e : byte === 0x0d ? 0x72 : byte);
  }
}

function startsWith(source: Uint8Array, start: number, bytes: ArrayLike<number>): boolean {
  for (let i = 0; i < bytes.length; i++) if (source[start + i] !== bytes[i]) return false;
  return true;
}

/** A ROW or an ARRAY of scalars: their texts with the delimiter of elements between. */
function nestedWriter(
  type: DataType,
  name: string,
  out: ByteWriter,
  rules: CsvRules,
  writeText: RowDialect["writeText"],
): WriteValue {
  const writers = type.kind === "row" ? type.fields.map((field) => cellWriter(field.type, rules)) : null;
  const element = type.kind === "array" ? cellWriter(type.element, rules) : null;
  const delimiter = rules.elementDelimiter;
  return (value) => {
    const cells = (value as readonly unknown[]).map((item, i) => (element ?? writers![i])(item));
    if (cells.some((cell) => cell.includes(delimiter))) {
      throw new MillraceError({
        code: "DATA_INVALID",
        message: `field '${name}': an element has '${delimiter}' in it, which stands between elements; set another 'array-element-delimiter'`,
      });
    }
    const bytes = encoder.encode(cells.join(delimiter));
    writeText(out, bytes, new DataView(bytes.buffer), 0, bytes.length);
  };
}

function cellWriter(type: DataType, rules: CsvRules): JsonWriter {
  const nullText = rules.nullLiteral ?? "";
  if (type.kind === "char" || type.kind === "varchar") return (value) => (value === null ? nullText : String(value));
  const write = jsonWriter(type, {
    standard: rules.standard,
    scientificDecimals: rules.scientificDecimals,
    omitsNulls: false,
    nullKey: "fail",
  });
  return (value) => (value === null ? nullText : write(value).replaceAll('"', ""));
}
