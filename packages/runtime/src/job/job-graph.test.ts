import { BIGINT } from "@millrace/core";
import type { PhysicalPlan } from "@millrace/plan";
import { expect, test } from "vitest";
import { createJobGraph } from "./job-graph.ts";

const base = { fields: [{ name: "a", type: BIGINT }], changelogMode: "append" as const };
const values = (id: string): PhysicalPlan => ({ ...base, kind: "values", id, rows: [] });
const limit = (id: string, input: PhysicalPlan): PhysicalPlan => ({
  ...base,
  kind: "limit",
  id,
  input,
  limit: 1,
  offset: 0,
});
const union = (id: string, ...inputs: PhysicalPlan[]): PhysicalPlan => ({ ...base, kind: "union", id, inputs });

test("shared nodes are one vertex, producers come first, parts that share nothing are tasks of their own", () => {
  const shared = limit("shared", values("v"));
  const graph = createJobGraph([
    limit("x", shared),
    union("y", shared, shared, values("w")),
    limit("z", values("alone")),
  ]);
  expect(graph.vertices.map(({ node, inputs }) => [node.id, inputs])).toEqual([
    ["v", []],
    ["shared", [0]],
    ["x", [1]],
    ["w", []],
    ["y", [1, 1, 3]],
    ["alone", []],
    ["z", [5]],
  ]);
  expect(graph.tasks).toEqual([
    [0, 1, 2, 3, 4],
    [5, 6],
  ]);
});

test("plans may be deep", () => {
  let plan = values("v");
  for (let i = 0; i < 20_000; i++) plan = limit(`l${i}`, plan);
  expect(createJobGraph([plan]).vertices.length).toBe(20_001);
});
