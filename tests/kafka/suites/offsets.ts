/** Where reading starts and ends, groups, and what appears while a job runs. */
import { query, runSql } from "millrace";
import { beforeAll, describe, expect, test, vi } from "vitest";
import type { TestMessage } from "../../../packages/connectors/kafka/fixtures/topic-client.ts";
import { type KafkaFixture, rowsOf, startJob, type TableOptions } from "../kafka-fixture.ts";

const WAIT = { timeout: 20_000, interval: 50 };

/** Partition 0 has n = 0 to 4, partition 1 has 10 to 14, a second apart, from 1 s on. */
const records: readonly TestMessage[] = [0, 10].flatMap((first, partition) =>
  Array.from({ length: 5 }, (_, i) => ({ value: `{"n":${first + i}}`, partition, timestamp: (i + 1) * 1000 })),
);
const all = [0, 1, 2, 3, 4, 10, 11, 12, 13, 14];

export function offsetsSuite(kafka: KafkaFixture): void {
  const select = async (options: string): Promise<number[]> => {
    const rows = await rowsOf(`CREATE TABLE t (n BIGINT) WITH (${options}); SELECT n FROM t`);
    return rows.map((row) => Number(row.n)).sort((a, b) => a - b);
  };

  const committed = async (group: string, topic: string): Promise<Record<number, number>> => {
    const [answer] = await kafka.client.admin.listConsumerGroupOffsets({
      groups: [{ groupId: group, topics: [{ name: topic, partitionIndexes: [0, 1] }] }],
    });
    const offsets = answer.topics.find(({ name }) => name === topic)?.partitions ?? [];
    return Object.fromEntries(offsets.map((each) => [each.partitionIndex, Number(each.committedOffset)]));
  };

  /** Tried until the new broker has found out that it keeps the offsets itself. */
  const commit = (group: string, topic: string, offsets: readonly number[]) =>
    vi.waitFor(() => alterOffsets(group, topic, offsets), WAIT);
  const alterOffsets = (group: string, topic: string, offsets: readonly number[]) =>
    kafka.client.admin.alterConsumerGroupOffsets({
      groupId: group,
      topics: [
        {
          name: topic,
          partitionOffsets: offsets.map((offset, partition) => ({ partition, offset: BigInt(offset) })),
        },
      ],
    });

  describe("start and end", () => {
    let topic: string;
    beforeAll(async () => {
      topic = await kafka.topic("numbers", 2);
      await kafka.client.write(topic, records);
      await commit("group-of-start", topic, [3, 4]);
    });

    const latest = { "scan.bounded.mode": "latest-offset" };
    const cases: readonly (readonly [string, TableOptions, readonly number[]])[] = [
      ["from the earliest, by default", latest, all],
      ["from the earliest", { ...latest, "scan.startup.mode": "earliest-offset" }, all],
      ["from the latest", { ...latest, "scan.startup.mode": "latest-offset" }, []],
      [
        "from a time between two records",
        { ...latest, "scan.startup.mode": "timestamp", "scan.startup.timestamp-millis": "3500" },
        [3, 4, 13, 14],
      ],
      [
        "from the very time of a record",
        { ...latest, "scan.startup.mode": "timestamp", "scan.startup.timestamp-millis": "4000" },
        [3, 4, 13, 14],
      ],
      [
        "from a time behind all records",
        { ...latest, "scan.startup.mode": "timestamp", "scan.startup.timestamp-millis": "6000" },
        [],
      ],
      [
        "from offsets",
        {
          ...latest,
          "scan.startup.mode": "specific-offsets",
          "scan.startup.specific-offsets": "partition:0,offset:3;partition:1,offset:5",
        },
        [3, 4],
      ],
      [
        "from offsets, the partition that is not named from its start",
        {
          ...latest,
          "scan.startup.mode": "specific-offsets",
          "scan.startup.specific-offsets": "partition:1,offset:4",
        },
        [0, 1, 2, 3, 4, 14],
      ],
      [
        "from a group's offsets, by default with a group",
        { ...latest, "properties.group.id": "group-of-start", "properties.enable.auto.commit": "false" },
        [3, 4, 14],
      ],
      [
        "from a group without offsets: the earliest",
        { ...latest, "properties.group.id": "no-such-group", "properties.enable.auto.commit": "false" },
        all,
      ],
      [
        "from a group without offsets, reset to the latest",
        {
          ...latest,
          "properties.group.id": "no-such-group",
          "properties.enable.auto.commit": "false",
          "properties.auto.offset.reset": "latest",
        },
        [],
      ],
      [
        "to offsets; the partition that is not named is not read",
        { "scan.bounded.mode": "specific-offsets", "scan.bounded.specific-offsets": "partition:0,offset:2" },
        [0, 1],
      ],
      ["to a time", { "scan.bounded.mode": "timestamp", "scan.bounded.timestamp-millis": "3000" }, [0, 1, 10, 11]],
      [
        "to a group's offsets",
        {
          "scan.startup.mode": "earliest-offset",
          "scan.bounded.mode": "group-offsets",
          "properties.group.id": "group-of-start",
          "properties.enable.auto.commit": "false",
        },
        [0, 1, 2, 10, 11, 12, 13],
      ],
      [
        "between offsets, inside what the producer sent as one batch",
        {
          "scan.startup.mode": "specific-offsets",
          "scan.startup.specific-offsets": "partition:0,offset:1;partition:1,offset:2",
          "scan.bounded.mode": "specific-offsets",
          "scan.bounded.specific-offsets": "partition:0,offset:3;partition:1,offset:2",
        },
        [1, 2],
      ],
    ];
    test.each(cases)("%s", async (_name, options, expected) => {
      expect(await select(kafka.with(topic, options))).toEqual(expected);
    });

    test("a group without offsets and nothing to fall back to is an error", async () => {
      const options = {
        ...latest,
        "properties.group.id": "no-such-group",
        "properties.auto.offset.reset": "none",
      };
      await expect(select(kafka.with(topic, options))).rejects.toThrow(
        `no offset is known for topic ${topic}, partition 0, 1, and 'properties.auto.offset.reset' is 'none'`,
      );
    });

    test("an offset that is not there is an error with what there is, unless the table says where to go on", async () => {
      const beyond = {
        "scan.startup.mode": "specific-offsets",
        "scan.startup.specific-offsets": "partition:0,offset:99;partition:1,offset:5",
        "scan.bounded.mode": "specific-offsets",
        "scan.bounded.specific-offsets": "partition:0,offset:100",
      };
      await expect(select(kafka.with(topic, beyond))).rejects.toThrow(
        `topic ${topic}, partition 0, offset 99 is not there: the partition holds 0 to 5`,
      );
      const lines: string[] = [];
      const reader = query(
        `CREATE TABLE t (n BIGINT) WITH (${kafka.with(topic, { ...beyond, "properties.auto.offset.reset": "earliest" })});
         SELECT n FROM t LIMIT 5`,
        { reporter: { warn: (line) => void lines.push(line), progress: () => undefined } },
      );
      expect((await Array.fromAsync(reader)).map((row) => row.n)).toEqual([0, 1, 2, 3, 4]);
      expect(lines[0]).toContain("offset 99 is not there: the partition holds 0 to 5, exclusive; reading on at 0");
    });

    test("a partition that the topic does not have is an error", async () => {
      const options = {
        ...latest,
        "scan.startup.mode": "specific-offsets",
        "scan.startup.specific-offsets": "partition:7,offset:0",
      };
      await expect(select(kafka.with(topic, options))).rejects.toThrow(
        `'scan.startup.specific-offsets' names partition 7; topic ${topic} has 0 to 1`,
      );
    });
  });

  describe("topics", () => {
    test("an empty topic gives no rows and ends", async () => {
      expect(await select(kafka.bounded(await kafka.topic("empty", 3)))).toEqual([]);
    });

    test("several topics, and those that match a pattern", async () => {
      const prefix = kafka.name("several");
      for (const [i, suffix] of ["-a", "-b", "-other"].entries()) {
        await kafka.client.createTopic(prefix + suffix, 2);
        await kafka.client.write(prefix + suffix, [{ value: `{"n":${i}}`, partition: i % 2 }]);
      }
      expect(await select(kafka.bounded(`${prefix}-a;${prefix}-b`))).toEqual([0, 1]);
      const { topic: _, ...options } = { topic: "", "topic-pattern": `${prefix}-[a-b]` };
      expect(await select(kafka.bounded("", options).replace("'topic' = '', ", ""))).toEqual([0, 1]);
    });

    test("latest: what was there is not read, what comes is", async () => {
      const topic = await kafka.topic("latest");
      await kafka.client.write(topic, [{ value: '{"n":1}' }]);
      const output = await kafka.topic("copy");
      const job = startJob(copyScript(kafka, topic, output, { "scan.startup.mode": "latest-offset" }));
      await vi.waitFor(async () => {
        await kafka.client.write(topic, [{ value: '{"n":2}' }]);
        expect((await kafka.client.values(output)).length).toBeGreaterThan(0);
      }, WAIT);
      await job.stop();
      expect(new Set(await kafka.client.values(output))).toEqual(new Set(['{"n":2}']));
    });

    test("partitions and topics that appear while the job runs are read from their first record", async () => {
      const prefix = kafka.name("growing");
      await kafka.client.createTopic(`${prefix}-a`, 1);
      const output = await kafka.topic("copy");
      const script = copyScript(kafka, "", output, {
        "topic-pattern": `${prefix}-.*`,
        "scan.startup.mode": "latest-offset",
        "scan.topic-partition-discovery.interval": "100 ms",
      }).replace("'topic' = '', ", "");
      const job = startJob(script);
      await vi.waitFor(async () => {
        await kafka.client.write(`${prefix}-a`, [{ value: '{"n":0}', partition: 0 }]);
        expect(await kafka.client.values(output)).toContain('{"n":0}');
      }, WAIT);
      await kafka.client.addPartitions(`${prefix}-a`, 2);
      await kafka.client.createTopic(`${prefix}-b`, 1);
      await kafka.client.write(`${prefix}-a`, [{ value: '{"n":1}', partition: 1 }]);
      await kafka.client.write(`${prefix}-b`, [{ value: '{"n":2}', partition: 0 }]);
      await vi.waitFor(async () => {
        const values = await kafka.client.values(output);
        expect(values).toContain('{"n":1}');
        expect(values).toContain('{"n":2}');
      }, WAIT);
      await job.stop();
    });
  });

  describe("offsets of a group", () => {
    test("are committed when a bounded job has finished: the next goes on from there", async () => {
      const topic = await kafka.topic("committed", 2);
      const group = kafka.name("group");
      const options = kafka.with(topic, { "scan.bounded.mode": "latest-offset", "properties.group.id": group });
      await kafka.client.write(topic, records);
      expect(await select(options)).toEqual(all);
      expect(await committed(group, topic)).toEqual({ 0: 5, 1: 5 });
      expect(await select(options)).toEqual([]);
      await kafka.client.write(topic, [{ value: '{"n":99}', partition: 1 }]);
      expect(await select(options)).toEqual([99]);
    });

    test("are committed while a job runs, after its sink has the rows", async () => {
      const topic = await kafka.topic("running", 2);
      const output = await kafka.topic("copy");
      const group = kafka.name("group");
      await kafka.client.write(topic, records);
      const job = startJob(
        copyScript(kafka, topic, output, {
          "properties.group.id": group,
          "properties.auto.commit.interval.ms": "100",
        }),
      );
      await vi.waitFor(async () => expect(await committed(group, topic)).toEqual({ 0: 5, 1: 5 }), WAIT);
      expect((await kafka.client.values(output)).length).toBe(10);
      await job.stop();
      expect(job.lines).toEqual([]);
    });

    test("are left alone without 'properties.enable.auto.commit'", async () => {
      const topic = await kafka.topic("uncommitted", 2);
      const group = kafka.name("group");
      await kafka.client.write(topic, records);
      const options = { "properties.group.id": group, "properties.enable.auto.commit": "false" };
      expect(await select(kafka.bounded(topic, options))).toEqual(all);
      expect(await committed(group, topic)).toEqual({ 0: -1, 1: -1 });
    });

    test("one that other consumers are members of cannot be committed to: told, and the job goes on", async () => {
      const topic = await kafka.topic("members", 1);
      const group = kafka.name("group");
      await kafka.client.write(topic, [{ value: '{"n":1}' }]);
      const member = await kafka.client.joinGroup(group, topic);
      const lines: string[] = [];
      await runSql(
        copyScript(kafka, topic, await kafka.topic("copy"), {
          "scan.startup.mode": "earliest-offset",
          "scan.bounded.mode": "latest-offset",
          "properties.group.id": group,
        }),
        { reporter: { warn: (line) => void lines.push(line), progress: () => undefined } },
      );
      await member.leave();
      expect(lines).toEqual([
        expect.stringMatching(
          /^table 'source': Kafka at \S+: committing offsets of group \S+ failed: .* \(how far it has been read is not committed\)$/,
        ),
      ]);
    });
  });
}

/** Copies the numbers of one topic to another. */
function copyScript(kafka: KafkaFixture, from: string, to: string, options: TableOptions): string {
  return `
    CREATE TABLE source (n BIGINT) WITH (${kafka.with(from, options)});
    CREATE TABLE target (n BIGINT) WITH (${kafka.with(to)});
    INSERT INTO target SELECT n FROM source;
  `;
}
