/** Brokers that are down at the start or die mid-way, and topics that are not there. */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { query } from "millrace";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { cliEnvironment, launcher } from "../../cli/run-cli.ts";
import { type KafkaFixture, rowsOf, startJob, type TableOptions } from "../kafka-fixture.ts";

const WAIT = { timeout: 40_000, interval: 50 };
const COUNT = 300;
/** Ends before record COUNT, which comes after the outages. */
const toCount: TableOptions = {
  "scan.startup.mode": "earliest-offset",
  "scan.bounded.mode": "specific-offsets",
  "scan.bounded.specific-offsets": `partition:0,offset:${COUNT}`,
};
const quickRetries = `
  SET 'restart-strategy.type' = 'fixed-delay';
  SET 'restart-strategy.fixed-delay.attempts' = '3';
  SET 'restart-strategy.fixed-delay.delay' = '100 ms';
`;
const patientRetries = `
  SET 'restart-strategy.type' = 'fixed-delay';
  SET 'restart-strategy.fixed-delay.attempts' = '1000';
  SET 'restart-strategy.fixed-delay.delay' = '200 ms';
`;

export function outagesSuite(kafka: KafkaFixture): void {
  const numbers = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, i) => ({ value: `{"n":${from + i}}`, partition: 0 }));
  const all = numbers(0, COUNT).map(({ value }) => value);
  const address = () => kafka.broker.bootstrapServers;
  const copy = (from: string, to: string, options: TableOptions = {}) => `
    CREATE TABLE source (n BIGINT) WITH (${kafka.with(from, { ...toCount, ...options })});
    CREATE TABLE target (n BIGINT) WITH (${kafka.with(to)});
    INSERT INTO target SELECT n FROM source;
  `;

  let createsTopics = true;
  const startWithoutCreation = async () => {
    await kafka.broker.start({ KAFKA_CREATES_TOPICS: "false" });
    await kafka.reconnect();
    createsTopics = false;
  };

  describe("outages", { timeout: 120_000 }, () => {
    let folder: string;
    beforeAll(() => {
      folder = mkdtempSync(join(tmpdir(), "millrace-kafka-outages-"));
    });
    afterAll(() => rmSync(folder, { recursive: true }));

    /** The command in the background; `exit` is its code. */
    const cli = (name: string, script: string) => {
      const path = join(folder, `${name}.sql`);
      writeFileSync(path, script);
      const child = spawn(process.execPath, [launcher, "run", path], { env: cliEnvironment });
      const output = { text: "" };
      child.stderr.on("data", (chunk: Buffer) => {
        output.text += chunk.toString();
      });
      const exit = new Promise<number | null>((resolve) => child.on("close", resolve));
      return { output, exit };
    };

    test("down at the start and dead mid-way: jobs wait, say so in a line, go on, and no row is lost", async () => {
      const input = await kafka.topic("outage-input");
      const byCommand = await kafka.topic("outage-command");
      const bySink = await kafka.topic("outage-sink");
      await kafka.client.write(input, numbers(0, 100));
      await kafka.broker.kill();

      const command = cli("copy", `${patientRetries} ${copy(input, byCommand)}`);
      const lines: string[] = [];
      const read: unknown[] = [];
      const reading = (async () => {
        const script = `${patientRetries} CREATE TABLE t (n BIGINT) WITH (${kafka.with(input, toCount)}); SELECT n FROM t`;
        const reporter = { warn: (line: string) => void lines.push(line), progress: () => undefined };
        for await (const row of query(script, { reporter })) read.push(row.n);
      })();
      await vi.waitFor(() => {
        expect(command.output.text).toContain("retrying in");
        expect(lines).toHaveLength(1);
      }, WAIT);
      expect(lines[0]).toBe(`table 't': Kafka at ${address()} cannot be reached (no connection): retrying in 200 ms`);

      await kafka.broker.start();
      await kafka.reconnect();
      await vi.waitFor(async () => {
        expect(read).toHaveLength(100);
        expect(await kafka.client.values(byCommand)).toHaveLength(100);
      }, WAIT);
      expect(lines).toHaveLength(2);
      expect(lines[1]).toMatch(/^table 't': reachable again after [\d.]+ m?s$/);

      const writer = startJob(`
        CREATE TABLE counter (n BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '200', 'number-of-rows' = '1600',
          'fields.n.kind' = 'sequence', 'fields.n.start' = '0', 'fields.n.end' = '1599');
        CREATE TABLE target (n BIGINT) WITH (${kafka.with(bySink)});
        INSERT INTO target SELECT n FROM counter;
      `);
      const impatient = startJob(`
        CREATE TABLE counter (n BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '20');
        CREATE TABLE target (n BIGINT) WITH (${kafka.with(await kafka.topic("lost"), { "properties.delivery.timeout.ms": "1 s" })});
        INSERT INTO target SELECT n FROM counter;
      `);
      await vi.waitFor(async () => expect((await kafka.client.values(bySink)).length).toBeGreaterThan(0), WAIT);
      await kafka.broker.kill();
      await vi.waitFor(() => {
        expect(lines).toHaveLength(3);
        expect(writer.lines).toHaveLength(1);
        expect(command.output.text.split("retrying in")).toHaveLength(3); // the sink's at the start, the source's now
      }, WAIT);
      expect(lines[2]).toBe(lines[0]);
      expect(writer.lines[0]).toBe(
        `table 'target': Kafka at ${address()} cannot be reached (no connection): retrying for up to 120 s`,
      );
      await expect(impatient.done).rejects.toThrow(
        `table 'target': Kafka at ${address()} cannot be reached (no connection): given up after 1 s`,
      );
      await expect(
        rowsOf(`${quickRetries} CREATE TABLE t (n BIGINT) WITH (${kafka.bounded(input)}); SELECT n FROM t`),
      ).rejects.toThrow(
        /^table 't': Kafka at \S+ cannot be reached \(no connection\): given up after 3 tries in [\d.]+ m?s$/,
      );

      await startWithoutCreation();
      await kafka.client.write(input, numbers(100, COUNT));
      await Promise.all([reading, writer.done]);
      expect(await command.exit).toBe(0);

      expect(read).toEqual(Array.from({ length: COUNT }, (_, i) => i));
      expect(new Set(await kafka.client.values(byCommand))).toEqual(new Set(all));
      const written = await kafka.client.values(bySink);
      expect(new Set(written)).toEqual(new Set(Array.from({ length: 1600 }, (_, n) => `{"n":${n}}`)));
      // The broker has kept the numbers of the writer's batches over its crash, so none stands twice either.
      expect(written).toHaveLength(1600);
      expect(lines).toHaveLength(4);
      expect(writer.lines).toHaveLength(2);
      expect(command.output.text).not.toMatch(/^\s+at /m);
    });

    test("a command whose broker stays away ends with code 1 and a line that says how often it was tried", async () => {
      const dead = { "properties.bootstrap.servers": "127.0.0.1:9" };
      const table = `CREATE TABLE t (n BIGINT) WITH (${kafka.bounded("any", dead)});`;
      const sink = `CREATE TABLE o (n BIGINT) WITH ('connector' = 'blackhole');`;
      const { output, exit } = cli("dead", `${quickRetries} ${table} ${sink} INSERT INTO o SELECT n FROM t;`);
      expect(await exit).toBe(1);
      const told = output.text.trimEnd().split("\n");
      expect(told[0]).toBe(
        "millrace: warning: table 't': Kafka at 127.0.0.1:9 cannot be reached (no connection): retrying in 100 ms",
      );
      expect(told[1]).toMatch(
        /^millrace: SOURCE_UNAVAILABLE: table 't': Kafka at 127.0.0.1:9 cannot be reached \(no connection\): given up after 3 tries in \d+ ms$/,
      );
      expect(told).toHaveLength(2);
    });
  });

  describe("topics that are not there", () => {
    test("a source says so at once, with the name that was perhaps meant", async () => {
      const topic = await kafka.topic("measurements");
      const lines: string[] = [];
      const reporter = { warn: (line: string) => void lines.push(line), progress: () => undefined };
      const script = `CREATE TABLE t (n BIGINT) WITH (${kafka.bounded(topic.replace("ment", "nent"))}); SELECT n FROM t`;
      await expect(rowsOf(script, { reporter })).rejects.toThrow(
        `table 't': Kafka at ${address()} has no topic '${topic.replace("ment", "nent")}' (did you mean '${topic}'?); create it, or correct the option 'topic'`,
      );
      expect(lines).toEqual([]);
    });

    test("a sink says so too, if the broker does not make them", async () => {
      if (createsTopics) {
        await kafka.broker.kill();
        await startWithoutCreation();
      }
      const job = startJob(`
        CREATE TABLE t (n BIGINT) WITH (${kafka.with("nowhere")});
        INSERT INTO t VALUES (1);
      `);
      await expect(job.done).rejects.toThrow(
        `table 't': Kafka at ${address()} has no topic 'nowhere' and does not create it by itself; create it, or correct the option 'topic'`,
      );
      expect(job.lines).toEqual([]);
    });

    test("a pattern that matches none: an error if the table is bounded, else it waits", async () => {
      const options = { "topic-pattern": "no-such-.*" };
      const table = kafka.bounded("", options).replace("'topic' = '', ", "");
      await expect(rowsOf(`CREATE TABLE t (n BIGINT) WITH (${table}); SELECT n FROM t`)).rejects.toThrow(
        "has no topic that matches 'topic-pattern' = 'no-such-.*'",
      );
      const waiting = startJob(`
        CREATE TABLE t (n BIGINT) WITH (${kafka.with("", options).replace("'topic' = '', ", "")});
        CREATE TABLE o (n BIGINT) WITH ('connector' = 'blackhole');
        INSERT INTO o SELECT n FROM t;
      `);
      await vi.waitFor(() => expect(waiting.lines[0]).toMatch(/has no topic that matches .*; waiting for one$/), WAIT);
      await waiting.stop();
    });
  });
}
