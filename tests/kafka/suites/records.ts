/** What stands in records: keys, values, metadata, codecs, sizes; and which partition they go to. */
import { runSql } from "millrace";
import { describe, expect, test } from "vitest";
import { type KafkaFixture, rowsOf, type TableOptions } from "../kafka-fixture.ts";

const CODECS = { none: 0, gzip: 1, snappy: 2, lz4: 3, zstd: 4 } as const;

export function recordsSuite(kafka: KafkaFixture): void {
  const insert = (columns: string, topic: string, options: TableOptions, rows: string) =>
    runSql(`CREATE TABLE t (${columns}) WITH (${kafka.with(topic, options)}); INSERT INTO t VALUES ${rows}`);
  const select = (columns: string, topic: string, options: TableOptions = {}, what = "*") =>
    rowsOf(`CREATE TABLE t (${columns}) WITH (${kafka.bounded(topic, options)}); SELECT ${what} FROM t`);

  describe("metadata", () => {
    const columns = `n BIGINT, topic STRING METADATA, \`partition\` INT METADATA, o BIGINT METADATA FROM 'offset',
      at TIMESTAMP_LTZ(3) METADATA FROM 'timestamp', kind STRING METADATA FROM 'timestamp-type',
      epoch INT METADATA FROM 'leader-epoch', h MAP<STRING, BYTES> METADATA FROM 'headers'`;

    test("of records is read", async () => {
      const topic = await kafka.topic("metadata", 2);
      await kafka.client.write(topic, [
        { value: '{"n":1}', partition: 1, timestamp: 1000, headers: { a: "x", b: "" } },
        { value: '{"n":2}', partition: 1, timestamp: 500 },
      ]);
      const place = { topic, partition: 1, kind: "CreateTime", epoch: 0 };
      expect(await select(columns, topic)).toEqual([
        {
          ...place,
          n: 1,
          o: 0,
          at: new Date(1000),
          h: new Map([
            ["a", Uint8Array.of(0x78)],
            ["b", new Uint8Array(0)],
          ]),
        },
        { ...place, n: 2, o: 1, at: new Date(500), h: new Map() },
      ]);
    });

    test("the broker's time where the topic says so", async () => {
      const topic = await kafka.topic("append-time", 1, { "message.timestamp.type": "LogAppendTime" });
      const before = Date.now();
      await kafka.client.write(topic, [{ value: '{"n":1}', timestamp: 1000 }]);
      const [row] = await select(columns, topic);
      expect(row.kind).toBe("LogAppendTime");
      expect((row.at as Date).getTime()).toBeGreaterThanOrEqual(before);
    });

    test("timestamp and headers are written; a NULL timestamp is the present, NULL headers are none", async () => {
      const [input, output] = [await kafka.topic("in"), await kafka.topic("out")];
      await kafka.client.write(input, [{ value: '{"n":1}', timestamp: 1234, headers: { a: "x", b: "yz" } }]);
      const before = Date.now();
      await runSql(`
        CREATE TABLE s (n BIGINT, at TIMESTAMP_LTZ(3) METADATA FROM 'timestamp', h MAP<STRING, BYTES> METADATA FROM 'headers')
          WITH (${kafka.bounded(input)});
        CREATE TABLE t (at TIMESTAMP_LTZ(3) METADATA FROM 'timestamp', n BIGINT, h MAP<STRING, BYTES> METADATA FROM 'headers',
          o BIGINT METADATA FROM 'offset' VIRTUAL) WITH (${kafka.with(output)});
        INSERT INTO t SELECT at, n, h FROM s;
        INSERT INTO t SELECT CAST(NULL AS TIMESTAMP_LTZ(3)), n + 1, CAST(NULL AS MAP<STRING, BYTES>) FROM s;
      `);
      const [first, second] = await kafka.client.read(output);
      expect(first).toMatchObject({ value: '{"n":1}', timestamp: 1234, headers: { a: "x", b: "yz" } });
      expect(second).toMatchObject({ value: '{"n":2}', headers: {} });
      expect(second.timestamp).toBeGreaterThanOrEqual(before);
    });

    test("a time that the broker does not take is an error of one line, at once", async () => {
      const topic = await kafka.topic("strict-time", 1, { "message.timestamp.after.max.ms": "1000" });
      const late = runSql(`
        CREATE TABLE t (n BIGINT, at TIMESTAMP_LTZ(3) METADATA FROM 'timestamp') WITH (${kafka.with(topic)});
        INSERT INTO t SELECT 1, CAST(at AS TIMESTAMP_LTZ(3)) FROM (VALUES (TIMESTAMP '3015-01-01 00:00:00')) AS v(at);
      `);
      await expect(late).rejects.toThrow(
        new RegExp(`^table 't': Kafka at \\S+: writing to topic ${topic}, partition 0 failed: .*[Tt]imestamp`),
      );
    });
  });

  describe("keys", () => {
    const keyed = { "key.format": "json", "value.format": "json" };

    test("in the value too, or only in the key, with and without prefix", async () => {
      const columns = "k_id BIGINT, v STRING, k_name STRING";
      const rows = "(7, 'a', 'seven')";
      const [both, apart, prefixed] = [await kafka.topic("k"), await kafka.topic("k"), await kafka.topic("k")];
      const fields = { ...keyed, "key.fields": "k_name;k_id" };
      const exceptKey = { ...fields, "value.fields-include": "EXCEPT_KEY" };
      await insert(columns, both, fields, rows);
      await insert(columns, apart, exceptKey, rows);
      await insert(columns, prefixed, { ...exceptKey, "key.fields-prefix": "k_" }, rows);
      const stored = async (topic: string) => (await kafka.client.read(topic)).map(({ key, value }) => [key, value]);
      expect(await stored(both)).toEqual([['{"k_name":"seven","k_id":7}', '{"k_id":7,"v":"a","k_name":"seven"}']]);
      expect(await stored(apart)).toEqual([['{"k_name":"seven","k_id":7}', '{"v":"a"}']]);
      expect(await stored(prefixed)).toEqual([['{"name":"seven","id":7}', '{"v":"a"}']]);
      const row = { k_id: 7, v: "a", k_name: "seven" };
      expect(await select(columns, both, fields)).toEqual([row]);
      expect(await select(columns, apart, exceptKey)).toEqual([row]);
      expect(await select(columns, prefixed, { ...exceptKey, "key.fields-prefix": "k_" })).toEqual([row]);
      expect(await select(columns, apart, exceptKey, "k_name")).toEqual([{ k_name: "seven" }]);
    });

    test("a null key gives NULLs, a null value (tombstone) no row", async () => {
      const topic = await kafka.topic("nulls");
      await kafka.client.write(topic, [
        { value: '{"v":1}' },
        { key: '{"id":2}', value: '{"v":2}' },
        { key: '{"id":3}', value: null },
        { value: '{"v":4}' },
        { key: '{"id":5}', value: '{"v":5}' },
      ]);
      const options = { ...keyed, "key.fields": "id", "value.fields-include": "EXCEPT_KEY" };
      expect(await select("id BIGINT, v BIGINT", topic, options)).toEqual([
        { id: null, v: 1 },
        { id: 2, v: 2 },
        { id: null, v: 4 },
        { id: 5, v: 5 },
      ]);
      // With a condition that the decoder applies, keys and values must still belong together.
      const some = await select("id BIGINT, v BIGINT", topic, options, "id, v FROM t WHERE v > 3 --");
      expect(some).toEqual([
        { id: null, v: 4 },
        { id: 5, v: 5 },
      ]);
    });
  });

  describe("partitions", () => {
    const rows = Array.from({ length: 40 }, (_, i) => `(${i}, 'name ${i}')`).join();
    const columns = "id BIGINT, name STRING";

    test("rows with a key go where the Java clients put that key", async () => {
      const topic = await kafka.topic("keyed", 5);
      const input = Array.from({ length: 40 }, (_, i) => `{"id":${i}}\tvalue ${i}\n`).join("");
      const args = ["--bootstrap-server", kafka.broker.bootstrapServers, "--topic", topic];
      await kafka.broker.tool(
        "org.apache.kafka.tools.ConsoleProducer",
        [...args, "--reader-property", "parse.key=true"],
        input,
      );
      const theirs = new Map((await kafka.client.read(topic)).map(({ key, partition }) => [key, partition]));
      const ours = await kafka.topic("keyed", 5);
      const options = { "key.format": "json", "key.fields": "id", "value.format": "json" };
      await insert(columns, ours, options, rows);
      const records = await kafka.client.read(ours);
      expect(records).toHaveLength(40);
      for (const { key, partition } of records) expect(partition).toBe(theirs.get(key));
      expect(new Set(theirs.values()).size).toBe(5);
    });

    test.each([
      ["fixed", [40, 0, 0, 0]],
      ["round-robin", [10, 10, 10, 10]],
    ])("%s", async (partitioner, expected) => {
      const topic = await kafka.topic("partitioner", 4);
      await insert(columns, topic, { "sink.partitioner": partitioner }, rows);
      const counts = [0, 0, 0, 0];
      for (const { partition } of await kafka.client.read(topic)) counts[partition]++;
      expect(counts).toEqual(expected);
    });
  });

  describe("codecs", () => {
    const texts = Array.from({ length: 50 }, (_, i) => `{"n":${i},"s":"${"some text ".repeat(20)}"}`);

    test.each(Object.entries(CODECS))("%s, written by Kafka's producer, is read", async (codec, number) => {
      const topic = await kafka.topic("codec-in");
      const args = [
        "--bootstrap-server",
        kafka.broker.bootstrapServers,
        "--topic",
        topic,
        "--compression-codec",
        codec,
      ];
      await kafka.broker.tool("org.apache.kafka.tools.ConsoleProducer", args, `${texts.join("\n")}\n`);
      expect(new Set((await kafka.client.read(topic)).map((record) => record.codec))).toEqual(new Set([number]));
      const rows = await select("n BIGINT, s STRING", topic, {}, "n, CHAR_LENGTH(s) AS size");
      expect(rows).toEqual(texts.map((_, n) => ({ n, size: 200 })));
    });

    test("all of them, written by us, are read by Kafka's consumer", async () => {
      const prefix = kafka.name("codec-out");
      for (const [codec, number] of Object.entries(CODECS)) {
        await kafka.client.createTopic(`${prefix}-${codec}`);
        const rows = texts.map((text) => `(${JSON.parse(text).n}, '${JSON.parse(text).s}')`).join();
        await insert("n BIGINT, s STRING", `${prefix}-${codec}`, { "properties.compression.type": codec }, rows);
        const records = await kafka.client.read(`${prefix}-${codec}`);
        expect(new Set(records.map((record) => record.codec))).toEqual(new Set([number]));
      }
      const all = Object.keys(CODECS).length * texts.length;
      const args = ["--bootstrap-server", kafka.broker.bootstrapServers, "--include", `${prefix}-.*`];
      const output = await kafka.broker.tool("org.apache.kafka.tools.consumer.ConsoleConsumer", [
        ...args,
        "--from-beginning",
        "--max-messages",
        String(all),
        "--timeout-ms",
        "20000",
      ]);
      const expected = Object.keys(CODECS).flatMap(() => texts);
      expect(output.trimEnd().split("\n").sort()).toEqual(expected.sort());
    });
  });

  describe("sizes", () => {
    test("a record larger than a fetch is read, in its place", async () => {
      const topic = await kafka.topic("large");
      await kafka.client.write(topic, [{ value: '{"s":"a"}' }]);
      await kafka.client.write(topic, [{ value: `{"s":"${"x".repeat(500_000)}"}` }]);
      await kafka.client.write(topic, [{ value: '{"s":"b"}' }]);
      const options = { "properties.max.partition.fetch.bytes": "1 kb" };
      const rows = await select("s STRING", topic, options, "CHAR_LENGTH(s) AS size");
      expect(rows.map((row) => row.size)).toEqual([1, 500_000, 1]);
    });

    test("many rows in small batches arrive in order", async () => {
      const topic = await kafka.topic("many");
      await runSql(`
        CREATE TABLE s (n BIGINT) WITH ('connector' = 'datagen', 'number-of-rows' = '20000', 'fields.n.kind' = 'sequence',
          'fields.n.start' = '0', 'fields.n.end' = '19999');
        CREATE TABLE t (n BIGINT) WITH (${kafka.with(topic, { "properties.batch.size": "4 kb", "properties.compression.type": "lz4" })});
        INSERT INTO t SELECT n FROM s;
      `);
      const rows = await select("n BIGINT", topic);
      expect(rows.map((row) => row.n)).toEqual(Array.from({ length: 20_000 }, (_, n) => n));
    });

    test("more than the topic takes is an error that says what to do", async () => {
      const topic = await kafka.topic("narrow", 1, { "max.message.bytes": "2000" });
      const row = (size: number) => `('${"x".repeat(size)}')`;
      await expect(insert("s STRING", topic, {}, row(3000))).rejects.toThrow(
        /: writing to topic \S+, partition 0 failed: a record of \d+ bytes is larger than the topic takes; raise its max.message.bytes$/,
      );
      const many = Array.from({ length: 20 }, () => row(500)).join();
      await expect(insert("s STRING", topic, {}, many)).rejects.toThrow(
        /a batch of 20 records of \d+ bytes is larger than the topic takes; raise its max.message.bytes or lower 'properties.batch.size'$/,
      );
      await insert("s STRING", topic, { "properties.batch.size": "1500" }, many);
      expect(await kafka.client.read(topic)).toHaveLength(20);
    });
  });

  describe("csv", () => {
    test("values and keys, the key's columns left out of the value", async () => {
      const topic = await kafka.topic("csv");
      const columns = "id BIGINT, name STRING, amount DECIMAL(10, 2)";
      const options = {
        "value.format": "csv",
        "key.format": "csv",
        "key.fields": "name",
        "value.fields-include": "EXCEPT_KEY",
      };
      await insert(columns, topic, options, "(1, 'a,b', 12.5), (2, 'c', CAST(NULL AS DECIMAL(10, 2)))");
      expect((await kafka.client.read(topic)).map(({ key, value }) => [key, value])).toEqual([
        ['"a,b"', "1,12.50"],
        ["c", "2,"],
      ]);
      expect(await select(columns, topic, options)).toEqual([
        { id: 1, name: "a,b", amount: "12.50" },
        { id: 2, name: "c", amount: null },
      ]);
    });
  });

  describe("topics that a sink finds missing", () => {
    test("are made by a broker that does so", async () => {
      const topic = kafka.name("made-by-broker");
      await insert("n BIGINT", topic, {}, "(1), (2)");
      expect(await kafka.client.values(topic)).toEqual(['{"n":1}', '{"n":2}']);
    });

    test("with a name that no topic can have are an error", async () => {
      await expect(insert("n BIGINT", "no/such topic", {}, "(1)")).rejects.toThrow(/table 't': Kafka at \S+: .*topic/i);
    });
  });
}
