import { expect, test } from "vitest";
import { columnOf } from "../batch/column-builder.ts";
import { BIGINT, BOOLEAN, type Field, INT, STRING } from "../batch/data-type.ts";
import { hashRows } from "../batch/hash-rows.ts";
import { storedRowBytes, tableEntryBytes } from "./entry-size.ts";
import { createMemoryState } from "./memory-state-backend.ts";

const field = (name: string, type: Field["type"]): Field => ({ name, type });
/** A power of two, so that what doubles is full. */
const COUNT = 16_384;
const SLICE = 4096;

function columnsFrom(fields: readonly Field[], from: number) {
  const numbers = Array.from({ length: SLICE }, (_, i) => from + i);
  const sample = (type: Field["type"], n: number) =>
    type.kind === "boolean" ? n % 2 === 0 : type === STRING ? `text of 16 ${n}`.padEnd(16).slice(-16) : n;
  return fields.map(({ type }) =>
    columnOf(
      type,
      numbers.map((n) => sample(type, n)),
    ),
  );
}

test.each([
  [[field("k", BIGINT)], [field("n", BIGINT)]],
  [
    [field("a", INT), field("b", BIGINT)],
    [field("x", BIGINT), field("y", BOOLEAN), field("z", INT)],
  ],
  [[field("s", STRING)], [field("n", BIGINT)]],
])("a table's entries take what the plan says, within a third", (key, values) => {
  const table = createMemoryState().table({ name: "t", key, values });
  const slots = new Int32Array(SLICE);
  for (let from = 0; from < COUNT; from += SLICE) {
    table.slotsOf(columnsFrom(key, from), SLICE, slots);
    for (const [c, column] of columnsFrom(values, from).entries()) table.columns[c].write(slots, column, SLICE);
  }
  const measured = table.byteSize / COUNT;
  expect(Math.abs(tableEntryBytes(key, values) - measured) / measured).toBeLessThan(1 / 3);
});

test.each([true, false])("a store's rows take what the plan says, within a third; indexed: %s", (isIndexed) => {
  const fields = [field("k", BIGINT), field("s", STRING), field("b", BOOLEAN), field("n", INT)];
  const store = createMemoryState().rowStore({ name: "s", fields, key: [0], isIndexed });
  const rows = Int32Array.from({ length: SLICE }, (_, i) => i);
  const hashes = new Int32Array(SLICE);
  for (let from = 0; from < COUNT; from += SLICE) {
    const columns = columnsFrom(fields, from);
    hashRows([columns[0]], SLICE, hashes);
    store.append(0, columns, rows, 0, SLICE, hashes);
  }
  const measured = store.byteSize / COUNT;
  expect(Math.abs(storedRowBytes(fields, isIndexed) - measured) / measured).toBeLessThan(1 / 3);
});
