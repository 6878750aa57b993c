import { RowKind } from "@millrace/core";
import { expect, test } from "vitest";
import { MaterializedRows } from "./materialized-rows.ts";

test("what is left of changes: rows as often as they were added and not taken away", () => {
  const rows = new MaterializedRows();
  rows.change(RowKind.insert, "a1");
  rows.change(RowKind.insert, "b1");
  rows.change(RowKind.updateBefore, "a1");
  rows.change(RowKind.updateAfter, "a2");
  rows.change(RowKind.insert, "b1");
  rows.change(RowKind.insert, "c1");
  rows.change(RowKind.delete, "c1");
  expect([...rows.rows()]).toEqual(["b1", "b1", "a2"]);
});

test("a row may be taken away before it comes", () => {
  const rows = new MaterializedRows();
  rows.change(RowKind.delete, "a");
  expect([...rows.rows()]).toEqual([]);
  rows.change(RowKind.insert, "a");
  expect([...rows.rows()]).toEqual([]);
  rows.change(RowKind.insert, "a");
  expect([...rows.rows()]).toEqual(["a"]);
});
