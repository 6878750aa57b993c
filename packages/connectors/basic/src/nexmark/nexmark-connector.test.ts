/** The oracle is the reference generator itself (fixtures/generate.mjs), run as a program. */
import { execFileSync } from "node:child_process";
import {
  type DataType,
  fieldType,
  type PushedPredicate,
  parseOptions,
  type ReadField,
  type ReadRequest,
  type RecordBatch,
  type SplitPosition,
  type SplitReader,
  type TableContext,
  valueAt,
} from "@millrace/core";
import { describe, expect, test } from "vitest";
import { ManualTestClock, testContext } from "../../fixtures/table-context.ts";
import { nexmarkConnector } from "./nexmark-connector.ts";
import { nexmarkSchema } from "./schema.ts";

const COUNT = 20_000;

type Event = Record<string, unknown>;

function referenceEvents(count: number, flags: readonly string[]): Event[] {
  const fixture = new URL("../../fixtures/generate.mjs", import.meta.url).pathname;
  const text = execFileSync(process.execPath, [fixture, String(count), ...flags], {
    maxBuffer: 1 << 28,
    encoding: "utf8",
  });
  return text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Event);
}

const field = (path: readonly string[]): ReadField => ({ path, type: fieldType(nexmarkSchema, { path }) as DataType });
const leaves = nexmarkSchema.fields.flatMap(({ name, type }) =>
  type.kind === "row" ? type.fields.map((child) => field([name, child.name])) : [field([name])],
);
const rows = nexmarkSchema.fields.map(({ name }) => field([name]));

function open(
  fields: readonly ReadField[],
  raw: Record<string, string>,
  position: SplitPosition | null = null,
  predicates: readonly PushedPredicate[] = [],
  overrides: Partial<TableContext> = {},
): SplitReader {
  const request: ReadRequest = { fields, metadata: [], predicates };
  const options = parseOptions(nexmarkConnector.options, raw, "table 'events'");
  const source = nexmarkConnector.createSource?.(
    request,
    testContext({ options, schema: nexmarkSchema, ...overrides }),
  );
  if (source === undefined) throw new Error("no source");
  return source.createReader({ id: "nexmark", properties: null }, position);
}

function stamp(value: unknown): string {
  return new Date(value as number).toISOString().slice(0, 23).replace("T", " ");
}

/** The events of a batch as objects like the reference's: `leaf` columns, or whole ROWs. */
function eventsOf(batch: RecordBatch, fields: readonly ReadField[]): Event[] {
  return Array.from({ length: batch.length }, (_, row) => {
    const event: Event = {};
    for (const [index, { path, type }] of fields.entries()) {
      const value = plain(valueAt(batch.columns[index], row, type), type);
      if (path.length === 1) event[path[0]] = value;
      else if (value !== null) event[path[0]] = { ...(event[path[0]] as Event | undefined), [path[1]]: value };
      else event[path[0]] ??= null;
    }
    return event;
  });
}

function plain(value: unknown, type: DataType): unknown {
  if (value === null) return null;
  if (type.kind === "timestamp") return stamp(value);
  if (type.kind !== "row") return value;
  return Object.fromEntries(type.fields.map((child, i) => [child.name, plain((value as unknown[])[i], child.type)]));
}

/** All events, polled one batch at a time; `budget`: at most that many events per poll, by way of the wall-clock rate. */
function readAll(reader: SplitReader, fields: readonly ReadField[]): Event[] {
  const events: Event[] = [];
  while (!reader.ended) {
    const batch = reader.poll();
    if (batch !== null) events.push(...eventsOf(batch, fields));
  }
  return events;
}

describe("agrees with the reference generator", () => {
  test.each([
    ["--seed", "1", "--rate", "10000"],
    ["--seed", "42", "--rate", "400"],
    ["--seed", "4000000000", "--rate", "3"],
    ["--seed", "0", "--rate", "1234567"],
    ["--seed", "7", "--rate", "400", "--disorder", "2000"],
    ["--seed", "8", "--rate", "10000", "--disorder", "1"],
    ["--seed", "9", "--rate", "2", "--disorder", "700"],
    ["--seed", "10", "--rate", "5000", "--disorder", "60000"],
  ])("%j", (...flags) => {
    const expected = referenceEvents(COUNT, flags);
    const raw: Record<string, string> = { count: String(COUNT) };
    for (let i = 0; i < flags.length; i += 2) raw[flags[i].slice(2)] = flags[i + 1];
    const actual = readAll(open(leaves, raw), leaves);
    expect(actual.length).toBe(COUNT);
    for (let n = 0; n < COUNT; n++)
      if (!sameEvent(actual[n], expected[n])) expect([n, actual[n]]).toEqual([n, expected[n]]);
  });

  test("ROW columns hold the same values", () => {
    const expected = referenceEvents(2000, []);
    expect(readAll(open(rows, { count: "2000" }), rows)).toEqual(expected);
  });
});

const sameEvent = (a: Event, b: Event) => JSON.stringify(a) === JSON.stringify(b);

const price = field(["bid", "price"]);
const time = field(["bid", "dateTime"]);

test("a reader that needs few columns sees the same values", () => {
  const expected = referenceEvents(5000, ["--seed", "3"]);
  const actual = readAll(open([time, price], { count: "5000", seed: "3" }), [time, price]);
  expect(actual.map(({ bid }) => bid)).toEqual(
    expected.map(({ bid }) => bid && { dateTime: (bid as Event).dateTime, price: (bid as Event).price }),
  );
});

test.each([
  ["=", [2], [2]],
  ["in", [0, 1], [0, 1]],
  ["<>", [0], [1, 2]],
  ["<", [2], [0, 1]],
  [">=", [1], [1, 2]],
  ["<=", [0], [0]],
  [">", [2], []],
] as const)("event_type %s %j leaves the other events out", (operator, values, types) => {
  const fields = leaves;
  const predicate: PushedPredicate = { field: field(["event_type"]), operator, values };
  for (const disorder of ["0", "50"]) {
    const all = readAll(open(fields, { count: "2500", disorder }), fields);
    const kept = readAll(open(fields, { count: "2500", disorder }, null, [predicate]), fields);
    expect(kept).toEqual(all.filter(({ event_type }) => (types as readonly number[]).includes(event_type as number)));
  }
});

test.each(["0", "300"])("resumes at any position, disorder %s", (disorder) => {
  const raw = { count: "1000", rate: "2000", disorder, "events-per-second": "1000", "base-time": "now" };
  const clock = new ManualTestClock(1_700_000_000_000);
  const all: Event[] = [];
  const positions: { readonly at: number; readonly position: string }[] = [];
  const reader = open(leaves, raw, null, [], { clock });
  // The clock moves by primes, so batches come in many sizes.
  for (let step = 0; !reader.ended; step++) {
    positions.push({ at: all.length, position: JSON.stringify(reader.position()) });
    const batch = reader.poll();
    if (batch !== null) all.push(...eventsOf(batch, leaves));
    clock.advance([1, 7, 13, 101, 3][step % 5]);
  }
  positions.push({ at: all.length, position: JSON.stringify(reader.position()) });
  expect(all.length).toBe(1000);
  expect(positions.length).toBeGreaterThan(20);
  const { "events-per-second": _, ...fast } = raw;
  clock.advance(999_999);
  for (const { at, position } of positions) {
    const rest = readAll(open(leaves, fast, JSON.parse(position), [], { clock }), leaves);
    expect(rest.length).toBe(1000 - at);
    expect(JSON.stringify(rest) === JSON.stringify(all.slice(at)), `resumed at ${at}: ${position}`).toBe(true);
  }
});

test("keeps to the wall-clock rate, and waits by the clock", async () => {
  const clock = new ManualTestClock(0);
  const reader = open([price], { "events-per-second": "100" }, null, [], { clock });
  expect(reader.poll()?.length).toBe(1);
  expect(reader.poll()).toBeNull();
  let isReady = false;
  const ready = reader.ready().then(() => {
    isReady = true;
  });
  await clock.whenSleeping();
  expect(isReady).toBe(false);
  clock.advance(10);
  await ready;
  expect(reader.poll()?.length).toBe(1);
  clock.advance(995);
  expect(reader.poll()?.length).toBe(99);
  // After a stall no more than a second's worth is made up for.
  clock.advance(3_600_000);
  expect(reader.poll()?.length).toBe(101);
  expect(reader.ended).toBe(false);
  expect(reader.progress?.()).toEqual({ done: 202, total: null, unit: "records" });
  await reader.close();
  await reader.ready();
});

test("batches are at most 4,096 rows, the source is bounded by count, an empty one ends at once", () => {
  const reader = open([price], { count: "10000" });
  expect([reader.poll()?.length, reader.poll()?.length, reader.poll()?.length, reader.poll()]).toEqual([
    4096,
    4096,
    1808,
    null,
  ]);
  expect(reader.ended).toBe(true);
  expect(open([price], { count: "0" }).ended).toBe(true);
  expect(nexmarkConnector.isBounded?.({ count: 5 })).toBe(true);
  expect(nexmarkConnector.isBounded?.({})).toBe(false);
});

test("says what is wrong with columns, options and positions", () => {
  expect(() => open([{ path: ["bid", "cost"], type: price.type }], {})).toThrow(
    /no column 'bid.cost'; it has .*bid.price/,
  );
  expect(() => open([{ path: ["bid", "price"], type: leaves[2].type }], {})).toThrow(
    /'bid.price' is BIGINT; declare it so, not STRING/,
  );
  expect(() => open([price], { "base-time": "yesterday" })).toThrow(/'base-time' = 'yesterday': expected/);
  expect(() => open([price], { disorder: "1 h", rate: "1000000" })).toThrow(/keeps \d+ events back/);
  expect(() => open([price], { disorder: "1 s" }, { event: 1, state: [1, 2, 3, 4] })).toThrow(/is no position/);
});

test("starts at base-time", () => {
  for (const text of ["2020-02-29 12:00:00.5", "2020-02-29T12:00:00.500", "1582977600500"]) {
    const batch = open([field(["person", "dateTime"])], { "base-time": text }).poll();
    expect(valueAt(batch!.columns[0], 0, time.type)).toBe(Date.UTC(2020, 1, 29, 12, 0, 0, 500));
  }
});
