/** OVER in core: sums, extremes and lags over frames in rows and in time, in the order of event time, a watermark per batch; updating in any order. */
import {
  BIGINT,
  type Column,
  createMemoryState,
  createMetricGroup,
  createTimeOver,
  createUpdatingOver,
  DOUBLE,
  type Field,
  type Operator,
  type OverCallSpec,
  type OverFrame,
  recordBatch,
  TIMESTAMP_3,
} from "@millrace/core";

const ROWS = 4096;
const fields: readonly Field[] = [
  { name: "key", type: BIGINT },
  { name: "ts", type: TIMESTAMP_3 },
  { name: "price", type: BIGINT },
  { name: "share", type: DOUBLE },
];
const context = () => ({ operatorId: "bench", state: createMemoryState(), metrics: createMetricGroup() });
const rowsFrame = (start: number | null): OverFrame => ({ mode: "rows", start, end: 0 });
const rangeFrame = (start: number | null): OverFrame => ({ mode: "range", start, end: 0 });

function call(name: OverCallSpec["function"], column: number, frame: OverFrame): OverCallSpec {
  return {
    function: name,
    args: [column],
    argTypes: [fields[column].type],
    parameters: name === "lag" ? [1] : [],
    distinct: false,
    ignoresNulls: false,
    frame,
    type: { ...fields[column].type, nullable: true },
  };
}

const inTime = (...calls: readonly OverCallSpec[]) =>
  createTimeOver(
    {
      kind: "time-over",
      fields,
      keys: [0],
      order: [{ column: 1, descending: false, nullsFirst: true }],
      timeDomain: "event",
      calls,
    },
    context(),
  );
const inAnyOrder = (...calls: readonly OverCallSpec[]) =>
  createUpdatingOver(
    {
      kind: "updating-over",
      fields,
      keys: [0],
      order: [{ column: 1, descending: false, nullsFirst: true }],
      calls,
      inputIsAppendOnly: true,
    },
    context(),
  );

let seed = 42;
const random = () => {
  seed = (Math.imul(seed, 1664525) + 1013904223) | 0;
  return (seed >>> 0) / 4294967296;
};

function run(name: string, operator: Operator, keyCount: number, batches = 400): void {
  const numbers = (values: Float64Array): Column => ({ kind: "float64", values, nulls: null });
  const filled = (next: () => number) => numbers(Float64Array.from({ length: ROWS }, next));
  const inputs = Array.from({ length: 16 }, () => [
    filled(() => Math.floor(random() * keyCount)),
    filled(() => Math.floor(random() * 10_000)),
    filled(random),
  ]);
  const times = new Float64Array(ROWS);
  let out = 0;
  const cpu = process.cpuUsage();
  const start = performance.now();
  for (let i = 0; i < batches; i++) {
    for (let row = 0; row < ROWS; row++) times[row] = Math.floor((i * ROWS + row) / 100);
    const [key, price, share] = inputs[i % 16];
    for (const batch of operator.onBatch(recordBatch(ROWS, [key, numbers(times), price, share]), 0))
      out += batch.length;
    for (const batch of operator.onWatermark(times[ROWS - 1] - 1)) out += batch.length;
  }
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  const millions = (batches * ROWS) / 1e6;
  console.log(
    `${name}: ${(millions / seconds).toFixed(2)} M rows/s, ${((user + system) / 1e6 / millions).toFixed(3)} CPU s per M, ${out} rows out`,
  );
}

run("SUM, ROWS 10 PRECEDING, 1 k keys", inTime(call("sum", 2, rowsFrame(-10))), 1000);
run("SUM, ROWS 10 PRECEDING, 100 k keys", inTime(call("sum", 2, rowsFrame(-10))), 100_000);
run("SUM, ROWS UNBOUNDED PRECEDING, 1 k keys", inTime(call("sum", 2, rowsFrame(null))), 1000);
run("SUM, RANGE 1 s PRECEDING, 1 k keys", inTime(call("sum", 2, rangeFrame(-1000))), 1000);
run("SUM, RANGE 10 s PRECEDING, 1 k keys", inTime(call("sum", 2, rangeFrame(-10_000))), 1000);
run("SUM, RANGE 10 s PRECEDING, 1 key", inTime(call("sum", 2, rangeFrame(-10_000))), 1);
run("SUM of DOUBLE, RANGE 1 s PRECEDING, 1 k keys", inTime(call("sum", 3, rangeFrame(-1000))), 1000);
run("MAX, RANGE 1 s PRECEDING, 1 k keys", inTime(call("max", 2, rangeFrame(-1000))), 1000);
run("LAG, 1 k keys", inTime(call("lag", 2, rowsFrame(null))), 1000);
run("SUM, ROWS 10 PRECEDING, updating, 1 k keys", inAnyOrder(call("sum", 2, rowsFrame(-10))), 1000, 100);
run("MAX, ROWS UNBOUNDED PRECEDING, updating, 1 k keys", inAnyOrder(call("max", 2, rowsFrame(null))), 1000, 100);
