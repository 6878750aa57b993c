/** Records of transactions: only committed ones are read, and an open one holds back what stands behind it. */
import { beforeAll, describe, expect, test } from "vitest";
import { type KafkaFixture, rowsOf, type TableOptions } from "../kafka-fixture.ts";

export function transactionsSuite(kafka: KafkaFixture): void {
  const select = async (topic: string, options: TableOptions = {}): Promise<unknown[]> => {
    const table = `CREATE TABLE t (n BIGINT, o BIGINT METADATA FROM 'offset') WITH (${kafka.bounded(topic, options)})`;
    return (await rowsOf(`${table}; SELECT n FROM t ORDER BY o`)).map((row) => row.n);
  };
  const messages = (...values: readonly number[]) => values.map((n) => ({ value: `{"n":${n}}`, partition: 0 }));

  describe("transactions", () => {
    let topic: string;
    beforeAll(async () => {
      topic = await kafka.topic("transactions");
      await kafka.client.write(topic, messages(0));
      // Several aborted ones of one producer in one fetch: the case in which the client library gives aborted records out.
      await kafka.client.transactions(topic, kafka.name("writer"), [
        { messages: messages(1, 2), end: "abort" },
        { messages: messages(3), end: "abort" },
        { messages: messages(4, 5), end: "commit" },
        { messages: messages(6), end: "abort" },
      ]);
      await kafka.client.write(topic, messages(7));
    }, 30_000);

    test("aborted ones are left out by default", async () => {
      expect(await select(topic)).toEqual([0, 4, 5, 7]);
    });

    test("a start inside an aborted one gives none of its records", async () => {
      const options = {
        "scan.startup.mode": "specific-offsets",
        "scan.startup.specific-offsets": "partition:0,offset:2",
      };
      expect(await select(topic, options)).toEqual([4, 5, 7]);
    });

    test("read_uncommitted gives all", async () => {
      expect(await select(topic, { "properties.isolation.level": "read_uncommitted" })).toEqual([
        0, 1, 2, 3, 4, 5, 6, 7,
      ]);
    });

    test("behind an open one nothing is read", async () => {
      const open = await kafka.topic("open-transaction");
      await kafka.client.write(open, messages(0));
      await kafka.client.transactions(open, kafka.name("writer"), [{ messages: messages(1), end: "leave open" }]);
      await kafka.client.write(open, messages(2));
      expect(await select(open)).toEqual([0]);
      expect(await select(open, { "properties.isolation.level": "read_uncommitted" })).toEqual([0, 1, 2]);
    });
  });
}
