import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { fields, json, pipeline, types } from "millrace";
import { kafka as topicOf } from "millrace/kafka";
import { sinkConformance, sourceConformance } from "millrace/testing";
import { describe, expect, test } from "vitest";
import { repositoryRoot } from "../../../scripts/source-tree.ts";
import type { KafkaFixture } from "../kafka-fixture.ts";

const run = promisify(execFile);

/** Pipelines in TypeScript over topics. */
export function pipelinesSuite(kafka: KafkaFixture): void {
  describe("pipelines", () => {
    const brokers = () => kafka.broker.bootstrapServers;

    test("write and read a topic, with keys, and errors name the offset", async () => {
      const topic = await kafka.topic("pipeline", 3);
      const orders = Array.from({ length: 100 }, (_, id) => ({ id, shop: `s${id % 7}` }));
      const writing = pipeline("write");
      writing.from(orders).to(topicOf.sink({ brokers: brokers(), topic, format: json(), key: ({ shop }) => shop }));
      await writing.run();

      const Order = fields({ id: types.DOUBLE.notNull(), shop: types.STRING.notNull() });
      const typed = topicOf({ brokers: brokers(), topic, until: "latest", format: json(Order) });
      const read = await pipeline("read").from(typed).toArray();
      expect(read.sort((a, b) => a.id - b.id)).toEqual(orders);

      // Records of a key stand in one partition, in their order.
      const seen = new Map<string, number>();
      for (const { id, shop } of await pipeline("order").from(typed).toArray()) {
        expect(id).toBeGreaterThan(seen.get(shop) ?? -1);
        seen.set(shop, id);
      }

      const values = topicOf({ brokers: brokers(), topic, until: "latest", format: json<{ readonly id: number }>() });
      const failing = pipeline("fail")
        .from(values)
        .map(({ id }) => {
          if (id === 42) throw new Error("not this one");
          return id;
        });
      await expect(failing.toArray()).rejects.toThrow(
        new RegExp(`^map-1 failed on \\{"id":42.*\\(topic ${topic}, partition \\d, offset \\d+\\): not this one$`),
      );
    });

    test("sources and sinks keep to what the engine relies on", async () => {
      const topic = await kafka.topic("source", 1);
      const records = Array.from({ length: 50 }, (_, n) => ({ n }));
      const filling = pipeline("fill");
      filling.from(records).to(topicOf.sink({ brokers: brokers(), topic, format: json() }));
      await filling.run();
      const format = json<{ readonly n: number }>();
      for (const until of ["latest", undefined] as const) {
        const create = () => topicOf({ brokers: brokers(), topic, until, format });
        for (const { name, run: runCase } of sourceConformance(() => ({ create, expected: [records] }))) {
          await runCase().catch((cause: unknown) => {
            throw new Error(`${until ?? "unbounded"}: ${name}`, { cause });
          });
        }
      }
      const suite = sinkConformance(async () => {
        const target = await kafka.topic("sink", 1);
        const source = topicOf({ brokers: brokers(), topic: target, until: "latest", format });
        return {
          sink: topicOf.sink({ brokers: brokers(), topic: target, format }),
          records: records.slice(0, 3),
          written: () => pipeline("check").from(source).toArray(),
        };
      });
      for (const { name, run: runCase } of suite) {
        await runCase().catch((cause: unknown) => {
          throw new Error(name, { cause });
        });
      }
    });

    test("examples/kafka-hello appends ' processed' and prints", async () => {
      const topic = await kafka.topic("hello");
      const writing = pipeline("write");
      writing
        .from([{ text: "a" }, { text: "b", n: 1 }])
        .to(topicOf.sink({ brokers: brokers(), topic, format: json() }));
      await writing.run();
      const main = join(repositoryRoot, "examples", "kafka-hello", "main.ts");
      const { stdout } = await run(process.execPath, ["--conditions=millrace-source", main, topic, "--bounded"], {
        env: { ...process.env, BROKERS: brokers() },
      });
      expect(stdout).toBe('{"text":"a processed"}\n{"text":"b processed","n":1}\n');
    });
  });
}
