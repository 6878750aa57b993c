import { describe, expect, it } from "vitest";
import { asChangelogTable, asTable, type Change, fields, pipeline, types } from "../index.ts";

const Order = fields({ shop: types.STRING.notNull(), amount: types.INT.notNull() });
const orders = [
  { shop: "a", amount: 2, at: 1000 },
  { shop: "b", amount: 3, at: 2000 },
  { shop: "a", amount: 5, at: 61_000 },
];

describe("job.sql", () => {
  it("takes streams as tables and gives a stream, between other operators", async () => {
    const job = pipeline("p");
    const source = job.from(orders).map(({ shop, amount }) => ({ shop: shop.toUpperCase(), amount }));
    const table = await job.sql("SELECT shop, amount FROM orders WHERE amount > 2", {
      tables: { orders: asTable(source, Order) },
      result: Order,
    });
    expect(
      await table
        .rows()
        .map(({ shop, amount }) => `${shop}${amount}`)
        .toArray(),
    ).toEqual(["B3", "A5"]);
  });

  it("windows go by the event time of the stream", async () => {
    const job = pipeline("p");
    const source = job.from(orders, { watermark: { field: "at" } }).map(({ shop, amount }) => ({ shop, amount }));
    const text = `
      SELECT shop, SUM(amount) AS total, window_start
      FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '1' MINUTE))
      GROUP BY shop, window_start, window_end`;
    const result = await job.sql<{ readonly shop: string; readonly total: number }>(text, {
      tables: { orders: asTable(source, Order, { rowtime: "ts" }) },
    });
    const rows = await result.rows().toArray();
    expect(rows.map(({ shop, total }) => [shop, total]).sort()).toEqual([
      ["a", 2],
      ["a", 5],
      ["b", 3],
    ]);
  });

  it("changes come with their kinds; a query that updates has no rows()", async () => {
    const job = pipeline("p");
    const table = await job.sql<{ readonly shop: string; readonly total: number }>(
      "SELECT shop, SUM(amount) AS total FROM orders GROUP BY shop",
      { tables: { orders: asTable(job.from(orders), Order) } },
    );
    expect(() => table.rows()).toThrow("take changes()");
    const changes = await table.changes().toArray();
    expect(changes).toContainEqual({ kind: "+I", row: { shop: "b", total: 3 } });
    expect(changes).toContainEqual({ kind: "+I", row: { shop: "a", total: 7 } });
  });

  it("takes a stream of changes, by their kinds", async () => {
    const job = pipeline("p");
    const changes: readonly Change<{ readonly shop: string; readonly amount: number }>[] = [
      { kind: "+I", row: { shop: "a", amount: 1 } },
      { kind: "+I", row: { shop: "a", amount: 5 } },
      { kind: "-D", row: { shop: "a", amount: 1 } },
      { kind: "+I", row: { shop: "b", amount: 2 } },
    ];
    const table = await job.sql("SELECT shop, amount FROM t WHERE shop = 'a'", {
      tables: { t: asChangelogTable(job.from(changes), Order) },
      result: Order,
    });
    expect(await table.changes().toArray()).toEqual(changes.slice(0, 3));
  });

  it("joins two streams, one read twice, with views and tables of its own", async () => {
    const job = pipeline("p");
    const names = asTable(
      job.from([{ shop: "a", name: "Ann" }]),
      fields({ shop: types.STRING.notNull(), name: types.STRING.notNull() }),
    );
    const text = `
      CREATE TEMPORARY VIEW big AS SELECT * FROM orders WHERE amount > 2;
      CREATE TABLE labels (k STRING, v STRING) WITH ('connector' = 'values', 'rows' = '{"k": "a", "v": "x"}', 'format' = 'json');
      SELECT n.name, b.amount, l.v FROM big b JOIN names n ON b.shop = n.shop JOIN labels l ON l.k = n.shop
      WHERE b.amount IN (SELECT amount FROM orders)`;
    const table = await job.sql(text, { tables: { orders: asTable(job.from(orders), Order), names } });
    expect((await table.changes().toArray()).map(({ row }) => row)).toEqual([{ name: "Ann", amount: 5, v: "x" }]);
    const again = await job.sql("SELECT COUNT(*) AS n FROM big");
    expect((await again.changes().toArray()).at(-1)?.row).toEqual({ n: 2n });
  });

  it("refuses what does not fit, by name", async () => {
    const job = pipeline("p");
    const tables = { orders: asTable(job.from(orders), Order) };
    await expect(job.sql("SELECT shop FROM orders", { tables, result: Order })).rejects.toThrow(
      "result of the query: the schema has a field 'amount' that the query does not give",
    );
    await expect(job.sql("SELECT nothing FROM orders")).rejects.toThrow("nothing");
    const wrong = pipeline("p");
    const table = await wrong.sql("SELECT amount FROM orders", {
      tables: { orders: asTable(wrong.from([{ shop: "a", amount: 1.5 }]), Order) },
    });
    await expect(table.rows().toArray()).rejects.toThrow(
      "table 'orders': field 'amount' of a record gave 1.5, which is no INT",
    );
  });
});
