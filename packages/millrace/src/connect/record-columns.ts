/** Between records and columns. */
import {
  type Column,
  columnKindOf,
  columnOf,
  type DataType,
  type Field,
  MillraceError,
  type ReadField,
  type RecordBatch,
  recordBatch,
  valueAt,
  valueBatch,
  valuesOf,
} from "@millrace/core";
import { fromUser, toUser } from "@millrace/plan";

type ReadValue = (column: Column, row: number) => unknown;

/** A field of a record: a column, or an object whose fields are. */
type RecordPart =
  | { readonly name: string; readonly column: number; readonly type: DataType }
  /** Null where the column `presence`, which is never null inside of one, is null. */
  | { readonly name: string; readonly parts: readonly RecordPart[]; readonly presence: number };

/**
 * Makes records, objects of one shape, of rows with these fields: as generated code, so that the engine sees the shape. Numbers are read from
 * their arrays in place.
 */
export function recordsOfColumns(fields: readonly Field[]): () => (batch: RecordBatch) => RecordBatch {
  return compileRecords(fields.map(({ name, type }, column) => ({ name, column, type })));
}

/**
 * How records with these fields are read: the columns to ask for, and how records are made of them. What is in a ROW is asked for
 * on its own, which spares decoders a value of many parts, if a field of it that is never NULL tells whether it is there.
 */
export function recordReading(fields: readonly Field[]): {
  readonly readFields: readonly ReadField[];
  readonly createRecords: () => (batch: RecordBatch) => RecordBatch;
} {
  const readFields: ReadField[] = [];
  const partsOf = (own: readonly Field[], path: readonly string[]): RecordPart[] =>
    own.map(({ name, type }) => {
      const at = [...path, name];
      const teller = type.kind === "row" ? type.fields.findIndex(tellsPresence) : -1;
      if (type.kind !== "row" || teller < 0) {
        const column = readFields.push({ path: at, type: path.length === 0 ? type : { ...type, nullable: true } }) - 1;
        return { name, column, type };
      }
      const parts = partsOf(type.fields, at);
      return { name, parts, presence: (parts[teller] as { readonly column: number }).column };
    });
  const parts = partsOf(fields, []);
  return { readFields, createRecords: compileRecords(parts) };
}

const tellsPresence = ({ type }: Field) => type.kind !== "row" && !type.nullable;

function compileRecords(parts: readonly RecordPart[]): () => (batch: RecordBatch) => RecordBatch {
  const lines = ["const c = batch.columns, n = batch.length, out = new Array(n);"];
  const readers: ReadValue[] = [];
  const textOf = (own: readonly RecordPart[]): string =>
    `{ ${own.map((part) => `[${JSON.stringify(part.name)}]: ${valueText(part)}`).join(", ")} }`;
  const valueText = (part: RecordPart): string => {
    if ("parts" in part) {
      const { presence } = part;
      return `c[${presence}].nulls !== null && c[${presence}].nulls[i] === 1 ? null : ${textOf(part.parts)}`;
    }
    const { column, type } = part;
    if (columnKindOf(type) === "float64" && toUser(type) === null) {
      lines.push(`const v${column} = c[${column}].values, m${column} = c[${column}].nulls;`);
      return `m${column} !== null && m${column}[i] === 1 ? null : v${column}[i]`;
    }
    readers[column] = readerOf(type);
    lines.push(`const c${column} = c[${column}], r${column} = readers[${column}];`);
    return `r${column}(c${column}, i)`;
  };
  const record = textOf(parts);
  lines.push(`for (let i = 0; i < n; i++) out[i] = ${record};`, "return out;");
  const make = new Function("batch", "readers", lines.join("\n")) as (
    batch: RecordBatch,
    readers: readonly ReadValue[],
  ) => unknown[];
  return () => (batch) => valueBatch(batch.length, make(batch, readers), null, batch.origin);
}

const isText = (type: DataType) => type.kind === "varchar" || type.kind === "char";

function readerOf(type: DataType): ReadValue {
  const convert = toUser(type) as ((value: unknown) => unknown) | null;
  if (convert === null && isText(type)) return textAt;
  if (convert === null) return (column, row) => valueAt(column, row, type);
  return (column, row) => {
    const value = valueAt(column, row, type);
    return value === null ? null : convert(value);
  };
}

let viewed: Uint8Array | null = null;
let view: Buffer = Buffer.alloc(0);

function textAt(column: Column, row: number): string | null {
  if (column.kind !== "utf8" || (column.nulls !== null && column.nulls[row] === 1)) return null;
  const { bytes, starts, ends } = column;
  if (bytes !== viewed) {
    viewed = bytes;
    view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }
  return view.toString("utf8", starts[row], ends[row]);
}

/** Rows with these fields of records. Errors: DATA_INVALID for a record with a value that is not of its field's type. */
export function columnsOfRecords(fields: readonly Field[], owner: string): (batch: RecordBatch) => RecordBatch {
  const converters = fields.map(({ type }) => fromUser(type));
  return (batch) => {
    const records = valuesOf(batch) as readonly Readonly<Record<string, unknown>>[];
    const columns = fields.map(({ name, type }, i) => {
      const values: unknown[] = new Array(batch.length);
      for (let row = 0; row < batch.length; row++) {
        try {
          values[row] = converters[i](records[row][name] ?? null);
        } catch (error) {
          const what = error instanceof Error ? error.message : String(error);
          throw new MillraceError({
            code: "DATA_INVALID",
            message: `${owner}: field '${name}' of a record ${what}`,
            cause: error,
          });
        }
      }
      return columnOf(type, values);
    });
    return recordBatch(batch.length, columns, null, batch.timestamps);
  };
}
