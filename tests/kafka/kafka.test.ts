/** The Kafka connector against a real broker. One file: its suites share the broker, which costs more than they do. */
import { afterAll, beforeAll, describe } from "vitest";
import { kafkaUnavailable } from "../services/kafka-broker.ts";
import { KafkaFixture } from "./kafka-fixture.ts";
import { badRecordsSuite } from "./suites/bad-records.ts";
import { borrowedBatchesSuite } from "./suites/borrowed-batches.ts";
import { changelogSuite } from "./suites/changelog.ts";
import { nexmarkSuite } from "./suites/nexmark.ts";
import { offsetsSuite } from "./suites/offsets.ts";
import { outagesSuite } from "./suites/outages.ts";
import { pipelinesSuite } from "./suites/pipelines.ts";
import { recordsSuite } from "./suites/records.ts";
import { securitySuite } from "./suites/security.ts";
import { transactionsSuite } from "./suites/transactions.ts";

const unavailable = await kafkaUnavailable();
if (unavailable !== null) console.warn(`tests/kafka skipped: ${unavailable}`);

describe.skipIf(unavailable !== null)("Kafka", { timeout: 60_000 }, () => {
  const kafka = new KafkaFixture();
  beforeAll(() => kafka.start(), 120_000);
  afterAll(() => kafka.stop(), 60_000);

  nexmarkSuite(kafka);
  offsetsSuite(kafka);
  transactionsSuite(kafka);
  badRecordsSuite(kafka);
  recordsSuite(kafka);
  changelogSuite(kafka);
  borrowedBatchesSuite(kafka);
  pipelinesSuite(kafka);
  securitySuite(kafka);
  outagesSuite(kafka);
});
