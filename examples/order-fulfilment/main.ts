import { join } from "node:path";
import { file, json, pipeline } from "millrace";
import { eventTime, fulfilment, type OrderEvent } from "./fulfilment.ts";

const path = process.argv[2] ?? join(import.meta.dirname, "events.jsonl");
const job = pipeline("order-fulfilment");
const commands = fulfilment(job, file({ path, format: json<OrderEvent>(), ...eventTime }));
commands.forEach((command) => console.log(JSON.stringify(command)));
commands.side("unexpected").forEach((event) => console.error(`unexpected: ${JSON.stringify(event)}`));
await job.run();
