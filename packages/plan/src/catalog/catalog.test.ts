import { BIGINT } from "@millrace/core";
import { describe, expect, test } from "vitest";
import { Catalog } from "./catalog.ts";
import type { CatalogTable } from "./catalog-table.ts";

const orders: CatalogTable = {
  name: "orders",
  columns: [{ kind: "physical", name: "id", type: BIGINT }],
  watermark: null,
  primaryKey: [],
  partitionKeys: [],
  options: { connector: "values" },
};

describe("Catalog", () => {
  test("finds a table by its bare and by its qualified names, and by no other", () => {
    const catalog = new Catalog();
    catalog.createTable(orders);
    const entry = { kind: "table", table: orders };
    expect(catalog.find(["orders"])).toEqual(entry);
    expect(catalog.find(["default_database", "orders"])).toEqual(entry);
    expect(catalog.find(["default_catalog", "default_database", "orders"])).toEqual(entry);
    expect(catalog.find(["default_catalog", "orders"])).toBeUndefined();
    expect(catalog.find(["other", "orders"])).toBeUndefined();
    expect(catalog.find(["Orders"])).toBeUndefined();
  });

  test("an unknown name is told with the nearest one", () => {
    const catalog = new Catalog();
    expect(() => catalog.lookup(["order"])).toThrow("no table has been created yet");
    catalog.createTable(orders);
    expect(() => catalog.lookup(["order"])).toThrow("table 'order' does not exist (did you mean 'orders'?)");
  });

  test("a name is given once, and freed by dropping it as what it is", () => {
    const catalog = new Catalog();
    catalog.createTable(orders);
    const view = { name: "orders", query: "VALUES (1)", plan: { kind: "values", fields: [], rows: [] } } as const;
    expect(() => catalog.createView(view)).toThrow("a table named 'orders' exists already");
    expect(() => catalog.drop("view", ["orders"])).toThrow("use DROP TABLE");
    catalog.drop("table", ["orders"]);
    catalog.createView(view);
    expect(catalog.names()).toEqual(["orders"]);
    expect(catalog.lookup(["orders"])).toEqual({ kind: "view", view });
  });
});
