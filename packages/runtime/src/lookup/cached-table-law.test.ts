/** Whatever is cached, however keys share calls and answers overtake each other: a lookup join of a table that stands still is the join. */
import {
  BIGINT,
  type Clock,
  createLookupJoin,
  createMetricGroup,
  type Field,
  type LookupSource,
  MillraceError,
  type RecordBatch,
  STRING,
  valueAt,
} from "@millrace/core";
import {
  batchOf,
  changesOf,
  compareRows,
  compareRowsInOrder,
  seededRandom,
  settle,
  type TestRow,
} from "@millrace/testkit";
import { expect, test } from "vitest";
import { CachedTable } from "./cached-table.ts";

const left: readonly Field[] = [
  { name: "id", type: BIGINT },
  { name: "k", type: STRING },
  { name: "j", type: BIGINT },
];
const right: readonly Field[] = [
  { name: "j", type: BIGINT },
  { name: "k", type: STRING },
  { name: "name", type: STRING },
];
const output = { fields: [...left, ...right] };

/** Short sleeps last a turn of the event loop; the long ones, until an answer is late, for ever. */
const quickClock: Clock = {
  now: () => performance.now(),
  sleep: (delayMs, signal) =>
    delayMs > 10_000 ? new Promise((resolve) => signal?.addEventListener("abort", () => resolve())) : settle(1),
};

async function run(seed: number): Promise<void> {
  const random = seededRandom(seed);
  const below = (limit: number) => Math.floor(random() * limit);
  const key = (): [unknown, unknown] => [
    random() < 0.1 ? null : "abcde"[below(5)],
    random() < 0.1 ? null : BigInt(below(4)),
  ];
  const table = Array.from({ length: below(25) }, (_, i): readonly unknown[] => {
    const [k, j] = key();
    return [j, k, `row ${i}`];
  });
  const source: LookupSource = {
    maxKeys: 1 + below(4),
    async lookup(keys: RecordBatch) {
      const wanted = Array.from({ length: keys.length }, (_, row) => [
        valueAt(keys.columns[0], row, STRING),
        valueAt(keys.columns[1], row, BIGINT),
      ]);
      await settle(below(4));
      if (random() < 0.1) throw new MillraceError({ code: "SOURCE_UNAVAILABLE", message: "refused", retry: "backoff" });
      const isWanted = ([j, k]: readonly unknown[]) =>
        wanted.some((each) => `${each}` === `${[k, j]}` && k !== null && j !== null);
      // Rows that nobody has asked for are left out by the caller.
      const rows = table.filter((row) => isWanted(row) || random() < 0.1);
      return rows.length === 0 ? [] : [batchOf({ fields: right }, rows)];
    },
  };
  const isOrdered = random() < 0.5;
  const limit = (most: number) => (random() < 0.5 ? Number.POSITIVE_INFINITY : below(most));
  const cached = new CachedTable({
    owner: "table 'names'",
    source,
    kernel: { run: (batch) => batch, watermark: Number.NEGATIVE_INFINITY, source: "" },
    fields: right,
    width: 3,
    keys: [1, 0],
    options: {
      cache: random() < 0.7 ? "PARTIAL" : "NONE",
      maxRetries: 20,
      maxRows: limit(20) + 1,
      expireAfterWriteMs: limit(3),
      expireAfterAccessMs: limit(3),
      keepsMissingKeys: random() < 0.5,
    },
    behaviour: { isOrdered, capacity: 1 + below(5), timeoutMs: 1e9, missRetries: below(3), missDelayMs: 1 },
    clock: quickClock,
    metrics: createMetricGroup(),
  });
  const joinType = random() < 0.5 ? "inner" : "left";
  const operator = createLookupJoin({ kind: "lookup-join", joinType, passed: 3, leftKeys: [1, 2], isOrdered }, cached);
  const found: TestRow[] = [];
  const expected: TestRow[] = [];
  for (let batch = 0, id = 0n; batch < 8; batch++) {
    const rows = Array.from({ length: 1 + below(12) }, () => [id++, ...key()]);
    for (const [own, k, j] of rows) {
      const partners = table.filter((row) => k !== null && j !== null && row[0] === j && row[1] === k);
      for (const partner of partners) expected.push([own, k, j, ...partner]);
      if (partners.length === 0 && joinType === "left") expected.push([own, k, j, null, null, null]);
    }
    for (const each of operator.onBatch(batchOf({ fields: left }, rows), 0)) {
      if (each instanceof Promise) await each;
      else {
        found.push(...changesOf(each, output));
        if (random() < 0.3) await settle(2);
      }
    }
  }
  await operator.close?.();
  expect((isOrdered ? compareRowsInOrder : compareRows)(found, expected), `seed ${seed}`).toBeNull();
}

const first = Number(process.env.MILLRACE_TEST_SEED ?? 7000);
test(`random tables, rows, caches and answers, seeds ${first} to ${first + 149}`, { timeout: 60_000 }, async () => {
  for (let seed = first; seed < first + 150; seed++) await run(seed);
});
