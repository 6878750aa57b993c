import { expect, test } from "vitest";
import { decodeBatch, encodeBatch } from "./batch-codec.ts";
import { valueAt } from "./column.ts";
import { columnOf } from "./column-builder.ts";
import { row, STRING, VALUE } from "./data-type.ts";
import { recordBatch } from "./record-batch.ts";

test("a byte order mark at the start of a text is kept", () => {
  const text = "\ufeffmark";
  const types = [STRING, row([{ name: "a", type: STRING }]), VALUE];
  const values = [text, [text], { [text]: text }];
  const batch = recordBatch(
    1,
    types.map((type, i) => columnOf(type, [values[i]])),
  );
  for (const { columns } of [batch, decodeBatch(encodeBatch(batch))])
    expect(columns.map((column, i) => valueAt(column, 0, types[i]))).toEqual(values);
});
