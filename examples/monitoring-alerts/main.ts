import { join } from "node:path";
import { file, json, pipeline } from "millrace";
import { alerts, emailOf, eventTime, type Measurement, type Rule, ruleTime } from "./alerts.ts";
import { webhook } from "./webhook-sink.ts";

const [folder = import.meta.dirname] = process.argv.slice(2);
const job = pipeline("monitoring-alerts");
const found = alerts(
  job,
  file({ path: join(folder, "measurements.jsonl"), format: json<Measurement>(), ...eventTime }),
  file({ path: join(folder, "rules.jsonl"), format: json<Rule>(), ...ruleTime }),
);
found.map(emailOf).forEach((email) => console.log(JSON.stringify(email)));
if (process.env.WEBHOOK !== undefined) found.to(webhook(process.env.WEBHOOK));
await job.run();
