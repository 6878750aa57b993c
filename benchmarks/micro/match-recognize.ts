/** MATCH_RECOGNIZE in core: `A B C` in time order, a watermark per batch, with few and with many partial matches. */
import {
  BIGINT,
  type Column,
  createMatchRecognize,
  createMemoryState,
  createMetricGroup,
  type Field,
  type MatchPath,
  type MatchProgramFactory,
  type MatchRecognizeSpec,
  type Operator,
  recordBatch,
  TIMESTAMP_3,
} from "@millrace/core";

const ROWS = 4096;
const BATCHES = 400;
const flag = (name: string): Field => ({ name, type: { kind: "boolean", nullable: false } });
const fields: readonly Field[] = [
  { name: "key", type: BIGINT },
  { name: "ts", type: TIMESTAMP_3 },
  { name: "price", type: BIGINT },
  flag("is_a"),
  flag("is_b"),
  flag("is_c"),
];
const rowsOnly: MatchProgramFactory = ({ columns: [price] }) => ({
  conditions: {
    extend: (previous, variable, isExcluded, slot, position) => ({ previous, variable, isExcluded, slot, position }),
    hasSameFuture: null,
  },
  measure: (last, _current, _slot, _facts, out) => {
    out[0] = last === null ? null : price.get((last.previous as MatchPath).slot);
  },
});

const spec: MatchRecognizeSpec = {
  kind: "match-recognize",
  inputFields: fields,
  partitionBy: [0],
  timeColumn: 1,
  timeDomain: "event",
  stored: [2],
  orderBy: [],
  flagColumns: [3, 4, 5],
  flagOf: [1, 2, 4],
  pattern: { kind: "sequence", patterns: [0, 1, 2].map((variable) => ({ kind: "variable", variable })) },
  choice: "preferred",
  skip: { kind: "past-last-row" },
  withinMs: null,
  output: "one-row",
  lookBehind: 0,
  lookAhead: 0,
  countsMatches: false,
  measures: [{ name: "price", type: BIGINT }],
};

let seed = 42;
const random = () => {
  seed = (Math.imul(seed, 1664525) + 1013904223) | 0;
  return (seed >>> 0) / 4294967296;
};

function open(changes: Partial<MatchRecognizeSpec> = {}): Operator {
  const context = { operatorId: "bench", state: createMemoryState(), metrics: createMetricGroup() };
  return createMatchRecognize({ ...spec, ...changes }, context, rowsOnly);
}

/** `share`: of rows that fit a variable; `delayMs`: how far the watermark is behind. */
function run(name: string, operator: Operator, keyCount: number, share: number, delayMs: number): void {
  const numbers = (values: Float64Array): Column => ({ kind: "float64", values, nulls: null });
  const bools = (): Column => ({
    kind: "bool",
    values: Uint8Array.from({ length: ROWS }, () => Number(random() < share)),
    nulls: null,
  });
  const inputs = Array.from({ length: 16 }, () => [
    numbers(Float64Array.from({ length: ROWS }, () => Math.floor(random() * keyCount))),
    numbers(Float64Array.from({ length: ROWS }, () => Math.floor(random() * 10_000))),
    bools(),
    bools(),
    bools(),
  ]);
  const times = new Float64Array(ROWS);
  let out = 0;
  const cpu = process.cpuUsage();
  const start = performance.now();
  for (let i = 0; i < BATCHES; i++) {
    for (let row = 0; row < ROWS; row++) times[row] = Math.floor((i * ROWS + row) / 100);
    const [key, price, ...flags] = inputs[i % 16];
    for (const batch of operator.onBatch(recordBatch(ROWS, [key, numbers(times), price, ...flags]), 0))
      out += batch.length;
    for (const batch of operator.onWatermark(times[ROWS - 1] - delayMs)) out += batch.length;
  }
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  const millions = (BATCHES * ROWS) / 1e6;
  console.log(
    `${name}: ${(millions / seconds).toFixed(2)} M rows/s, ${((user + system) / 1e6 / millions).toFixed(3)} CPU s per M, ${out} matches`,
  );
}

run("A B C, 1 key, 5 % of rows fit", open(), 1, 0.05, 0);
run("A B C, 100 keys, 5 % of rows fit", open(), 100, 0.05, 0);
run("A B C, 1 k keys, 5 % of rows fit", open(), 1000, 0.05, 1000);
run("A B C, 100 k keys, 5 % of rows fit", open(), 100_000, 0.05, 1000);
run("A B C, 1 k keys, half of the rows fit", open(), 1000, 0.5, 1000);
run("A B C within 10 s, 10 k keys, half of the rows fit", open({ withinMs: 10_000 }), 10_000, 0.5, 1000);
