/**
 * Tables that live in memory: INSERT fills them, queries read them in batches of any size. The connector is `golden`:
 *
 * ```sql
 * CREATE TABLE t (k INT, v STRING) WITH ('connector' = 'golden');
 * INSERT INTO t VALUES (1, 'a'), (2, 'b');
 * ```
 *
 * With `'changelog' = 'retract'` it holds the changes that INSERT makes, and reading it gives them; with `'upsert'` those by
 * primary key, as a compacted topic does.
 *
 * State  per table name the changes written by statements that succeeded, in order of arrival. Without `changelog` a table
 *        with a primary key holds one row per key; one that is given changes holds what they leave.
 */
import {
  type ConnectorFactory,
  type Field,
  type ReadRequest,
  type RecordBatch,
  type Schema,
  type Sink,
  type SinkTableContext,
  type SinkWriter,
  type Source,
  type SourceChangelogMode,
  type Split,
  type SplitPosition,
  type SplitReader,
  TIMESTAMP_LTZ_3,
} from "@millrace/core";
import { type BatchCut, wholeCut } from "../batch-cut.ts";
import { batchOf, type Change, changesOf } from "../change.ts";
import { valueText } from "../compare-rows.ts";
import { GoldenLookup } from "./golden-lookup.ts";

/** What one statement wrote: its batches, the physical columns first, `timestamp` last. */
type Arrival = readonly Change[];

interface StoredTable {
  readonly arrivals: Arrival[];
}

const TIMESTAMP = "timestamp";

export class GoldenTables {
  readonly #tables = new Map<string, StoredTable>();
  /** How rows are cut into batches from now on; null: as they arrived, a batch per INSERT. */
  cut: BatchCut | null = wholeCut;
  /** Asked before each batch whether it is yet to come: shuffles the order in which several tables are read. */
  pauses: () => boolean = () => false;
  /** How long one that is yet to come is waited for. */
  wait: () => Promise<void> = () => Promise.resolve();

  /** The changes that reading a table gives from now on, whoever wrote it. */
  fill(name: string, changes: readonly Change[]): void {
    this.#table(name).arrivals.splice(0, Number.POSITIVE_INFINITY, changes);
  }

  readonly connector: ConnectorFactory = {
    name: "golden",
    options: {
      splits: {
        type: "integer",
        min: 1,
        default: "1",
        description: "The rows of the n-th INSERT are in split n modulo this",
      },
      changelog: {
        type: "enum",
        values: ["append", "retract", "upsert"],
        default: "append",
        description: "What reading gives: rows, all changes, or changes by primary key",
      },
      "lookup.keys": { type: "integer", min: 1, default: "1", description: "Keys that one look-up takes" },
    },
    metadata: [
      { key: TIMESTAMP, type: TIMESTAMP_LTZ_3, writable: true },
      { key: "row", type: { kind: "bigint", nullable: false }, writable: false },
    ],
    isBounded: () => true,
    writesByKey: (options) => options.changelog !== "retract",
    changelogMode: (options) => options.changelog as SourceChangelogMode,
    createSource: (request, context) => {
      const { arrivals } = this.#table(context.tableName);
      const splits = Number(context.options.splits);
      return new GoldenSource(request, context.schema.fields, arrivals, splits, this);
    },
    createLookup: (request, context) => {
      const { arrivals } = this.#table(context.tableName);
      return new GoldenLookup(request, Number(context.options["lookup.keys"]), () => {
        const read = rowReader(request, context.schema.fields);
        return arrivals.flat().map(({ values }) => read(values));
      });
    },
    createSink: (context) => new GoldenSink(context, this.#table(context.tableName)),
  };

  #table(name: string): StoredTable {
    let table = this.#tables.get(name);
    if (table === undefined) {
      table = { arrivals: [] };
      this.#tables.set(name, table);
    }
    return table;
  }
}

class GoldenSource implements Source {
  readonly boundedness = "bounded";
  /** The rows of each split, by INSERT. */
  readonly #splits: readonly (readonly Arrival[])[];
  readonly #schema: Schema;
  readonly #cut: BatchCut | null;
  readonly #tables: GoldenTables;

  constructor(
    request: ReadRequest,
    columns: readonly Field[],
    arrivals: readonly Arrival[],
    splits: number,
    tables: GoldenTables,
  ) {
    this.#tables = tables;
    this.#cut = tables.cut;
    const wanted = [...request.fields, ...request.metadata];
    this.#schema = { fields: wanted.map(({ type }, i) => ({ name: String(i), type })) };
    const readRow = rowReader(request, columns);
    const read = ({ kind, values }: Change): Change => ({ kind, values: readRow(values) });
    const rows = arrivals.map((arrival) => arrival.map(read));
    this.#splits = Array.from({ length: splits }, (_, split) => rows.filter((_rows, i) => i % splits === split));
  }

  discoverSplits(): Promise<readonly Split[]> {
    return Promise.resolve(this.#splits.map((_, i) => ({ id: String(i), properties: null })));
  }

  createReader(split: Split, position: SplitPosition | null): SplitReader {
    const rows = this.#splits[Number(split.id)];
    // Rows read before: what is left is cut anew.
    let read = typeof position === "number" ? position : 0;
    let skipped = read;
    const left = rows.map((each) => {
      const rest = each.slice(skipped);
      skipped -= each.length - rest.length;
      return rest;
    });
    const cut = this.#cut;
    const batches = (cut === null ? left : cutRows(left.flat(), cut))
      .filter((each) => each.length > 0)
      .map((each) => batchOf(this.#schema, each));
    const { pauses, wait } = this.#tables;
    let next = 0;
    return {
      poll: () => {
        if (pauses() || next >= batches.length) return null;
        read += batches[next].length;
        return batches[next++];
      },
      ready: wait,
      get ended() {
        return next >= batches.length;
      },
      position: () => read,
      close: () => Promise.resolve(),
    };
  }
}

/** What a request wants of rows that are given one after the other. */
function rowReader({ fields, metadata }: ReadRequest, columns: readonly Field[]) {
  let place = 0;
  return (row: readonly unknown[]): unknown[] => {
    const own: Record<string, unknown> = { [TIMESTAMP]: row[columns.length] ?? null, row: place++ };
    return [...fields.map(({ path }) => nestedValue(row, columns, path)), ...metadata.map(({ key }) => own[key])];
  };
}

function nestedValue(row: readonly unknown[], columns: readonly Field[], path: readonly string[]): unknown {
  let fields = columns;
  let value: unknown = row;
  for (const name of path) {
    if (value === null || value === undefined) return null;
    const at = fields.findIndex((field) => field.name === name);
    const { type } = fields[at];
    value = (value as readonly unknown[])[at];
    fields = type.kind === "row" ? type.fields : [];
  }
  return value;
}

function cutRows<T>(rows: readonly T[], cut: BatchCut): T[][] {
  let from = 0;
  return cut(rows.length).map((size) => {
    from += size;
    return rows.slice(from - size, from);
  });
}

class GoldenSink implements Sink {
  readonly changelogMode: Sink["changelogMode"];
  readonly #context: SinkTableContext;
  readonly #table: StoredTable;

  constructor(context: SinkTableContext, table: StoredTable) {
    this.#context = context;
    this.#table = table;
    const isUpsert = context.primaryKey.length > 0 && context.options.changelog !== "retract";
    this.changelogMode = isUpsert ? "upsert" : "retract";
  }

  createWriter(): Promise<SinkWriter> {
    const { schema, metadata } = this.#context;
    const fields = [...schema.fields, ...metadata.map(({ key, type }) => ({ name: key, type }))];
    const changes: Change[] = [];
    return Promise.resolve({
      write: (batch: RecordBatch) => void changes.push(...changesOf(batch, { fields })),
      // Rows count only when the statement has come to its end.
      flush: () => Promise.resolve(this.#commit(changes.splice(0))),
      close: () => Promise.resolve(),
    });
  }

  #commit(changes: readonly Change[]): void {
    if (changes.length === 0) return;
    const { arrivals } = this.#table;
    const { primaryKey, schema, options } = this.#context;
    const keyColumns = primaryKey.map((name) => schema.fields.findIndex((field) => field.name === name));
    if (options.changelog === "upsert") {
      const onlyKey = (value: unknown, column: number) => (keyColumns.includes(column) ? value : null);
      arrivals.push(changes.map(({ kind, values }) => ({ kind, values: kind === 3 ? values.map(onlyKey) : values })));
      return;
    }
    if (options.changelog === "retract" || (keyColumns.length === 0 && changes.every(({ kind }) => kind === 0))) {
      arrivals.push(changes);
      return;
    }
    const keyOf = (values: readonly unknown[]) =>
      valueText(keyColumns.length === 0 ? values : keyColumns.map((column) => values[column]));
    const rows = new Map<string, (readonly unknown[])[]>();
    const apply = (kind: number, values: readonly unknown[]): void => {
      const key = keyOf(values);
      const same = rows.get(key) ?? [];
      if (kind === 0 || kind === 2) rows.set(key, keyColumns.length === 0 ? [...same, values] : [values]);
      else if (keyColumns.length > 0 || same.length <= 1) rows.delete(key);
      else same.pop();
    };
    for (const { kind, values } of [...arrivals.flat(), ...changes]) apply(kind, values);
    const left = [...rows.values()].flat().map((values): Change => ({ kind: 0, values }));
    arrivals.splice(0, arrivals.length, left);
  }
}
