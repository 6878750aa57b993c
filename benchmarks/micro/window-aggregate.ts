/**
 * Window aggregates: COUNT by one BIGINT key, in time order, a watermark per batch. Prints million rows per second; compare
 * ratios on one machine, not numbers between machines. What to see: hop costs the same at any size / slide.
 */
import {
  type AggregateSpec,
  BIGINT,
  type Column,
  createMemoryState,
  createMetricGroup,
  createSessionWindowAggregate,
  createWindowAggregate,
  DOUBLE,
  type Field,
  type Operator,
  type OperatorContext,
  recordBatch,
  TIMESTAMP_3,
  type TimeWindowSpec,
} from "@millrace/core";

const ROWS = 4096;
const BATCHES = 64;
const fields: readonly Field[] = [
  { name: "key", type: BIGINT },
  { name: "ts", type: TIMESTAMP_3 },
  { name: "price", type: BIGINT },
  { name: "weight", type: DOUBLE },
];
const counts: readonly AggregateSpec[] = [
  {
    function: "count",
    args: [],
    argTypes: [],
    filter: null,
    distinct: false,
    type: { kind: "bigint", nullable: false },
  },
];
const maxima: readonly AggregateSpec[] = [
  { function: "max", args: [2], argTypes: [BIGINT], filter: null, distinct: false, type: BIGINT },
];
const distinct: readonly AggregateSpec[] = [
  {
    function: "count",
    args: [2],
    argTypes: [BIGINT],
    filter: null,
    distinct: true,
    type: { kind: "bigint", nullable: false },
  },
];

let seed = 42;
const random = () => {
  seed = (Math.imul(seed, 1664525) + 1013904223) | 0;
  return (seed >>> 0) / 4294967296;
};

function context(): OperatorContext {
  return { operatorId: "bench", state: createMemoryState(), metrics: createMetricGroup() };
}

/** `perMs` rows per ms of event time. */
function run(name: string, operator: Operator, keyCount: number, count: number, perMs: number): void {
  const keys = Array.from({ length: BATCHES }, () =>
    Float64Array.from({ length: ROWS }, () => Math.floor(random() * keyCount)),
  );
  const prices = Float64Array.from({ length: ROWS }, () => Math.floor(random() * 10_000));
  const times = new Float64Array(ROWS);
  const numbers = (values: Float64Array): Column => ({ kind: "float64", values, nulls: null });
  let out = 0;
  const start = performance.now();
  for (let i = 0; i < count; i++) {
    for (let row = 0; row < ROWS; row++) times[row] = Math.floor((i * ROWS + row) / perMs);
    const columns = [numbers(keys[i % BATCHES]), numbers(times), numbers(prices), numbers(prices)];
    for (const batch of operator.onBatch(recordBatch(ROWS, columns), 0)) out += batch.length;
    for (const batch of operator.onWatermark(times[ROWS - 1] - 4000)) out += batch.length;
  }
  const seconds = (performance.now() - start) / 1000;
  const rss = Math.round(process.memoryUsage().rss / 1048576);
  console.log(`${name}: ${((count * ROWS) / seconds / 1e6).toFixed(2)} M rows/s, ${out} rows out, ${rss} MiB`);
}

function windowed(window: TimeWindowSpec, aggregates: readonly AggregateSpec[]): Operator {
  const properties = ["window_start", "window_end"] as const;
  return createWindowAggregate(
    { kind: "window-aggregate", inputFields: fields, keys: [0], window, timeColumn: 1, aggregates, properties },
    context(),
  );
}

const tumble: TimeWindowSpec = { kind: "tumble", sizeMs: 10_000, offsetMs: 0 };
const hop = (sizeMs: number): TimeWindowSpec => ({ kind: "hop", sizeMs, slideMs: 2000, offsetMs: 0 });
run("tumble 10 s, count, 10 k keys", windowed(tumble, counts), 10_000, 3000, 100);
// Size / slide of 5, 50 and 500.
for (const sizeMs of [10_000, 100_000, 1_000_000]) {
  run(`hop ${sizeMs / 1000} s by 2 s, count, 10 k keys`, windowed(hop(sizeMs), counts), 10_000, 2000, 100);
}
for (const sizeMs of [10_000, 100_000, 1_000_000]) {
  run(`hop ${sizeMs / 1000} s by 2 s, max, 10 k keys`, windowed(hop(sizeMs), maxima), 10_000, 1500, 100);
}
for (const sizeMs of [10_000, 100_000, 1_000_000]) {
  run(`hop ${sizeMs / 1000} s by 2 s, count distinct, 1 k keys`, windowed(hop(sizeMs), distinct), 1000, 500, 100);
}
run(
  "session 10 s, count, 100 k keys",
  createSessionWindowAggregate(
    {
      kind: "session-window-aggregate",
      inputFields: fields,
      keys: [0],
      gapMs: 10_000,
      timeColumn: 1,
      aggregates: counts,
      properties: ["window_start", "window_end"],
    },
    context(),
  ),
  100_000,
  1500,
  10,
);
