/** Changes in and out: records of Debezium, topics that hold a row per key. */
import { runSql } from "millrace";
import { describe, expect, test } from "vitest";
import { type KafkaFixture, rowsOf, type TableOptions, withClause } from "../kafka-fixture.ts";

export function changelogSuite(kafka: KafkaFixture): void {
  const upsert = (topic: string, options: TableOptions = {}) =>
    withClause({
      connector: "upsert-kafka",
      topic,
      "properties.bootstrap.servers": kafka.broker.bootstrapServers,
      "key.format": "json",
      "value.format": "json",
      ...options,
    });
  const boundedUpsert = (topic: string, options: TableOptions = {}) =>
    upsert(topic, { "scan.bounded.mode": "latest-offset", ...options });
  const recordsOf = async (topic: string) => (await kafka.client.read(topic)).map(({ key, value }) => [key, value]);

  describe("upsert-kafka", () => {
    const columns = "k INT, v STRING, PRIMARY KEY (k) NOT ENFORCED";

    test("a row that goes is a record without value; reading gives what the keys hold", async () => {
      const topic = await kafka.topic("upsert", 2);
      await runSql(`
        CREATE TABLE t (${columns}) WITH (${upsert(topic)});
        INSERT INTO t VALUES (1, 'a'), (2, 'b'), (3, 'c');
        INSERT INTO t SELECT k, v FROM (VALUES (1, 'a2'), (4, 'd')) AS v (k, v);
        CREATE TABLE gone (k INT, v STRING, PRIMARY KEY (k) NOT ENFORCED) WITH ('connector' = 'values', 'format' = 'debezium-json',
          'rows' = '{"before":null,"after":{"k":5,"v":"x"},"op":"c"}
{"before":{"k":2,"v":"b"},"after":null,"op":"d"}');
        INSERT INTO t SELECT k, v FROM gone;
      `);
      const rows = await rowsOf(`CREATE TABLE t (${columns}) WITH (${boundedUpsert(topic)}); SELECT * FROM t`);
      expect(rows.toSorted((a, b) => Number(a.k) - Number(b.k))).toEqual([
        { k: 1, v: "a2" },
        { k: 3, v: "c" },
        { k: 4, v: "d" },
        { k: 5, v: "x" },
      ]);
      expect(await recordsOf(topic)).toContainEqual(['{"k":2}', null]);
    });

    test("of one key in a batch the last row is written", async () => {
      const topic = await kafka.topic("compacted");
      const values = Array.from({ length: 100 }, (_, i) => `(${i % 3})`).join();
      await runSql(`
        CREATE TABLE t (k INT, n BIGINT, PRIMARY KEY (k) NOT ENFORCED) WITH (${upsert(topic)});
        INSERT INTO t SELECT k, COUNT(*) FROM (VALUES ${values}) AS v (k) GROUP BY k;
      `);
      expect((await recordsOf(topic)).sort()).toEqual([
        ['{"k":0}', '{"k":0,"n":34}'],
        ['{"k":1}', '{"k":1,"n":33}'],
        ['{"k":2}', '{"k":2,"n":33}'],
      ]);
    });

    test("keys may have names and a format of their own", async () => {
      const topic = await kafka.topic("prefixed");
      const options = { "key.format": "csv", "key.fields-prefix": "k_", "value.fields-include": "EXCEPT_KEY" };
      const both = "k_id INT, k_name STRING, v INT, PRIMARY KEY (k_id, k_name) NOT ENFORCED";
      await runSql(
        `CREATE TABLE t (${both}) WITH (${upsert(topic, options)}); INSERT INTO t VALUES (1, 'x', 5), (2, 'y', 6)`,
      );
      await kafka.client.write(topic, [{ key: "1,x", value: null }]);
      expect(await recordsOf(topic)).toEqual([
        ["1,x", '{"v":5}'],
        ["2,y", '{"v":6}'],
        ["1,x", null],
      ]);
      const rows = await rowsOf(
        `CREATE TABLE t (${both}) WITH (${boundedUpsert(topic, options)}); SELECT v, k_name FROM t`,
      );
      expect(rows).toEqual([{ v: 6, k_name: "y" }]);
    });

    test("a record without a key is bad", async () => {
      const topic = await kafka.topic("keyless");
      await kafka.client.write(topic, [{ value: '{"k":1}' }, { key: '{"k":2}', value: '{"k":2}' }]);
      const read = (policy: string) =>
        rowsOf(
          `CREATE TABLE t (${columns}) WITH (${boundedUpsert(topic, { "bad-records": policy })}); SELECT k FROM t`,
        );
      await expect(read("fail")).rejects.toThrow(/offset 0: the record has no key/);
      expect(await read("skip")).toEqual([{ k: 2 }]);
    });

    test("what cannot be is told", async () => {
      const script = (key: string, options: TableOptions) =>
        rowsOf(`CREATE TABLE t (k INT${key}) WITH (${boundedUpsert("none", options)}); SELECT * FROM t`);
      const key = ", PRIMARY KEY (k) NOT ENFORCED";
      await expect(script("", {})).rejects.toThrow(/PRIMARY KEY/);
      await expect(script(key, { "value.format": "debezium-json" })).rejects.toThrow(
        /'value.format' = 'debezium-json': its records are changes/,
      );
      const plain = `CREATE TABLE t (k INT${key}) WITH (${kafka.bounded("none")}); SELECT * FROM t`;
      await expect(rowsOf(plain)).rejects.toThrow(/use the connector 'upsert-kafka'/);
    });
  });

  test("from Debezium through a join and an aggregation into a topic by key", async () => {
    const [orders, shops, totals] = [
      await kafka.topic("orders", 3),
      await kafka.topic("shops"),
      await kafka.topic("totals", 2),
    ];
    const state = new Map<number, { id: number; shop: number; amount: number }>();
    const names = new Map<number, string>();
    const orderRecords: { key: string; value: string }[] = [];
    let random = 7;
    const next = (limit: number) => {
      random = (Math.imul(random, 1103515245) + 12345) & 0x7fffffff;
      return (random >> 8) % limit;
    };
    for (let i = 0; i < 600; i++) {
      const id = next(60);
      const before = state.get(id) ?? null;
      const after = before !== null && next(4) === 0 ? null : { id, shop: next(5), amount: next(100) };
      if (after === null) state.delete(id);
      else state.set(id, after);
      const op = before === null ? "c" : after === null ? "d" : "u";
      orderRecords.push({ key: String(id), value: JSON.stringify({ before, after, op, source: { table: "orders" } }) });
    }
    const shopRecords = Array.from({ length: 40 }, (_, i) => {
      const id = i < 6 ? i : next(6);
      if (i >= 6 && next(4) === 0) {
        names.delete(id);
        return { key: JSON.stringify({ id }), value: null };
      }
      names.set(id, `shop ${i % 4}`);
      return { key: JSON.stringify({ id }), value: JSON.stringify({ id, name: names.get(id) }) };
    });
    await kafka.client.write(orders, orderRecords);
    await kafka.client.write(shops, shopRecords);
    const script = `
      CREATE TABLE orders (id INT, shop INT, amount INT) WITH (${kafka.bounded(orders, { "value.format": "debezium-json" })});
      CREATE TABLE shops (id INT, name STRING, PRIMARY KEY (id) NOT ENFORCED) WITH (${boundedUpsert(shops)});
      CREATE TABLE totals (name STRING, n BIGINT, total INT, PRIMARY KEY (name) NOT ENFORCED) WITH (${upsert(totals)});
      CREATE TABLE written (name STRING, n BIGINT, total INT, PRIMARY KEY (name) NOT ENFORCED) WITH (${boundedUpsert(totals)});`;
    await runSql(`${script}
      INSERT INTO totals SELECT s.name, COUNT(*), SUM(o.amount) FROM orders o JOIN shops s ON o.shop = s.id
        GROUP BY s.name HAVING COUNT(*) > 1`);
    const expected = new Map<string, { name: string; n: number; total: number }>();
    for (const { shop, amount } of state.values()) {
      const name = names.get(shop);
      if (name === undefined) continue;
      const own = expected.get(name) ?? { name, n: 0, total: 0 };
      expected.set(name, { name, n: own.n + 1, total: own.total + amount });
    }
    const rows = await rowsOf(`${script} SELECT * FROM written`);
    const byName = (a: { readonly name?: unknown }, b: { readonly name?: unknown }) =>
      String(a.name) < String(b.name) ? -1 : 1;
    expect(rows.toSorted(byName).map(({ n, ...row }) => ({ ...row, n: Number(n) }))).toEqual(
      [...expected.values()].filter(({ n }) => n > 1).toSorted(byName),
    );
  });
}
