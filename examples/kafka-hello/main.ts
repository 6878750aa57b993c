import { json, pipeline } from "millrace";
import { kafka } from "millrace/kafka";

const [topic = "input", ...flags] = process.argv.slice(2);
const brokers = process.env.BROKERS ?? "localhost:9092";
const until = flags.includes("--bounded") ? "latest" : undefined;

const job = pipeline("hello");
job
  .from(kafka({ brokers, topic, until, format: json<{ readonly text: string }>() }))
  .map((record) => ({ ...record, text: `${record.text} processed` }))
  .forEach((record) => console.log(JSON.stringify(record)));
await job.run();
