import { testPipeline } from "@millrace/testkit";
import { describe, expect, expectTypeOf, it } from "vitest";
import { map, pipeline, type, value } from "./index.ts";

interface Reading {
  readonly host: string;
  readonly value: number;
}

interface Rule {
  readonly name: string;
  readonly limit: number;
}

function readingsAndRules() {
  const job = pipeline("monitoring");
  const readings = job.from<Reading>([], { name: "readings" });
  const rules = job.from<Rule>([], { name: "rules" }).broadcast({ rules: map<string, Rule>() });
  return { job, readings, rules };
}

describe("broadcast state", () => {
  it("changes rules at run time, for streams with and without keys", async () => {
    const { job, readings, rules } = readingsAndRules();
    const plain = readings.connect(rules).process({
      onBroadcast: (rule, { broadcast }) => void broadcast.rules.set(rule.name, rule),
      onRecord: (reading, { broadcast }) =>
        [...broadcast.rules.values()]
          .filter(({ limit }) => reading.value > limit)
          .map(({ name }) => `${reading.host}: ${name}`),
    });
    const keyed = readings
      .keyBy(({ host }) => host)
      .connect(rules)
      .process({
        state: { most: value(0) },
        outputs: { changed: type<string>() },
        onBroadcast(rule, { broadcast, forEachKey, output }) {
          void forEachKey;
          void output;
          broadcast.rules.set(rule.name, rule);
        },
        onRecord(reading, { state, broadcast, key }) {
          expectTypeOf(key).toEqualTypeOf<string>();
          const most = state.most.update((before) => Math.max(before, reading.value));
          return broadcast.rules.has("most") ? [{ host: key, most }] : [];
        },
      });
    expectTypeOf(await Promise.resolve(plain)).toExtend<AsyncIterable<string>>();
    const test = await testPipeline(job, { outputs: { plain, keyed } });
    await test.send("readings", { host: "a", value: 7 });
    await test.send("rules", { name: "over 5", limit: 5 });
    await test.send("readings", { host: "a", value: 6 }, { host: "b", value: 5 });
    await test.send("rules", { name: "most", limit: 100 }, { name: "over 5", limit: 1000 });
    await test.send("readings", { host: "a", value: 1 });
    expect(test.outputs.plain).toEqual(["a: over 5"]);
    expect(test.outputs.keyed).toEqual([{ host: "a", most: 7 }]);
  });

  it("is read-only for records, a map, and typed", () => {
    const { readings, rules } = readingsAndRules();
    readings.connect(rules).process({
      onBroadcast(rule, { broadcast }) {
        // @ts-expect-error: not what the map holds
        broadcast.rules.set(rule.name, rule.limit);
      },
      onRecord(_, { broadcast }) {
        // @ts-expect-error: records only read
        broadcast.rules.set("a", { name: "a", limit: 1 });
        // @ts-expect-error: not declared
        void broadcast.limits;
      },
    });
    // @ts-expect-error: a value is no map
    expect(() => readings.broadcast({ limit: value(0) })).toThrow("broadcast state 'limit' must be a map");
    expect(() => readings.broadcast({ limits: map<string, number>({ ttl: "1h" }) })).toThrow("without a time to live");
  });
});
