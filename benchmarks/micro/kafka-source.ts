/**
 * How fast Kafka topics are read and written: `node --conditions=millrace-source benchmarks/micro/kafka-source.ts [EVENTS]`.
 * Starts a broker, fills a topic of 4 partitions with Nexmark events from the generator (which measures the sink), then
 * reads it with several queries and copies it with another, each in a fresh process. The broker shares the machine: CPU seconds are those of our process
 * alone, events per second depend on both.
 */
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { ScriptSession } from "millrace";
import { TopicClient } from "../../packages/connectors/kafka/fixtures/topic-client.ts";
import { startKafka } from "../../tests/services/kafka-broker.ts";

const nexmark = join(import.meta.dirname, "..", "nexmark");
const PARTITIONS = 4;
const DEFAULT_EVENTS = 1_000_000;

const { KAFKA_BENCHMARK_STEP: step, KAFKA_BENCHMARK_SERVERS: servers, KAFKA_BENCHMARK_EVENTS: count } = process.env;
if (step !== undefined) await measureStep(step, servers ?? "", Number(count));
else await measureAll(Number(process.argv[2] ?? DEFAULT_EVENTS));

async function measureAll(events: number): Promise<void> {
  const broker = await startKafka();
  try {
    const client = new TopicClient(broker.bootstrapServers);
    for (const codec of ["none", "lz4", "q1"]) await client.createTopic(topicOf(codec), PARTITIONS);
    await client.close();
    const steps = [
      "write none",
      "write lz4",
      "none q0",
      "none q1",
      "none q5",
      "none count",
      "none offsets",
      "lz4 q0",
      "copy q1",
    ];
    for (const each of steps) {
      const { stdout } = await promisify(execFile)(process.execPath, [...process.execArgv, import.meta.filename], {
        env: {
          ...process.env,
          KAFKA_BENCHMARK_STEP: each,
          KAFKA_BENCHMARK_SERVERS: broker.bootstrapServers,
          KAFKA_BENCHMARK_EVENTS: String(events),
        },
      });
      process.stdout.write(stdout);
    }
  } finally {
    await broker.dispose();
  }
}

async function measureStep(name: string, bootstrapServers: string, events: number): Promise<void> {
  const [first, second] = name.split(" ");
  const isWrite = first === "write";
  const codec = isWrite ? second : first === "copy" ? "none" : first;
  const kafka = Object.entries({
    connector: "kafka",
    format: "json",
    topic: topicOf(codec),
    "properties.bootstrap.servers": bootstrapServers,
    "properties.compression.type": codec,
    "scan.bounded.mode": "latest-offset",
  })
    .map(([option, value]) => `'${option}' = '${value}'`)
    .join(", ");
  const script = isWrite
    ? `${tables(`'connector' = 'nexmark', 'count' = '${events}'`)}
       ${tables(kafka).replace("CREATE TABLE events", "CREATE TABLE copy").split("CREATE VIEW")[0]}
       INSERT INTO copy SELECT event_type, person, auction, bid FROM events;`
    : first === "copy"
      ? `${tables(kafka)} CREATE TABLE target (auction BIGINT, bidder BIGINT, euros DECIMAL(23, 3), ts TIMESTAMP(3))
           WITH (${kafka.replace(topicOf(codec), topicOf(second))}); INSERT INTO target ${queryOf(second)}`
      : `${tables(kafka)} ${queryOf(second)}`;
  const { wallMs, cpuMs } = await run(script);
  const rate = events / wallMs / 1000;
  const cpu = (cpuMs / events) * 1000;
  const rss = process.resourceUsage().maxRSS / 1024;
  console.log(
    `${name.padEnd(14)} ${rate.toFixed(2)} M events/s, ${cpu.toFixed(2)} CPU s per M events, peak RSS ${rss.toFixed(0)} MB`,
  );
}

/** Runs a script and measures its last statement. */
async function run(script: string): Promise<{ wallMs: number; cpuMs: number }> {
  const session = new ScriptSession({ reporter: { warn: console.error, progress: () => undefined } });
  let measured = { wallMs: 0, cpuMs: 0 };
  for (const statement of session.parse(script)) {
    const prepared = await session.prepare(statement, script);
    if (prepared.kind !== "job") continue;
    const cpuBefore = process.cpuUsage();
    const startedAt = performance.now();
    await prepared.start({ collect: () => undefined }).done;
    const { user, system } = process.cpuUsage(cpuBefore);
    measured = { wallMs: performance.now() - startedAt, cpuMs: (user + system) / 1000 };
  }
  return measured;
}

function queryOf(name: string): string {
  if (name === "count") return "SELECT COUNT(*) FROM events;";
  if (name === "offsets") return "SELECT MAX(o), MAX(at) FROM placed;";
  return readFileSync(join(nexmark, "queries", `${name}.sql`), "utf8");
}

function tables(options: string): string {
  const text = readFileSync(join(nexmark, "tables.sql"), "utf8").replaceAll(/\$\{source\}/g, options);
  const placed = `CREATE TABLE placed (event_type INT, o BIGINT METADATA FROM 'offset',
    at TIMESTAMP_LTZ(3) METADATA FROM 'timestamp') WITH (${options});`;
  return options.includes("'kafka'") ? `${text} ${placed}` : text;
}

function topicOf(codec: string): string {
  return `events-${codec}`;
}
