/**
 * CPU time per event of the nexmark connector alone, for the columns of q0: node benchmarks/micro/nexmark-generator.ts [MILLIONS]
 * (with --conditions=millrace-source). Bids only, as the plan pushes `event_type = 2` down.
 */
import { basicConnectors, nexmarkSchema } from "@millrace/connector-basic";
import { createMetricGroup, fieldType, INT, type ReadRequest, type TableContext } from "@millrace/core";

const count = Number(process.argv[2] ?? 5) * 1e6;
const q0 = ["auction", "bidder", "price", "channel", "url", "dateTime", "extra"].map((name) => ["bid", name]);
const q1 = ["auction", "bidder", "price", "dateTime", "extra"].map((name) => ["bid", name]);
const all = nexmarkSchema.fields.flatMap((field) =>
  field.type.kind === "row" ? field.type.fields.map((child) => [field.name, child.name]) : [[field.name]],
);

function measure(name: string, paths: string[][], bidsOnly: boolean, disorder = 0): void {
  const eventType = { path: ["event_type"], type: INT };
  const request: ReadRequest = {
    fields: paths.map((path) => ({ path, type: fieldType(nexmarkSchema, { path }) ?? INT })),
    metadata: [],
    predicates: bidsOnly ? [{ field: eventType, operator: "=", values: [2] }] : [],
  };
  const connector = basicConnectors.find((candidate) => candidate.name === "nexmark");
  const context: TableContext = {
    tableName: "events",
    schema: nexmarkSchema,
    primaryKey: [],
    partitionKeys: [],
    options: { seed: 1, rate: 10_000, disorder, count },
    formats: { decoder: unused, encoder: unused, changelogMode: () => "append", name: () => null },
    badRecords: { report: unused, flush: async () => undefined },
    metrics: createMetricGroup(),
    clock: { now: () => Date.now(), sleep: async () => undefined },
    reporter: { warn: console.warn, progress: console.log },
    baseDirectory: ".",
    signal: new AbortController().signal,
  };
  const source = connector?.createSource?.(request, context);
  const reader = source?.createReader({ id: "nexmark", properties: null }, null);
  if (reader === undefined) throw new Error("no nexmark source");
  const startCpu = process.cpuUsage();
  let rows = 0;
  while (!reader.ended) rows += reader.poll()?.length ?? 0;
  const { user, system } = process.cpuUsage(startCpu);
  const seconds = (user + system) / 1e6;
  const nanoseconds = ((seconds * 1e9) / count).toFixed(1);
  console.log(
    `${name}: ${rows} rows, ${nanoseconds} ns CPU per event, ${(count / seconds / 1e6).toFixed(1)} M events per CPU s`,
  );
}

function unused(): never {
  throw new Error("the nexmark connector uses no format");
}

measure("q0, bids", q0, true);
measure("q1, bids", q1, true);
measure("q0 columns, all events", q0, false);
measure("all columns, all events", all, false);
measure("q0, bids, disorder 2 s", q0, true, 2000);
