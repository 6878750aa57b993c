/** Plans of every kind of node, through the real compiler and operators. */
import {
  BIGINT,
  BOOLEAN,
  type ConnectorFactory,
  columnOf,
  type DataType,
  type RecordBatch,
  recordBatch,
  rowKindText,
  STRING,
  TIMESTAMP_3,
  valueAt,
} from "@millrace/core";
import { type CalcSpec, call, column, literal, type PhysicalPlan, type PlanField } from "@millrace/plan";
import { ManualClock, TestSource } from "@millrace/testkit";
import { expect, test } from "vitest";
import { Registry } from "../registry.ts";
import { executeJob } from "./execute-job.ts";

const field = (name: string, type: DataType): PlanField => ({ name, type });
const orders = [field("shop", STRING), field("price", BIGINT), field("ts", TIMESTAMP_3)];
type Row = readonly [shop: string, price: number, ts: number];

const calcOf = (fields: readonly PlanField[], rest: Partial<CalcSpec> = {}): CalcSpec => ({
  inputTypes: fields.map(({ type }) => type),
  filter: null,
  projections: fields.map(({ type }, i) => column(i, type)),
  watermark: null,
  ...rest,
});

let nextId = 1;
const base = (kind: string, fields: readonly PlanField[], changelogMode: "append" | "retract" = "append") => ({
  id: `${kind}-${nextId++}`,
  fields,
  changelogMode,
});

function scan(name: string): PhysicalPlan {
  return {
    ...base("scan", orders),
    kind: "scan",
    table: {
      name,
      columns: orders.map((each) => ({ kind: "physical" as const, name: each.name, type: each.type })),
      watermark: null,
      primaryKey: [],
      partitionKeys: [],
      options: { connector: "test" },
    },
    options: { connector: "test" },
    readFields: orders.map(({ name: path, type }) => ({ path: [path], type })),
    metadata: [],
    predicates: [],
    calc: calcOf(orders, { watermark: column(2, TIMESTAMP_3) }),
    idleTimeoutMs: 0,
  };
}

const count = { name: "count", args: [], distinct: false, filter: null, type: { ...BIGINT, nullable: false } };
const sum = { name: "sum", args: [1], distinct: false, filter: null, type: BIGINT };

function batchOf(rows: readonly Row[]): RecordBatch {
  const columns = orders.map(({ type }, i) =>
    columnOf(
      type,
      rows.map((row) => row[i]),
    ),
  );
  return recordBatch(rows.length, columns);
}

/** The rows of the result, each with its kind if it is no insert. */
async function run(input: PhysicalPlan, tables: Record<string, readonly (readonly Row[])[]>): Promise<string[]> {
  const connector: ConnectorFactory = {
    name: "test",
    options: {},
    createSource: (_, { tableName }) => {
      const source = new TestSource({ splits: ["0"] });
      source.push("0", ...tables[tableName].map(batchOf));
      source.end("0");
      return source;
    },
  };
  const result: string[] = [];
  const job = executeJob(
    {
      ...base("collect", input.fields, input.changelogMode === "append" ? "append" : "retract"),
      kind: "sink",
      input,
      table: null,
      options: {},
      overwrite: false,
    },
    {
      registry: new Registry([connector]),
      clock: new ManualClock(),
      reporter: { warn: (line) => expect.unreachable(line), progress: () => undefined },
      collect(batch) {
        for (let row = 0; row < batch.length; row++) {
          const values = input.fields.map(({ type }, i) => valueAt(batch.columns[i], row, type));
          const kind = batch.kinds?.[row] ?? 0;
          result.push(`${kind === 0 ? "" : `${rowKindText[kind]} `}${values.join(",")}`);
        }
      },
    },
  );
  expect((await job.done).state).toBe("finished");
  return result;
}

const some: Row[][] = [
  [
    ["a", 5, 1000],
    ["b", 7, 1500],
  ],
  [
    ["a", 1, 2500],
    ["a", 2, 3000],
  ],
];

test("calc, sort, limit", async () => {
  const input = scan("t");
  const doubled = call("*", [column(1, BIGINT), literal(2, BIGINT)], BIGINT);
  const condition = call(">", [column(1, BIGINT), literal(1, BIGINT)], BOOLEAN);
  const fields = [orders[0], field("doubled", BIGINT)];
  const calc = calcOf(orders, { filter: condition, projections: [column(0, STRING), doubled] });
  const computed: PhysicalPlan = { ...base("calc", fields), kind: "calc", input, calc };
  const keys = [{ column: 1, descending: true, nullsFirst: false }];
  const sorted: PhysicalPlan = { ...base("sort", fields), kind: "sort", input: computed, keys };
  expect(await run(sorted, { t: some })).toEqual(["b,14", "a,10", "a,4"]);
  const limited: PhysicalPlan = { ...base("limit", fields), kind: "limit", input: sorted, limit: 1, offset: 1 };
  expect(await run(limited, { t: some })).toEqual(["a,10"]);
});

test("a group aggregate updates", async () => {
  const fields = [orders[0], field("n", count.type), field("total", BIGINT)];
  const plan: PhysicalPlan = {
    ...base("group-aggregate", fields, "retract"),
    kind: "group-aggregate",
    input: scan("t"),
    keys: [0],
    aggregates: [count, sum],
    stateTtlMs: 0,
  };
  expect(await run(plan, { t: some })).toEqual(["a,1,5", "b,1,7", "-U a,1,5", "+U a,3,8"]);
});

const bounds = [field("window_start", TIMESTAMP_3), field("window_end", TIMESTAMP_3)];
const tumble = { kind: "tumble" as const, sizeMs: 2000, offsetMs: 0 };

function windowed(
  window: Extract<PhysicalPlan, { kind: "window-aggregate" }>["window"],
  input: PhysicalPlan,
): PhysicalPlan {
  return {
    ...base("window-aggregate", [orders[0], field("total", BIGINT), ...bounds]),
    kind: "window-aggregate",
    input,
    keys: [0],
    window,
    aggregates: [sum],
    properties: ["window_start", "window_end"],
  };
}

test("window aggregates: aligned, sessions, and of rows that carry their window", async () => {
  const assigned = (window: typeof tumble | { kind: "session"; gapMs: number; partitionKeys: number[] }) =>
    windowed({ kind: "assigned", window, timeColumn: 2, timeDomain: "event" }, scan("t"));
  const inTwoSeconds = ["a,5,0,2000", "b,7,0,2000", "a,3,2000,4000"];
  expect(await run(assigned(tumble), { t: some })).toEqual(inTwoSeconds);
  const session = { kind: "session" as const, gapMs: 600, partitionKeys: [0] };
  expect(await run(assigned(session), { t: some })).toEqual(["a,5,1000,1600", "b,7,1500,2100", "a,3,2500,3600"]);
  const fields = [...orders, ...bounds, field("window_time", TIMESTAMP_3)];
  const carrying: PhysicalPlan = {
    ...base("window-assign", fields),
    kind: "window-assign",
    timeDomain: "event",
    input: scan("t"),
    window: tumble,
    timeColumn: 2,
  };
  const attached = windowed({ kind: "attached", startColumn: 3, endColumn: 4 }, carrying);
  expect(await run(attached, { t: some })).toEqual(inTwoSeconds);
});

test("joins with a rest of the condition, and union", async () => {
  const left = scan("t");
  const right = scan("u");
  const residual = call("<", [column(1, BIGINT), column(4, BIGINT)], BOOLEAN);
  const fields = [...orders, ...orders];
  const join = { joinType: "inner" as const, left, right, leftKeys: [0], rightKeys: [0], residual };
  const other: Row[][] = [
    [
      ["a", 4, 1100],
      ["b", 9, 3500],
    ],
  ];
  const regular: PhysicalPlan = {
    ...base("regular-join", fields),
    kind: "regular-join",
    ...join,
    nullSafeKeys: [false],
    leftPruning: null,
    rightPruning: null,
    leftTtlMs: 0,
    rightTtlMs: 0,
  };
  const all = await run(regular, { t: some, u: other });
  expect(all.sort()).toEqual(["a,1,2500,a,4,1100", "a,2,3000,a,4,1100", "b,7,1500,b,9,3500"]);

  const withWindow = (input: PhysicalPlan): PhysicalPlan => ({
    ...base("window-assign", [...orders, ...bounds, field("window_time", TIMESTAMP_3)]),
    kind: "window-assign",
    timeDomain: "event",
    input,
    window: tumble,
    timeColumn: 2,
  });
  const [l, r] = [withWindow(scan("t")), withWindow(scan("u"))];
  const sameWindow: PhysicalPlan = {
    ...base("window-join", [...l.fields, ...r.fields]),
    kind: "window-join",
    joinType: "inner",
    left: l,
    right: r,
    leftKeys: [0],
    rightKeys: [0],
    leftWindow: { startColumn: 3, endColumn: 4 },
    rightWindow: { startColumn: 3, endColumn: 4 },
    residual: call("<", [column(1, BIGINT), column(7, BIGINT)], BOOLEAN),
  };
  expect(await run(sameWindow, { t: some, u: [[["a", 9, 1200]], [["b", 9, 3500]]] })).toEqual([
    "a,5,1000,0,2000,1999,a,9,1200,0,2000,1999",
  ]);

  const union: PhysicalPlan = { ...base("union", orders), kind: "union", inputs: [left, left] };
  expect(await run(union, { t: [[["a", 1, 1]]] })).toEqual(["a,1,1", "a,1,1"]);
});
