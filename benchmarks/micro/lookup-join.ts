/**
 * Lookup join in the shape of Nexmark q13: bids with a table of 10,000 rows, kept as a whole or in a cache of asked keys that
 * holds them all. Prints million rows per second of CPU; compare ratios on one machine, not numbers between machines.
 */
import {
  BIGINT,
  type Column,
  columnOf,
  createLookupJoin,
  createMetricGroup,
  type Field,
  type LookupSource,
  type LookupTable,
  type RecordBatch,
  recordBatch,
  STRING,
} from "@millrace/core";
import { CachedTable } from "../../packages/runtime/src/lookup/cached-table.ts";
import { WholeTable } from "../../packages/runtime/src/lookup/whole-table.ts";
import { ValuesInput } from "../../packages/runtime/src/source/values-input.ts";

const ROWS = 4096;
const KEYS = 10_000;
const fields: readonly Field[] = [
  { name: "key", type: BIGINT },
  { name: "value", type: STRING },
];
const rowOf = (key: number) => [key, `value of ${key}`];

function bids(number: number): RecordBatch {
  const numbers = (value: (row: number) => number): Column => ({
    kind: "float64",
    values: Float64Array.from({ length: ROWS }, (_, row) => value(number * ROWS + row)),
    nulls: null,
  });
  return recordBatch(ROWS, [numbers((row) => row), numbers((row) => row * 3), numbers((row) => (row * 7919) % KEYS)]);
}

const clock = { now: () => Date.now(), sleep: () => new Promise<void>(() => undefined) };
const reporter = { warn: console.warn, progress: console.warn };
const shape = { owner: "table 'side'", fields, width: 2, keys: [0], clock, metrics: createMetricGroup() };

function whole(): LookupTable {
  const all = Array.from({ length: KEYS }, (_, key) => rowOf(key));
  const open = () => new ValuesInput([BIGINT, STRING], all);
  return new WholeTable({ ...shape, open, reload: { kind: "never" }, reporter });
}

function cached(): LookupTable {
  const source: LookupSource = {
    maxKeys: ROWS,
    lookup: (keys) => {
      const [key] = keys.columns;
      const rows = Array.from({ length: keys.length }, (_, row) => rowOf(key.kind === "float64" ? key.values[row] : 0));
      const columns = fields.map(({ type }, i) =>
        columnOf(
          type,
          rows.map((row) => row[i]),
        ),
      );
      return Promise.resolve([recordBatch(rows.length, columns)]);
    },
  };
  const options = {
    cache: "PARTIAL" as const,
    maxRetries: 0,
    maxRows: 2 * KEYS,
    expireAfterWriteMs: Number.POSITIVE_INFINITY,
    expireAfterAccessMs: Number.POSITIVE_INFINITY,
    keepsMissingKeys: true,
  };
  const behaviour = { isOrdered: true, capacity: 100, timeoutMs: 60_000, missRetries: 0, missDelayMs: 0 };
  const kernel = { run: (batch: RecordBatch) => batch, watermark: Number.NEGATIVE_INFINITY, source: "" };
  return new CachedTable({ ...shape, source, kernel, options, behaviour });
}

const batches = Array.from({ length: 16 }, (_, number) => bids(number));
for (const [name, table] of [
  ["kept as a whole", whole()],
  ["cache of keys", cached()],
] as const) {
  const spec = { kind: "lookup-join", joinType: "inner", passed: 2, leftKeys: [2], isOrdered: true } as const;
  const operator = createLookupJoin(spec, table);
  let best = 0;
  for (let round = 0; round < 6; round++) {
    const startedAt = process.cpuUsage();
    let rows = 0;
    for (let number = 0; number < 400; number++) {
      for (const each of operator.onBatch(batches[number % batches.length], 0)) {
        if (each instanceof Promise) await each;
        else rows += each.length;
      }
    }
    best = Math.max(best, rows / process.cpuUsage(startedAt).user);
  }
  console.log(`${name}: ${best.toFixed(1)} M rows/s`);
}
