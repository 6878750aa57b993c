/** Between records and columns. */
import {
  type Column,
  columnKindOf,
  columnOf,
  type DataType,
  type Field,
  MillraceError,
  type RecordBatch,
  recordBatch,
  valueAt,
  valueBatch,
  valuesOf,
} from "@millrace/core";
import { fromUser, toUser } from "@millrace/plan";

type ReadValue = (column: Column, row: number) => unknown;

/**
 * Makes records, objects of one shape, of rows with these fields: as generated code, so that the engine sees the shape. Numbers are read from
 * their arrays in place.
 */
export function recordsOfColumns(fields: readonly Field[]): () => (batch: RecordBatch) => RecordBatch {
  const readers = fields.map(({ type }) => readerOf(type));
  const isPlain = fields.map(({ type }) => columnKindOf(type) === "float64" && toUser(type) === null);
  const lines = ["const c = batch.columns, n = batch.length, out = new Array(n);"];
  for (const i of fields.keys()) {
    lines.push(`const c${i} = c[${i}], r${i} = readers[${i}];`);
    if (isPlain[i]) lines.push(`const v${i} = c${i}.values, m${i} = c${i}.nulls;`);
  }
  const values = fields.map(({ name }, i) => {
    const value = isPlain[i] ? `m${i} !== null && m${i}[i] === 1 ? null : v${i}[i]` : `r${i}(c${i}, i)`;
    return `[${JSON.stringify(name)}]: ${value}`;
  });
  lines.push(`for (let i = 0; i < n; i++) out[i] = { ${values.join(", ")} };`, "return out;");
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
