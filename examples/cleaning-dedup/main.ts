import { join } from "node:path";
import { file, json, pipeline } from "millrace";
import { cleaning, eventTime, RawContact } from "./cleaning.ts";

const [path = join(import.meta.dirname, "contacts.jsonl"), folder = join(import.meta.dirname, "out")] =
  process.argv.slice(2);
const job = pipeline("cleaning");
const source = file({
  path,
  format: json(RawContact),
  // Lines that are no JSON or no contact, with their place and the reason.
  badRecords: { deadLetter: join(folder, "unreadable.jsonl") },
  ...eventTime,
});
const { normalised, unique } = cleaning(job, source);
unique.to(file.sink({ path: join(folder, "contacts.jsonl"), format: json() }));
normalised
  .deadLetters()
  .map(({ record, error, position }) => ({ record, reason: error.message, position }))
  .to(file.sink({ path: join(folder, "rejected.jsonl"), format: json() }));
await job.run();
console.log(`see ${folder}`);
