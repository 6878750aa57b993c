/** Streams as tables of SQL. */
import {
  type Column,
  type ConnectorFactory,
  columnOf,
  type DataType,
  type Field,
  formatType,
  MillraceError,
  type ReadField,
  type RecordBatch,
  type RowKind,
  recordBatch,
  rowKindText,
  valuesOf,
} from "@millrace/core";
import { fromUser } from "@millrace/plan";
import type { RecordStream, StreamNode } from "@millrace/stream";
import type { FieldSchema } from "../connect/fields.ts";

/** A change of a table's rows: `+I` inserted, `-U` and `+U` a row before and after its update, `-D` deleted. */
export interface Change<T> {
  readonly kind: "+I" | "-U" | "+U" | "-D";
  readonly row: T;
}

export interface StreamTableOptions<T> {
  /** The name of a further column: the event time of the records, TIMESTAMP_LTZ(3), with their watermark. */
  readonly rowtime?: string;
  /** The columns that tell rows apart. */
  readonly primaryKey?: readonly (keyof T & string)[];
}

/** A stream with what SQL has to know of its records. */
export interface StreamTable {
  readonly node: StreamNode;
  readonly fields: readonly Field[];
  readonly rowtime: string | null;
  readonly primaryKey: readonly string[];
  readonly isChangelog: boolean;
}

/**
 * A stream as a table for `job.sql`: its records are rows that are inserted.
 *
 * @example
 * const job = pipeline("p");
 * const table = asTable(job.from([{ n: 1 }]), fields({ n: types.INT }), { rowtime: "at" });
 * table.rowtime // "at"
 */
export function asTable<T>(
  stream: RecordStream<NoInfer<T>>,
  schema: FieldSchema<T>,
  { rowtime, primaryKey = [] }: StreamTableOptions<T> = {},
): StreamTable {
  return { node: stream.node, fields: schema.fields, rowtime: rowtime ?? null, primaryKey, isChangelog: false };
}

/** A stream of changes as a table for `job.sql`. */
export function asChangelogTable<T>(
  stream: RecordStream<Change<NoInfer<T>>>,
  schema: FieldSchema<T>,
  { rowtime, primaryKey = [] }: StreamTableOptions<T> = {},
): StreamTable {
  return { node: stream.node, fields: schema.fields, rowtime: rowtime ?? null, primaryKey, isChangelog: true };
}

/** What a CREATE TABLE of a stream names as its connector. */
export const connectorNameOf = (table: string) => `stream:${table}`;

/** The connector that stands for a stream until the plan is made; it is never asked to read. */
export function streamConnector(name: string, { isChangelog }: StreamTable, isBounded: boolean): ConnectorFactory {
  return {
    name: connectorNameOf(name),
    options: {},
    changelogMode: () => (isChangelog ? "retract" : "append"),
    isBounded: () => isBounded,
    createSource: () => {
      throw new MillraceError({ code: "INVARIANT", message: `broken invariant: stream '${name}' is read as a table` });
    },
  };
}

/** The DDL of a stream's table. */
export function createTableText(name: string, { fields, rowtime, primaryKey }: StreamTable): string {
  const quoted = (text: string) => `\`${text.replaceAll("`", "``")}\``;
  const columns = fields.map(({ name: column, type }) => `${quoted(column)} ${formatType(type)}`);
  if (rowtime !== null) {
    columns.push(`${quoted(rowtime)} TIMESTAMP_LTZ(3)`, `WATERMARK FOR ${quoted(rowtime)} AS ${quoted(rowtime)}`);
  }
  if (primaryKey.length > 0) columns.push(`PRIMARY KEY (${primaryKey.map(quoted).join(", ")}) NOT ENFORCED`);
  return `CREATE TEMPORARY TABLE ${quoted(name)} (${columns.join(", ")}) WITH ('connector' = '${connectorNameOf(name).replaceAll("'", "''")}')`;
}

/**
 * Makes the columns that a plan reads of a stream's records. Errors: DATA_INVALID for a record with a value that is not of its
 * column's type.
 */
export function columnsRead(
  name: string,
  table: StreamTable,
  readFields: readonly ReadField[],
): (batch: RecordBatch) => RecordBatch {
  const readers = readFields.map((field) => readerOf(name, table, field));
  return (batch) => {
    const given = valuesOf(batch);
    const { length, timestamps } = batch;
    const kinds = table.isChangelog ? new Uint8Array(length) : null;
    const rows: unknown[] = table.isChangelog ? new Array(length) : (given as unknown[]);
    if (kinds !== null) {
      for (let i = 0; i < length; i++) {
        const { kind, row } = given[i] as Change<unknown>;
        const index = rowKindText.indexOf(kind);
        if (index < 0) throw invalid(name, `a change has the kind ${JSON.stringify(kind)}; expected +I, -U, +U or -D`);
        kinds[i] = index as RowKind;
        rows[i] = row;
      }
    }
    const columns = readers.map((read) => read(rows, length, timestamps));
    return recordBatch(length, columns, kinds, timestamps);
  };
}

type ReadColumn = (rows: readonly unknown[], length: number, timestamps: Float64Array | null) => Column;

function readerOf(name: string, { fields, rowtime }: StreamTable, { path, type }: ReadField): ReadColumn {
  const [first, ...nested] = path;
  if (first === rowtime) {
    return (_, length, timestamps) => {
      if (timestamps === null)
        throw invalid(name, "its records have no event time: give the source a watermark strategy");
      return { kind: "float64", values: timestamps.slice(0, length), nulls: null };
    };
  }
  const declared = (fields.find((field) => field.name === first) as Field).type;
  const convert = fromUser(declared);
  return (rows, length) => {
    const values: unknown[] = new Array(length);
    for (let i = 0; i < length; i++) {
      try {
        const value = convert((rows[i] as Readonly<Record<string, unknown>>)[first] ?? null);
        values[i] = nested.length === 0 ? value : nestedValue(value, declared, nested);
      } catch (error) {
        throw invalid(name, `field '${first}' of a record ${error instanceof Error ? error.message : String(error)}`);
      }
    }
    return columnOf(type, values);
  };
}

/** Inside of a ROW, whose values are arrays. */
function nestedValue(value: unknown, type: DataType, path: readonly string[]): unknown {
  let current = value;
  let at = type;
  for (const part of path) {
    if (current === null || at.kind !== "row") return null;
    const index = at.fields.findIndex((field) => field.name === part);
    current = (current as readonly unknown[])[index] ?? null;
    at = at.fields[index].type;
  }
  return current;
}

function invalid(name: string, what: string): MillraceError {
  return new MillraceError({ code: "DATA_INVALID", message: `table '${name}': ${what}` });
}
