/**
 * Regular join in the shape of Nexmark q7: bids, kept for 10 s of event time, against the highest price of each 10 s; and the
 * window join of q8. Prints million rows per second; compare ratios on one machine, not numbers between machines.
 */
import {
  BIGINT,
  type Column,
  createMemoryState,
  createMetricGroup,
  createRegularJoin,
  createWindowJoin,
  type Field,
  type Operator,
  type OperatorContext,
  type RecordBatch,
  recordBatch,
  STRING,
  TIMESTAMP_3,
} from "@millrace/core";

const ROWS = 4096;
const bidFields: readonly Field[] = [
  { name: "auction", type: BIGINT },
  { name: "price", type: BIGINT },
  { name: "bidder", type: BIGINT },
  { name: "ts", type: TIMESTAMP_3 },
  { name: "extra", type: STRING },
];
const topFields: readonly Field[] = [
  { name: "top", type: BIGINT },
  { name: "window_start", type: TIMESTAMP_3 },
  { name: "window_end", type: TIMESTAMP_3 },
];

let seed = 42;
const random = () => {
  seed = (Math.imul(seed, 1664525) + 1013904223) | 0;
  return (seed >>> 0) / 4294967296;
};
const numbers = (value: (row: number) => number): Column => ({
  kind: "float64",
  values: Float64Array.from({ length: ROWS }, (_, row) => value(row)),
  nulls: null,
});

/** Bids of one batch; 10,000 per second of event time. `extra` points into a buffer of whole records, as decoded. */
function bids(number: number): RecordBatch {
  const bytes = new Uint8Array(ROWS * 278).fill(97);
  const starts = Int32Array.from({ length: ROWS }, (_, row) => row * 278 + 200);
  const ends = Int32Array.from(starts, (start) => start + 20 + Math.floor(random() * 50));
  return recordBatch(ROWS, [
    numbers(() => Math.floor(random() * 10_000)),
    numbers(() => Math.floor(Math.exp(random() * 18))),
    numbers(() => Math.floor(random() * 100_000)),
    numbers((row) => Math.floor((number * ROWS + row) / 10)),
    { kind: "utf8", bytes, starts, ends, nulls: null },
  ]);
}

function context(): OperatorContext {
  return { operatorId: "bench", state: createMemoryState(), metrics: createMetricGroup() };
}

let rowsOut = 0;
function drain(batches: Iterable<RecordBatch>): void {
  for (const batch of batches) rowsOut += batch.length;
}

function measure(
  name: string,
  count: number,
  batches: readonly RecordBatch[],
  step: (batch: RecordBatch, round: number) => void,
): void {
  rowsOut = 0;
  const start = performance.now();
  for (let i = 0; i < count; i++) step(batches[i % batches.length], i);
  const seconds = (performance.now() - start) / 1000;
  const rss = Math.round(process.memoryUsage().rss / 1048576);
  console.log(`${name}: ${((count * ROWS) / seconds / 1e6).toFixed(2)} M rows/s, ${rowsOut} rows out, ${rss} MiB`);
}

function q7(): void {
  const join: Operator = createRegularJoin(
    {
      kind: "regular-join",
      joinType: "inner",
      leftFields: bidFields,
      rightFields: topFields,
      leftKeys: [1],
      rightKeys: [0],
      leftPruning: { column: 3, offsetMs: -10_000, inclusive: false },
      rightPruning: { column: 2, offsetMs: 0, inclusive: false },
    },
    context(),
    (left, l, right, r) => {
      const ts = (left.columns[3] as Column & { kind: "float64" }).values[l];
      const end = (right.columns[2] as Column & { kind: "float64" }).values[r];
      return ts >= end - 10_000 && ts <= end;
    },
  );
  const batches = Array.from({ length: 64 }, (_, i) => bids(i));
  let end = 10_000;
  let top = 0;
  measure("q7 regular join", 1500, batches, (template, i) => {
    const times = (template.columns[3] as Column & { kind: "float64" }).values;
    const prices = (template.columns[1] as Column & { kind: "float64" }).values;
    for (let row = 0; row < ROWS; row++) times[row] = Math.floor((i * ROWS + row) / 10);
    drain(join.onBatch(template, 0));
    for (let row = 0; row < ROWS; row++) if (prices[row] > top) top = prices[row];
    const watermark = times[ROWS - 1] - 4000;
    if (watermark >= end) {
      const one = (value: number): Column => ({ kind: "float64", values: Float64Array.of(value), nulls: null });
      drain(join.onBatch(recordBatch(1, [one(top), one(end - 10_000), one(end)]), 1));
      end += 10_000;
      top = 0;
    }
    drain(join.onWatermark(watermark));
  });
}

function q8(): void {
  const fields: readonly Field[] = [
    { name: "id", type: BIGINT },
    { name: "name", type: STRING },
    { name: "window_start", type: TIMESTAMP_3 },
    { name: "window_end", type: TIMESTAMP_3 },
  ];
  const join = createWindowJoin(
    {
      kind: "window-join",
      joinType: "inner",
      leftFields: fields,
      rightFields: fields,
      leftKeys: [0],
      rightKeys: [0],
      leftWindow: { startColumn: 2, endColumn: 3 },
      rightWindow: { startColumn: 2, endColumn: 3 },
    },
    context(),
  );
  const batches = Array.from({ length: 16 }, (_, i) => bids(i)).map((batch) =>
    recordBatch(ROWS, [batch.columns[2], batch.columns[4], numbers(() => 0), numbers(() => 0)]),
  );
  measure("q8 window join", 1000, batches, (batch, i) => {
    const window = Math.floor(i / 20) * 10_000;
    (batch.columns[2] as Column & { kind: "float64" }).values.fill(window);
    (batch.columns[3] as Column & { kind: "float64" }).values.fill(window + 10_000);
    drain(join.onBatch(batch, i % 2));
    if (i % 20 === 19) drain(join.onWatermark(window + 9_999));
  });
}

q7();
q8();
