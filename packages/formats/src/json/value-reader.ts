/** JSON values into columns and, for ROW, ARRAY and MAP as a whole, into JavaScript values. */
import { columnKindOf, type DataType } from "@millrace/core";
import { ColumnWriter, singleValue } from "../column/column-writer.ts";
import { Conversion, conversionReason, convertText } from "../column/convert-text.ts";
import { quoteBytes, textOf } from "../text/utf8.ts";
import type { JsonScanner } from "./json-scanner.ts";
import { unescapeInto } from "./unescape.ts";

/** Marks a value that is not of its type; no value of a column is this. */
const FAILED = Symbol("failed");

export class ValueReader {
  readonly #scanner: JsonScanner;
  /** How the conversion of the last `read` ended. */
  conversion: Conversion = Conversion.written;
  /** Why, if it failed; a function, as most are never asked for. */
  reason: () => string = () => "";
  #scratch = new Map<DataType, ColumnWriter>();
  #text = new Uint8Array(64);

  constructor(scanner: JsonScanner) {
    this.#scanner = scanner;
  }

  /**
   * Reads the value at `at` into a row of the column; returns the position behind it, or -1 if the JSON is not valid. The
   * null mask is the caller's business: see `conversion`.
   */
  read(column: ColumnWriter, at: number, row: number): number {
    const scanner = this.#scanner;
    const { bytes } = scanner;
    const end = scanner.skipValue(at);
    if (end < 0) return -1;
    const first = bytes[at];
    if (first === 0x6e) this.conversion = Conversion.isNull;
    else if (column.kind === "value") {
      const value = this.#nested(column.type, at, end, column);
      this.conversion = value === FAILED ? Conversion.failed : value === null ? Conversion.isNull : Conversion.written;
      column.objects[row] = value === FAILED ? null : value;
    } else this.conversion = this.#scalar(column, at, end, row);
    return end;
  }

  #scalar(column: ColumnWriter, at: number, end: number, row: number): Conversion {
    const { bytes } = this.#scanner;
    const isText = column.type.kind === "varchar" || column.type.kind === "char";
    let result: Conversion = Conversion.failed;
    if (bytes[at] !== 0x22) {
      const isContainer = bytes[at] === 0x7b || bytes[at] === 0x5b;
      // A STRING takes any value, as its JSON text; BINARY takes strings only.
      if (isText || (!isContainer && column.kind !== "utf8")) result = convertText(column, bytes, at, end, row);
      if (result === Conversion.failed) this.#failAt(column, bytes, at, end);
      return result;
    }
    let source = bytes;
    let from = at + 1;
    let to = end - 1;
    if (bytes.subarray(from, to).includes(0x5c)) {
      if (isText) {
        const out = column.beginSide(to - from);
        column.endSide(row, unescapeInto(bytes, from, to, out, column.sideSize));
        return Conversion.written;
      }
      if (this.#text.length < to - from) this.#text = new Uint8Array(to - from);
      to = unescapeInto(bytes, from, to, this.#text, 0);
      from = 0;
      source = this.#text;
    }
    result = convertText(column, source, from, to, row);
    if (result === Conversion.failed) this.#failAt(column, source, from, to);
    return result;
  }

  #failAt(column: ColumnWriter, bytes: Uint8Array, start: number, end: number): void {
    this.reason = () => conversionReason(column, bytes, start, end);
  }

  /** The value of a type at `at`, known to be valid JSON. Recursion goes as deep as the type. */
  #nested(type: DataType, at: number, end: number, column: ColumnWriter): unknown {
    const scanner = this.#scanner;
    const { bytes } = scanner;
    if (bytes[at] === 0x6e) return null;
    switch (type.kind) {
      case "null":
        return null;
      case "value":
        return JSON.parse(textOf(bytes, at, end));
      case "row": {
        if (bytes[at] !== 0x7b) return this.#failNested(column, "a ROW", at, end);
        const values: unknown[] = new Array(type.fields.length).fill(null);
        return this.#members(at, (name, from, to) => {
          const index = type.fields.findIndex((field) => field.name === name);
          if (index < 0) return true;
          const value = this.#nested(type.fields[index].type, from, to, column);
          values[index] = value;
          return value !== FAILED;
        })
          ? values
          : FAILED;
      }
      case "map":
      case "multiset": {
        if (bytes[at] !== 0x7b) return this.#failNested(column, "a MAP", at, end);
        const keyType = type.kind === "map" ? type.key : type.element;
        const valueType: DataType = type.kind === "map" ? type.value : { kind: "int", nullable: false };
        const map = new Map<unknown, unknown>();
        const isValid = this.#members(at, (name, from, to) => {
          const key = this.#mapKey(keyType, name, column);
          const value = this.#nested(valueType, from, to, column);
          map.set(key, value);
          return key !== FAILED && value !== FAILED;
        });
        return isValid ? map : FAILED;
      }
      case "array": {
        if (bytes[at] !== 0x5b) return this.#failNested(column, "an ARRAY", at, end);
        const values: unknown[] = [];
        for (let p = scanner.skipSpace(at + 1); bytes[p] !== 0x5d; ) {
          const stop = scanner.skipValue(p);
          const value = this.#nested(type.element, p, stop, column);
          if (value === FAILED) return FAILED;
          values.push(value);
          p = scanner.skipSpace(stop);
          if (bytes[p] === 0x2c) p = scanner.skipSpace(p + 1);
        }
        return values;
      }
      default: {
        const scratch = this.#scratchOf(type, column);
        scratch.reset();
        const result = this.#scalar(scratch, at, end, 0);
        return result === Conversion.written
          ? singleValue(scratch, bytes)
          : result === Conversion.isNull
            ? null
            : FAILED;
      }
    }
  }

  /** Calls `onMember` for the last member of each name; false as soon as it gives false. */
  #members(at: number, onMember: (name: string, start: number, end: number) => boolean): boolean {
    const scanner = this.#scanner;
    const { bytes } = scanner;
    const last = new Map<string, [start: number, end: number]>();
    for (let p = scanner.skipSpace(at + 1); bytes[p] !== 0x7d; ) {
      const quote = scanner.scanString(p + 1);
      const text = textOf(bytes, p, quote + 1);
      const name = scanner.hasEscape ? (JSON.parse(text) as string) : text.slice(1, -1);
      const start = scanner.scanColon(quote + 1);
      const end = scanner.skipValue(start);
      last.set(name, [start, end]);
      p = scanner.skipSpace(end);
      if (bytes[p] === 0x2c) p = scanner.skipSpace(p + 1);
    }
    for (const [name, [start, end]] of last) if (!onMember(name, start, end)) return false;
    return true;
  }

  #mapKey(type: DataType, name: string, column: ColumnWriter): unknown {
    // A lone surrogate is U+FFFD here as in every other string.
    if (type.kind === "varchar" || type.kind === "char") return name.toWellFormed();
    const bytes = new TextEncoder().encode(name);
    const scratch = this.#scratchOf(type, column);
    scratch.reset();
    if (columnKindOf(type) === "value" || convertText(scratch, bytes, 0, bytes.length, 0) !== Conversion.written) {
      this.#failAt(scratch, bytes, 0, bytes.length);
      return FAILED;
    }
    return singleValue(scratch, bytes);
  }

  #scratchOf(type: DataType, column: ColumnWriter): ColumnWriter {
    let scratch = this.#scratch.get(type);
    if (scratch === undefined) {
      scratch = new ColumnWriter(type, column.name, column.standard, 1);
      this.#scratch.set(type, scratch);
    }
    return scratch;
  }

  #failNested(column: ColumnWriter, expected: string, at: number, end: number): typeof FAILED {
    const { bytes } = this.#scanner;
    this.reason = () => `field '${column.name}': ${quoteBytes(bytes, at, end)} is not ${expected}`;
    return FAILED;
  }
}
