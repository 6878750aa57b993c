import { change, end, rows, verifyOperator, watermark } from "@millrace/testkit";
import { describe, it } from "vitest";
import { BIGINT } from "../batch/data-type.ts";
import { createUnion } from "./union.ts";

const schema = { fields: [{ name: "k", type: BIGINT }] };

describe("union", () => {
  it("passes the rows of all inputs on, with their kinds", () => {
    verifyOperator({ create: createUnion, inputs: [schema, schema, schema], output: schema })
      .input(rows(0, [[1], change("-U", 2)]), rows(2, [[3]]), watermark(5), rows(1, [change("-D", 4), [null]]), end())
      .expectInOrder([1], change("-U", 2), [3], change("-D", 4), [null]);
  });
});
