import { batchOf, end, rows, verifyOperator, watermark } from "@millrace/testkit";
import { describe, expect, it } from "vitest";
import { BIGINT, STRING } from "../batch/data-type.ts";
import { createMetricGroup } from "../metrics.ts";
import { createMemoryState } from "../state/memory-state-backend.ts";
import { createLimit } from "./limit.ts";

const schema = {
  fields: [
    { name: "a", type: BIGINT },
    { name: "b", type: STRING },
  ],
};
const list = [0, 1, 2, 3, 4, 5, 6].map((i) => [i, `row ${i}`]);

describe("limit", () => {
  it.each([
    [3, 0, 0, 3],
    [null, 2, 2, 7],
    [2, 3, 3, 5],
    [0, 0, 0, 0],
    [100, 6, 6, 7],
    [5, 7, 7, 7],
  ])("LIMIT %s OFFSET %s passes rows %i to %i", (limit, offset, from, to) => {
    verifyOperator({
      create: (context) => createLimit({ kind: "limit", limit, offset }, context),
      inputs: [schema],
      output: schema,
    })
      .input(rows(0, list.slice(0, 4)), watermark(1), rows(0, list.slice(4)), end())
      .expectInOrder(...list.slice(from, to));
  });

  it("says when it is done", () => {
    const context = { operatorId: "limit", state: createMemoryState(), metrics: createMetricGroup() };
    const operator = createLimit({ kind: "limit", limit: 2, offset: 1 }, context);
    const done = list.slice(0, 4).map((row) => {
      for (const _ of operator.onBatch(batchOf(schema, [row]), 0)) expect(operator.isDone).toBeTypeOf("boolean");
      return operator.isDone;
    });
    expect(done).toEqual([false, false, true, true]);
  });
});
