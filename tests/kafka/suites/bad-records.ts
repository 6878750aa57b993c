/** Records that cannot be decoded, by policy; those beside them are never lost. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type KafkaFixture, rowsOf, type TableOptions } from "../kafka-fixture.ts";

const INVALID_UTF8 = Buffer.concat([Buffer.from('{"n":5,"s":"'), Buffer.of(0xff, 0xfe), Buffer.from('"}')]);

export function badRecordsSuite(kafka: KafkaFixture): void {
  describe("bad records", () => {
    let topic: string;
    let folder: string;
    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), "millrace-kafka-bad-"));
      topic = await kafka.topic("bad", 2);
      await kafka.client.write(topic, [
        { value: '{"n":1,"s":"a"}', partition: 0 },
        { value: '{"n":2,"s":"b"}', partition: 1 },
        { value: '{"n":"no number"}', partition: 1 },
        { value: '{"n":3,"s":"c"}', partition: 1 },
        { value: '{"n":', partition: 1 },
        { value: INVALID_UTF8, partition: 1 },
        { value: "", partition: 1 },
        { value: '{"n":4,"s":"d"}', partition: 1 },
      ]);
    });
    afterAll(() => rmSync(folder, { recursive: true }));

    const select = async (options: TableOptions, lines: string[] = []): Promise<unknown[]> => {
      const table = `CREATE TABLE t (n BIGINT, s STRING) WITH (${kafka.bounded(topic, options)})`;
      const reporter = { warn: (line: string) => void lines.push(line), progress: () => undefined };
      const rows = await rowsOf(`${table}; SELECT n, s FROM t`, { reporter, baseDirectory: folder });
      return rows.map((row) => `${row.n}${row.s}`).sort();
    };

    test("fail says where the first one is", async () => {
      await expect(select({})).rejects.toThrow(`table 't', topic ${topic}, partition 1, offset 1: `);
    });

    test("skip counts them", async () => {
      const lines: string[] = [];
      expect(await select({ "bad-records": "skip" }, lines)).toEqual(["1a", "2b", "3c", "4d"]);
      expect(lines.at(-1)).toMatch(
        new RegExp(`^table 't': 4 bad records skipped; the first at topic ${topic}, partition 1, offset 1: `),
      );
    });

    test("dead-letter has the bytes and the place of each", async () => {
      const path = join(folder, "dead.jsonl");
      expect(await select({ "bad-records": "dead-letter", "bad-records.path": "dead.jsonl" })).toEqual([
        "1a",
        "2b",
        "3c",
        "4d",
      ]);
      const letters = readFileSync(path, "utf8").trimEnd().split("\n");
      expect(letters.map((line) => JSON.parse(line)).map(({ reason: _, ...rest }) => rest)).toEqual([
        { table: "t", position: `topic ${topic}, partition 1, offset 1`, text: '{"n":"no number"}' },
        { table: "t", position: `topic ${topic}, partition 1, offset 3`, text: '{"n":' },
        { table: "t", position: `topic ${topic}, partition 1, offset 4`, base64: INVALID_UTF8.toString("base64") },
        { table: "t", position: `topic ${topic}, partition 1, offset 5`, text: "" },
      ]);
    });

    test("a bad key is as bad as a bad value, and names itself", async () => {
      const keyed = await kafka.topic("bad-keys");
      await kafka.client.write(keyed, [
        { key: '{"id":1}', value: '{"n":1}' },
        { key: "no json", value: '{"n":2}' },
        { key: '{"id":3}', value: "no json" },
        { key: '{"id":4}', value: '{"n":4}' },
      ]);
      const options = { "key.format": "json", "key.fields": "id", "value.fields-include": "EXCEPT_KEY" };
      const table = (more: TableOptions) =>
        `CREATE TABLE t (id BIGINT, n BIGINT) WITH (${kafka.bounded(keyed, { ...options, ...more })}); SELECT id, n FROM t`;
      await expect(rowsOf(table({}))).rejects.toThrow(`topic ${keyed}, partition 0, offset 1, key: `);
      expect(await rowsOf(table({ "bad-records": "skip" }))).toEqual([
        { id: 1, n: 1 },
        { id: 4, n: 4 },
      ]);
    });
  });
}
