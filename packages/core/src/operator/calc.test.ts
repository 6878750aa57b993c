import { change, end, rows, verifyOperator, watermark } from "@millrace/testkit";
import { describe, it } from "vitest";
import { BIGINT } from "../batch/data-type.ts";
import { selectBatch } from "../batch/gather.ts";
import { createCalc } from "./calc.ts";

const schema = { fields: [{ name: "a", type: BIGINT }] };

describe("calc", () => {
  it("emits what its kernel leaves of a batch, and no empty batches", () => {
    const create = () =>
      createCalc({
        run(batch) {
          const [column] = batch.columns;
          const odd: number[] = [];
          for (let i = 0; i < batch.length; i++)
            if (column.kind === "float64" && column.values[i] % 2 === 1) odd.push(i);
          return odd.length === 0 ? null : selectBatch(batch, Int32Array.from(odd), odd.length);
        },
      });
    verifyOperator({ create, inputs: [schema], output: schema, partitionedBy: [[0]] })
      .input(rows(0, [[1], [2], change("-D", 3)]), watermark(1), rows(0, [[4]]), end())
      .expectInOrder([1], change("-D", 3));
  });
});
