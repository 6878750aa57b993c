/**
 * GROUP BY with a changelog as output.
 *
 *     node --conditions=millrace-source benchmarks/micro/group-aggregate.ts
 */
import {
  type AggregateFunction,
  type AggregateSpec,
  aggregateType,
  BIGINT,
  BOOLEAN,
  columnOf,
  createGroupAggregate,
  createMemoryState,
  createMetricGroup,
  MAX_BATCH_ROWS,
  recordBatch,
  withNullable,
} from "@millrace/core";
import { seededRandom } from "@millrace/testkit";
import { measure } from "./measure.ts";

const random = seededRandom(1);
const KEY = withNullable(BIGINT, false);
const types = [KEY, BIGINT, BIGINT, BOOLEAN];

function batches(keyCount: number, retracts: boolean) {
  return Array.from({ length: 64 }, () => {
    const numbers = (limit: number) => Array.from({ length: MAX_BATCH_ROWS }, () => Math.floor(random() * limit));
    const columns = [
      columnOf(KEY, numbers(keyCount)),
      columnOf(BIGINT, numbers(1e6)),
      columnOf(BIGINT, numbers(1000)),
      columnOf(
        BOOLEAN,
        numbers(2).map((bit) => bit === 1),
      ),
    ];
    const kinds = retracts ? Uint8Array.from({ length: MAX_BATCH_ROWS }, (_, i) => (i % 8 === 7 ? 1 : 2)) : null;
    return recordBatch(MAX_BATCH_ROWS, columns, kinds);
  });
}

function call(name: AggregateFunction, args: number[], distinct = false, filter: number | null = null): AggregateSpec {
  const argTypes = args.map((arg) => types[arg]);
  return { function: name, args, argTypes, distinct, filter, type: aggregateType(name, argTypes) };
}

const countAndSum = [call("count", []), call("sum", [1])];
const cases: [string, number, AggregateSpec[], boolean][] = [
  ["COUNT, SUM, 100 keys", 100, countAndSum, false],
  ["COUNT, SUM, 10,000 keys", 10_000, countAndSum, false],
  ["COUNT, SUM, 10,000 keys, retracting", 10_000, countAndSum, true],
  [
    "COUNT, SUM, AVG, MIN, MAX, 10,000 keys",
    10_000,
    [...countAndSum, call("avg", [1]), call("min", [1]), call("max", [1])],
    false,
  ],
  [
    "COUNT DISTINCT with and without FILTER, 100 keys",
    100,
    [call("count", [2], true), call("count", [2], true, 3)],
    false,
  ],
  ["MAX, 1,000 keys, retracting", 1_000, [call("max", [2])], true],
];

for (const [name, keyCount, aggregates, retracts] of cases) {
  const operator = createGroupAggregate(
    {
      kind: "group-aggregate",
      keys: [0],
      keyFields: [{ name: "k", type: KEY }],
      aggregates,
      inputIsAppendOnly: !retracts,
    },
    { operatorId: "bench", state: createMemoryState(), metrics: createMetricGroup() },
  );
  const input = batches(keyCount, retracts);
  let next = 0;
  let emitted = 0;
  let seen = 0;
  measure(
    name,
    MAX_BATCH_ROWS,
    () => {
      const batch = input[next++ % input.length];
      seen += batch.length;
      for (const output of operator.onBatch(batch, 0)) emitted += output.length;
    },
    700,
  );
  console.log(`${"".padEnd(4)}rows out per row in: ${(emitted / seen).toFixed(2)}`);
}
