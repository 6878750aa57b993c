/** The contents of one requested field into its column. */
import type { DataType, ReadField, Schema } from "@millrace/core";
import { ColumnWriter, singleValue } from "../column/column-writer.ts";
import { Conversion, conversionReason, convertText } from "../column/convert-text.ts";
import { quoteBytes } from "../text/utf8.ts";
import type { CsvRules } from "./csv-options.ts";
import { ESCAPED } from "./csv-scanner.ts";
import { unescapeField } from "./unescape-field.ts";

export class FieldReader {
  readonly column: ColumnWriter;
  /** The table's column, of which the field may be one element. */
  readonly columnName: string;
  readonly #rules: CsvRules;
  readonly #isText: boolean;
  readonly #nullLiteral: Uint8Array | null;
  readonly #elementDelimiter: Uint8Array;
  /** Which field of the ROW; -1 = the whole column. */
  readonly #element: number;
  /** One per element type, with room for one value. */
  readonly #scratch: readonly ColumnWriter[];
  #text = new Uint8Array(64);
  /** What `read` looked at last, for its reason. */
  #source: Uint8Array = this.#text;
  #from = 0;
  #to = 0;
  #failed: ColumnWriter;
  #expected = "";

  constructor(field: ReadField, schema: Schema, rules: CsvRules) {
    const [columnName, elementName] = field.path;
    const whole = schema.fields.find(({ name }) => name === columnName)?.type;
    this.column = new ColumnWriter(field.type, field.path.join("."), rules.standard);
    this.columnName = columnName;
    this.#rules = rules;
    this.#isText = isText(field.type);
    const encoder = new TextEncoder();
    this.#nullLiteral = rules.nullLiteral === null ? null : encoder.encode(rules.nullLiteral);
    this.#elementDelimiter = encoder.encode(rules.elementDelimiter);
    this.#element =
      elementName === undefined || whole?.kind !== "row"
        ? -1
        : whole.fields.findIndex(({ name }) => name === elementName);
    const { type } = field;
    const elements =
      type.kind === "row" ? type.fields : type.kind === "array" ? [{ name: "", type: type.element }] : [];
    this.#scratch = elements.map(({ name, type: elementType }) => {
      const path = name === "" ? field.path : [...field.path, name];
      return new ColumnWriter(elementType, path.join("."), rules.standard, 1);
    });
    this.#failed = this.column;
  }

  /** Reads the field `bytes[start, end)` into a row; false if it is not of the type. */
  read(bytes: Uint8Array, start: number, end: number, flags: number, row: number): boolean {
    const { column } = this;
    let source = bytes;
    let from = start;
    let to = end;
    if ((flags & ESCAPED) !== 0) {
      if (this.#text.length < end - start) this.#text = new Uint8Array(2 * (end - start));
      source = this.#text;
      to = unescapeField(bytes, start, end, flags, this.#rules.quote, this.#rules.escaper, source, 0);
      from = 0;
    }
    if (flags === 0 ? this.#isNull(source, from, to, this.#isText) : from === to && this.#isEmptyNull()) {
      column.setNull(row);
      return true;
    }
    if (this.#element >= 0) {
      for (let skipped = 0; skipped < this.#element; skipped++) {
        from = this.#elementEnd(source, from, to) + this.#elementDelimiter.length;
        if (from > to) return this.#fail(column, source, start, end, "a ROW");
      }
      to = this.#elementEnd(source, from, to);
      if (this.#isNull(source, from, to, this.#isText)) {
        column.setNull(row);
        return true;
      }
    }
    if (column.kind === "value") return this.#readNested(source, from, to, row);
    if (this.#isText) {
      if (source === bytes) {
        column.starts[row] = from;
        column.ends[row] = to;
      } else {
        const side = column.beginSide(to - from);
        side.set(source.subarray(from, to), column.sideSize);
        column.endSide(row, column.sideSize + to - from);
      }
      return true;
    }
    const conversion = convertText(column, source, from, to, row);
    if (conversion === Conversion.failed) return this.#fail(column, source, from, to, "");
    if (conversion === Conversion.isNull) column.setNull(row);
    return true;
  }

  /** Why the last `read` gave false. */
  reason(): string {
    if (this.#expected === "") return conversionReason(this.#failed, this.#source, this.#from, this.#to);
    return `field '${this.#failed.name}': ${quoteBytes(this.#source, this.#from, this.#to)} is not ${this.#expected}`;
  }

  /** Whether plain text is NULL: the literal, or without one an empty field of another type than text. */
  #isNull(source: Uint8Array, from: number, to: number, isText: boolean): boolean {
    const literal = this.#nullLiteral;
    if (literal === null) return from === to && !isText;
    if (literal.length !== to - from) return false;
    for (let i = 0; i < literal.length; i++) if (source[from + i] !== literal[i]) return false;
    return true;
  }

  /** Whether "" is NULL: for scalars that have no empty text. An ARRAY then is empty. */
  #isEmptyNull(): boolean {
    return this.#nullLiteral === null && !this.#isText && this.column.kind !== "value";
  }

  #readNested(source: Uint8Array, from: number, to: number, row: number): boolean {
    const { type } = this.column;
    const values: unknown[] = [];
    const step = this.#elementDelimiter.length;
    const isArray = type.kind === "array";
    if (!isArray || from < to) {
      for (let at = from; at <= to; ) {
        const end = this.#elementEnd(source, at, to);
        const scratch = this.#scratch[isArray ? 0 : values.length];
        if (scratch === undefined) return this.#fail(this.column, source, from, to, this.#rowText());
        if (this.#isNull(source, at, end, isText(scratch.type))) values.push(null);
        else {
          scratch.reset();
          const conversion = convertText(scratch, source, at, end, 0);
          if (conversion === Conversion.failed) return this.#fail(scratch, source, at, end, "");
          values.push(conversion === Conversion.isNull ? null : singleValue(scratch, source));
        }
        at = end + step;
      }
    }
    if (!isArray && values.length < this.#scratch.length) {
      return this.#fail(this.column, source, from, to, this.#rowText());
    }
    this.column.objects[row] = values;
    return true;
  }

  #rowText(): string {
    return `a ROW of ${this.#scratch.length} fields with '${this.#rules.elementDelimiter}' between`;
  }

  #elementEnd(source: Uint8Array, from: number, to: number): number {
    const delimiter = this.#elementDelimiter;
    for (let at = from; at <= to - delimiter.length; at++) {
      let i = 0;
      while (i < delimiter.length && source[at + i] === delimiter[i]) i++;
      if (i === delimiter.length) return at;
    }
    return to;
  }

  #fail(column: ColumnWriter, source: Uint8Array, from: number, to: number, expected: string): false {
    this.#failed = column;
    this.#source = source;
    this.#from = from;
    this.#to = to;
    this.#expected = expected;
    return false;
  }
}

const isText = (type: DataType): boolean => type.kind === "char" || type.kind === "varchar";
