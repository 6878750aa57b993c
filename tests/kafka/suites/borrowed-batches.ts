/** Batches are borrowed until the next poll: a fetch that arrives meanwhile must not touch what they point into. */
import { parseOptions, STRING, valueAt } from "@millrace/core";
import { expect, test } from "vitest";
import { lineFormats, testContext } from "../../../packages/connectors/basic/fixtures/table-context.ts";
import { kafkaConnector } from "../../../packages/connectors/kafka/src/kafka-connector.ts";
import type { KafkaFixture } from "../kafka-fixture.ts";

const FETCHES = 6;
const ROWS = 20;

export function borrowedBatchesSuite(kafka: KafkaFixture): void {
  test.each(["none", "gzip"] as const)(
    "a batch stays as it is while the next fetch arrives: %s",
    async (compression) => {
      const topic = await kafka.topic("borrowed");
      const values = (fetch: number) => Array.from({ length: ROWS }, (_, row) => `fetch ${fetch}, row ${row}`);
      for (let fetch = 0; fetch < FETCHES; fetch++) {
        await kafka.client.write(
          topic,
          values(fetch).map((value) => ({ value })),
          compression,
        );
      }
      const options = {
        topic,
        "properties.bootstrap.servers": kafka.broker.bootstrapServers,
        "scan.startup.mode": "earliest-offset",
        "scan.bounded.mode": "latest-offset",
        // So that each fetch gives one of the writes.
        "properties.max.partition.fetch.bytes": "1",
      };
      // Its text columns point into the bytes that were fetched, and keys have no format.
      const formats = { ...lineFormats([]), name: (option = "format") => (option === "format" ? "line" : null) };
      const source = kafkaConnector.createSource?.(
        { fields: [{ path: ["line"], type: STRING }], metadata: [], predicates: [] },
        testContext({ options: parseOptions(kafkaConnector.options, options, "test"), formats }),
      );
      if (source === undefined) throw new Error("the connector reads");
      const [split] = await source.discoverSplits();
      const reader = source.createReader(split!, null);
      try {
        for (let fetch = 0; fetch < FETCHES; fetch++) {
          await reader.ready();
          const batch = reader.poll();
          const read = () =>
            Array.from({ length: batch?.length ?? 0 }, (_, row) => valueAt(batch!.columns[0]!, row, STRING));
          expect(read()).toEqual(values(fetch));
          // Until the next fetch is there, or there is none.
          await reader.ready();
          expect(read()).toEqual(values(fetch));
        }
      } finally {
        await reader.close();
        await source.close?.();
      }
    },
  );
}
