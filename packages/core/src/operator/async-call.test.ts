import { batchOf, change, changesOf } from "@millrace/testkit";
import { describe, expect, it } from "vitest";
import { INT, STRING } from "../batch/data-type.ts";
import type { RecordBatch } from "../batch/record-batch.ts";
import { type AsyncKernel, createAsyncCall } from "./async-call.ts";

const schema = {
  fields: [
    { name: "n", type: INT },
    { name: "text", type: STRING },
  ],
};
const output = { fields: [...schema.fields, { name: "f", type: INT }, { name: "g", type: STRING }] };

/** Calls that are answered by hand, in any order. */
class Answers {
  readonly waiting: {
    readonly values: readonly unknown[];
    resolve(value: unknown): void;
    reject(error: unknown): void;
  }[] = [];
  most = 0;

  readonly kernel: AsyncKernel = (values) =>
    new Promise((resolve, reject) => {
      this.waiting.push({ values, resolve, reject });
      this.most = Math.max(this.most, this.waiting.length);
    });

  /** Answers one call, the first or the last of those that wait. */
  answer(which: "first" | "last"): void {
    const call = which === "first" ? this.waiting.shift() : this.waiting.pop();
    if (call === undefined) throw new Error("no call waits");
    const [n] = call.values as readonly [number | null];
    call.resolve(n === null ? null : n * 10);
  }
}

const spec = (capacity: number) => ({
  kind: "async-call" as const,
  passed: 2,
  calls: [
    { args: [0], argTypes: [INT], type: INT, capacity },
    { args: [1, 0], argTypes: [STRING, INT], type: STRING, capacity },
  ],
});

const rows = [[1, "a"], [null, "b"], change("-U", 3, null), change("+U", 4, "d"), change("-D", 5, "e")];
const expected = [
  [1, "a", 10, "a1"],
  [null, "b", null, "bnull"],
  change("-U", 3, null, 30, "null3"),
  change("+U", 4, "d", 40, "d4"),
  change("-D", 5, "e", 50, "e5"),
];

/** Drives the operator as its task does; `answer` is called whenever it waits. */
async function run(answers: Answers, capacity: number, answer: () => void) {
  const kernels: readonly AsyncKernel[] = [answers.kernel, ([text, n]) => Promise.resolve(`${text}${n}`)];
  const operator = createAsyncCall(spec(capacity), kernels);
  const batches: RecordBatch[] = [];
  for (const given of operator.onBatch(batchOf(schema, rows), 0)) {
    if (given instanceof Promise) {
      answer();
      await given;
    } else batches.push(given);
  }
  return batches.flatMap((batch) => changesOf(batch, output));
}

describe("async calls", () => {
  it.each(["first", "last"] as const)("keep rows in order though the %s call is answered first", async (which) => {
    const answers = new Answers();
    const result = await run(answers, 100, () => {
      if (answers.waiting.length > 0) answers.answer(which);
    });
    expect(result).toEqual(changesOf(batchOf(output, expected), output));
    expect(answers.most).toBe(rows.length);
  });

  it.each([1, 2])("are at most %i at a time", async (capacity) => {
    const answers = new Answers();
    const result = await run(answers, capacity, () => {
      if (answers.waiting.length > 0) answers.answer("first");
    });
    expect(result).toEqual(changesOf(batchOf(output, expected), output));
    expect(answers.most).toBe(capacity);
  });

  it("fail with the first failure, whatever is answered behind it", async () => {
    const answers = new Answers();
    const failing = run(answers, 100, () => {
      const [first, second, third] = answers.waiting.splice(0);
      second?.reject(new Error("no answer"));
      first?.resolve(1);
      third?.reject(new Error("later"));
    });
    await expect(failing).rejects.toThrow("no answer");
  });
});
