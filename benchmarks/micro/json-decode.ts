/**
 * How fast the JSON decoder is, against JSON.parse on the same lines: `node benchmarks/micro/json-decode.ts FILE`, FILE being
 * Nexmark events as JSON lines. Reads the file's first 64 MiB into memory and decodes it in pieces of 1 MiB. Only the ratio
 * to JSON.parse carries over to another machine.
 */
import { closeSync, openSync, readSync } from "node:fs";
import { BIGINT, type DataType, INT, parseOptions, type ReadField, STRING, TIMESTAMP_3 } from "@millrace/core";
import { jsonFormat } from "@millrace/formats";

const PIECE_BYTES = 1 << 20;
const path = process.argv[2];
if (path === undefined) {
  console.error("usage: json-decode.ts FILE [SECONDS_PER_CASE]");
  process.exit(2);
}
const seconds = Number(process.argv[3] ?? 1.5);

const file = openSync(path, "r");
const buffer = new Uint8Array(64 << 20);
let size = 0;
for (let read = -1; read !== 0 && size < buffer.length; size += read)
  read = readSync(file, buffer, size, buffer.length - size, null);
closeSync(file);
size = buffer.lastIndexOf(0x0a, size - 1) + 1;
let lines = 0;
for (let at = 0; at < size; at++) if (buffer[at] === 0x0a) lines++;

const field = (type: DataType, ...path: string[]): ReadField => ({ path, type });
const bid = [
  field(BIGINT, "bid", "auction"),
  field(BIGINT, "bid", "bidder"),
  field(BIGINT, "bid", "price"),
  field(STRING, "bid", "channel"),
  field(STRING, "bid", "url"),
  field(TIMESTAMP_3, "bid", "dateTime"),
  field(STRING, "bid", "extra"),
];
const person = ["name", "emailAddress", "creditCard", "city", "state", "extra"].map((name) =>
  field(STRING, "person", name),
);
const auction = ["itemName", "description", "extra"].map((name) => field(STRING, "auction", name));
const numbers = ["id", "initialBid", "reserve", "seller", "category"].map((name) => field(BIGINT, "auction", name));
const times = [
  field(TIMESTAMP_3, "person", "dateTime"),
  field(TIMESTAMP_3, "auction", "dateTime"),
  field(TIMESTAMP_3, "auction", "expires"),
];

const cases: [name: string, fields: ReadField[]][] = [
  ["all columns of the three kinds", [field(INT, "event_type"), ...person, ...auction, ...numbers, ...times, ...bid]],
  ["event_type and the seven of a bid (q0)", [field(INT, "event_type"), ...bid, ...times.slice(0, 2)]],
  [
    "q1 (auction, bidder, price, extra)",
    [field(INT, "event_type"), bid[0], bid[1], bid[2], bid[6], bid[5], ...times.slice(0, 2)],
  ],
  ["two (event_type, price)", [field(INT, "event_type"), bid[2]]],
];

function measure(name: string, pass: () => number, baseline: number): number {
  let best = 0;
  const end = performance.now() + seconds * 1000;
  do {
    const started = performance.now();
    const cpu = process.cpuUsage();
    const rows = pass();
    // CPU time: other processes share the machine.
    const used = process.cpuUsage(cpu);
    const elapsed = Math.min((used.user + used.system) / 1e6, (performance.now() - started) / 1000);
    best = Math.max(best, rows / elapsed);
  } while (performance.now() < end);
  const ratio = baseline === 0 ? "" : `  ${(best / baseline).toFixed(2)} x JSON.parse`;
  console.log(`${name.padEnd(42)} ${(best / 1e6).toFixed(2)} M events/s  ${(1e6 / best).toFixed(3)} CPU s/M${ratio}`);
  return best;
}

const text = new TextDecoder();
const baseline = measure(
  "JSON.parse per line",
  () => {
    let count = 0;
    for (let at = 0; at < Math.min(size, 8 << 20); ) {
      const next = buffer.indexOf(0x0a, at);
      const event = JSON.parse(text.decode(buffer.subarray(at, next)));
      if (event !== null) count++;
      at = next + 1;
    }
    return count;
  },
  0,
);
for (const [name, fields] of cases) {
  const decoder = jsonFormat.createDecoder!(
    { fields, metadata: [], predicates: [] },
    { fields: [] },
    parseOptions(jsonFormat.options, {}, "json-decode"),
    (reason) => {
      throw new Error(reason);
    },
  );
  const piece = new Uint8Array(PIECE_BYTES);
  measure(
    name,
    () => {
      let rows = 0;
      for (let at = 0; at < size; ) {
        const length = Math.min(PIECE_BYTES, size - at);
        piece.set(buffer.subarray(at, at + length));
        let done = 0;
        for (let next = -1; next !== done; ) {
          done = Math.max(done, next);
          next = decoder.decodeDelimited(piece, done, length, false);
          rows += decoder.take().length;
        }
        at += done;
      }
      if (rows !== lines) throw new Error(`${rows} rows of ${lines} lines`);
      return rows;
    },
    baseline,
  );
}
