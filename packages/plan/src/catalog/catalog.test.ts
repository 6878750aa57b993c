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
    const path = ["default_catalog", "default_database", "orders"];
    const entry = { kind: "table", table: orders, path, isTemporary: false };
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
    expect(catalog.lookup(["orders"])).toMatchObject({ kind: "view", view });
  });

  test("databases and catalogs: names are looked up in the current one, or by their own", () => {
    const catalog = new Catalog();
    catalog.createTable(orders);
    catalog.putDatabase("default_catalog", { name: "sales", options: {} });
    catalog.createCatalog("other", { type: "generic_in_memory" });
    catalog.useDatabase(["default_catalog", "sales"]);
    expect(catalog.find(["orders"])).toBeUndefined();
    expect(catalog.find(["default_database", "orders"])?.path[1]).toBe("default_database");
    catalog.createTable(orders);
    expect(catalog.find(["orders"])?.path).toEqual(["default_catalog", "sales", "orders"]);
    catalog.useCatalog("other");
    expect(catalog.currentDatabase).toBe("default");
    expect(catalog.find(["default_catalog", "sales", "orders"])).toBeDefined();
    // A catalog remembers the database that was in use.
    catalog.useCatalog("default_catalog");
    expect(catalog.currentDatabase).toBe("sales");
  });

  test("what is temporary hides what is not, and changes no version", () => {
    const catalog = new Catalog();
    catalog.createTable(orders);
    const { version } = catalog;
    const hiding = { ...orders, comment: "temporary" };
    catalog.create({ kind: "table", table: hiding }, ["orders"], true);
    expect(catalog.version).toBe(version);
    expect(catalog.find(["orders"])).toMatchObject({ table: hiding, isTemporary: true });
    expect(catalog.names()).toEqual(["orders"]);
    catalog.drop("table", ["orders"]);
    expect(catalog.find(["orders"])).toMatchObject({ table: orders });
  });
});
