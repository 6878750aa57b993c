/**
 * Generates the loop that writes rows of one schema: what is constant is stored eight bytes at a time, values are read from
 * the column arrays and written in place.
 *
 * Invariant  at the top of a row, and behind each value of variable size, there is room for all that has a bounded size.
 * Cost       no object and no JavaScript string per row, but for doubles with a fraction and numbers beyond 2^53.
 */
import {
  type ByteWriter,
  base64Size,
  type Column,
  type DataType,
  type Field,
  wideAt,
  writeBase64,
} from "@millrace/core";
import { TIME_BYTES, TimeWriter } from "../text/time-writer.ts";
import {
  NUMBER_BYTES,
  writeAscii,
  writeDecimal,
  writeDouble,
  writeExact,
  writeFloat,
  writeInteger,
  writeScientific,
} from "../text/write-number.ts";
import type { RowDialect, WriteValue } from "./row-dialect.ts";

/** Writes rows of columns of the kinds that it was compiled for. */
export interface RowWriter {
  /** Sets the columns that are read until the next call. */
  bind(columns: readonly Column[]): void;
  /** Appends rows `[first, end)`, each followed by the byte `delimiter` unless that is 0. */
  write(first: number, end: number, delimiter: number): void;
}

/** A value of bounded size, quotes included. */
const VALUE_BYTES = Math.max(NUMBER_BYTES, TIME_BYTES) + 2;
/** A constant may be stored with up to seven bytes behind its end. */
const SLACK_BYTES = 8;

const encoder = new TextEncoder();

export function compileEncoder(
  fields: readonly Field[],
  kinds: readonly Column["kind"][],
  dialect: RowDialect,
  out: ByteWriter,
): RowWriter {
  const nested = fields.map(({ name, type }, i) =>
    kinds[i] === "value" ? dialect.nestedWriter(type, name, out) : null,
  );
  const source = new EncoderSource(fields, kinds, dialect).text();
  const make = new Function("context", "out", "nested", source) as (
    context: object,
    out: ByteWriter,
    nested: readonly (WriteValue | null)[],
  ) => RowWriter;
  return make(contextOf(dialect), out, nested);
}

function contextOf(dialect: RowDialect): object {
  return {
    times: new TimeWriter(),
    writeText: dialect.writeText,
    writeBinary: (out: ByteWriter, source: Uint8Array, start: number, end: number) => {
      out.reserve(base64Size(end - start));
      out.size = writeBase64(out.bytes, out.size, source, start, end);
    },
    viewOf: (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength),
    wideAt,
    writeAscii,
    writeDecimal: dialect.scientificDecimals ? writeScientific : writeDecimal,
    writeWideDecimal: dialect.scientificDecimals ? writeScientific : writeExact,
    writeWideInteger: writeExact,
    writeDouble,
    writeFloat,
    writeInteger,
  };
}

class EncoderSource {
  readonly #fields: readonly Field[];
  readonly #kinds: readonly Column["kind"][];
  readonly #dialect: RowDialect;
  readonly #hasRoom: string;

  constructor(fields: readonly Field[], kinds: readonly Column["kind"][], dialect: RowDialect) {
    this.#fields = fields;
    this.#kinds = kinds;
    this.#dialect = dialect;
    const { open, close, separator, nullText } = dialect;
    let fixed = SLACK_BYTES + 1 + byteSize(open) + byteSize(close);
    for (const { name } of fields) {
      fixed += byteSize(separator) + byteSize(dialect.label(name)) + byteSize(nullText) + VALUE_BYTES;
    }
    this.#hasRoom = `if (at + ${fixed} > b.length) { out.size = at; out.reserve(${fixed}); } b = out.bytes; v = out.view;`;
  }

  text(): string {
    const { open, close, omitsNulls } = this.#dialect;
    const fields = this.#fields.map((field, i) => (omitsNulls ? this.#optional(field, i) : this.#always(field, i)));
    const slots = this.#kinds.flatMap((kind, i) => SLOTS[kind].map((letter) => `${letter}${i}`));
    return `"use strict";
const { times, viewOf, wideAt, writeText, writeBinary, writeAscii, writeDecimal, writeWideDecimal, writeWideInteger,
  writeDouble, writeFloat, writeInteger } = context;
${slots.map((name) => `let $${name} = null;`).join(" ")}
return {
  bind(columns) {
    ${this.#kinds.map(readColumn).join("\n    ")}
  },
  write(first, end, delimiter) {
    ${slots.map((name) => `const ${name} = $${name};`).join(" ")}
    let at = out.size, b = out.bytes, v = out.view, x = 0, isFirst = true;
    for (let row = first; row < end; row++) {
      ${this.#hasRoom}
      ${omitsNulls || fields.length === 0 ? `${store(open)} isFirst = true;` : ""}
      ${fields.join("\n      ")}
      ${store(close)}
      if (delimiter !== 0) b[at++] = delimiter;
    }
    out.size = at;
  },
};`;
  }

  #always({ name, type }: Field, i: number): string {
    const { open, separator, nullText } = this.#dialect;
    const before = store((i === 0 ? open : separator) + this.#dialect.label(name));
    return `${before} if (${this.#isNull(i)}) { ${store(nullText)} } else { ${this.#value(type, i)} }`;
  }

  #optional({ name, type }: Field, i: number): string {
    const between = `if (isFirst) isFirst = false; else { ${store(this.#dialect.separator)} }`;
    return `if (!(${this.#isNull(i)})) { ${between} ${store(this.#dialect.label(name))} ${this.#value(type, i)} }`;
  }

  #isNull(i: number): string {
    const isMasked = `n${i} !== null && n${i}[row] === 1`;
    return this.#kinds[i] === "value" ? `(${isMasked}) || (c${i}[row] ?? null) === null` : isMasked;
  }

  #value(type: DataType, i: number): string {
    const quote = store(this.#dialect.quote);
    const separator = this.#dialect.standard === "sql" ? 0x20 : 0x54;
    const isWide = this.#kinds[i] === "wide";
    switch (type.kind) {
      case "boolean":
        return `if (c${i}[row] === 1) { ${store("true")} } else { ${store("false")} }`;
      case "char":
      case "varchar":
        return this.#call(`writeText(out, c${i}, t${i}, s${i}[row], e${i}[row]);`);
      case "binary":
      case "varbinary":
        return `${quote} ${this.#call(`writeBinary(out, c${i}, s${i}[row], e${i}[row]);`)} ${quote}`;
      case "float":
      case "double": {
        const finite = `at = ${type.kind === "float" ? "writeFloat" : "writeDouble"}(b, at, x);`;
        return `x = c${i}[row]; if (x - x === 0) { ${finite} } else { ${quote} at = writeAscii(b, at, String(x)); ${quote} }`;
      }
      case "decimal":
        return isWide
          ? `at = writeWideDecimal(b, at, wideAt(c${i}, row), ${type.scale});`
          : `at = writeDecimal(b, at, c${i}[row], ${type.scale});`;
      case "date":
        return `${quote} at = times.date(b, at, c${i}[row]); ${quote}`;
      case "time":
        return `${quote} at = times.time(b, at, c${i}[row], ${type.precision}); ${quote}`;
      case "timestamp":
      case "timestamp_ltz": {
        const zone = type.kind === "timestamp_ltz" ? " b[at++] = 0x5a;" : "";
        return `${quote} at = times.timestamp(b, at, c${i}[row], ${type.precision}, ${separator});${zone} ${quote}`;
      }
      case "tinyint":
      case "smallint":
      case "int":
      case "bigint":
      case "interval_year_month":
      case "interval_day_time":
        return isWide
          ? `at = writeWideInteger(b, at, wideAt(c${i}, row), 0);`
          : `at = writeInteger(b, at, c${i}[row]);`;
      case "row":
      case "array":
      case "map":
      case "multiset":
      case "bitmap":
      case "variant":
      case "value":
      case "null":
        return this.#call(`nested[${i}](c${i}[row]);`);
    }
  }

  /** A call that appends to `out` by itself. */
  #call(call: string): string {
    return `out.size = at; ${call} at = out.size; ${this.#hasRoom}`;
  }
}

/** Variables per column: c = its values or bytes, n = null mask, s, e = starts and ends, t = view on the bytes. */
const SLOTS: { readonly [kind in Column["kind"]]: readonly string[] } = {
  float64: ["c", "n"],
  bool: ["c", "n"],
  value: ["c", "n"],
  wide: ["c", "n"],
  utf8: ["c", "n", "s", "e", "t"],
};

function readColumn(kind: Column["kind"], i: number): string {
  const column = `columns[${i}]`;
  const nulls = `$n${i} = ${column}.nulls;`;
  switch (kind) {
    case "float64":
    case "bool":
    case "value":
      return `${nulls} $c${i} = ${column}.values;`;
    case "wide":
      return `${nulls} $c${i} = ${column};`;
    case "utf8":
      return `${nulls} ({ bytes: $c${i}, starts: $s${i}, ends: $e${i} } = ${column}); $t${i} = viewOf($c${i});`;
  }
}

const byteSize = (text: string): number => encoder.encode(text).length;

/** Stores a constant at `at`; up to seven bytes behind it are overwritten with zeros. */
function store(text: string): string {
  const bytes = encoder.encode(text);
  const { length } = bytes;
  if (length === 0) return "";
  if (length <= 2) return `${[...bytes].map((byte) => `b[at++] = ${byte};`).join(" ")}`;
  const padded = new DataView(new ArrayBuffer(length + 8));
  new Uint8Array(padded.buffer).set(bytes);
  const parts: string[] = [];
  // Eight ASCII bytes are a double that is never NaN, which would lose its bits.
  const isAscii = bytes.every((byte) => byte < 0x80);
  for (let i = 0; i < length; i += 8) {
    const at = i === 0 ? "at" : `at + ${i}`;
    if (isAscii && length - i > 4) parts.push(`v.setFloat64(${at}, ${padded.getFloat64(i, true)}, true);`);
    else {
      parts.push(`v.setInt32(${at}, ${padded.getInt32(i, true)}, true);`);
      if (length - i > 4) parts.push(`v.setInt32(at + ${i + 4}, ${padded.getInt32(i + 4, true)}, true);`);
    }
  }
  return `${parts.join(" ")} at += ${length};`;
}
