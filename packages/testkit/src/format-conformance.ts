/** What every text format must do. Its tests run all cases: `it.each(formatConformance(json))("$name", ({ run }) => run())`. */
import { MAX_BATCH_ROWS, type PushedPredicate, type ReadField, type RecordBatch, valueAt } from "@millrace/core";
import { findBatchProblem } from "./batch-checks.ts";
import { batchesOf, batchOf } from "./change.ts";
import { valueText } from "./compare-rows.ts";
import { FormatSession, type FormatUnderTest } from "./format-session.ts";
import { randomValue } from "./random-value.ts";
import { seededRandom } from "./seeded-random.ts";
import type { ConformanceCase } from "./state-backend-conformance.ts";

const MARK = Uint8Array.of(0xef, 0xbb, 0xbf);
const encoder = new TextEncoder();

function check(condition: boolean, message: string): asserts condition {
  if (!condition) throw new Error(message);
}

function sameRows(actual: readonly (readonly unknown[])[], expected: readonly (readonly unknown[])[], told: string) {
  for (let i = 0; i < Math.max(actual.length, expected.length); i++) {
    const [got, wanted] = [valueText(actual[i] ?? "no row"), valueText(expected[i] ?? "no row")];
    check(got === wanted, `${told}: row ${i} of ${expected.length} is ${got}, not ${wanted}`);
  }
}

export function formatConformance(format: FormatUnderTest, seed: number): readonly ConformanceCase[] {
  const cases: ConformanceCase[] = [];
  const add = (name: string, run: (random: () => number) => void) =>
    cases.push({ name: `${name} (seed ${seed})`, run: () => run(seededRandom(seed)) });
  const session = new FormatSession(format);
  const { schema } = format;
  const allFields: ReadField[] = schema.fields.map(({ name, type }) => ({ path: [name], type }));
  const rowsOf = (random: () => number, count: number) =>
    Array.from({ length: count }, () => schema.fields.map(({ type }) => randomValue(type, random)));
  const written = (rows: readonly unknown[][]) => session.encode(batchesOf(schema, rows));

  add("rows come back as they were written", (random) => {
    for (let round = 0; round < 30; round++) {
      const rows = rowsOf(random, 1 + Math.floor(random() * 100));
      sameRows(session.decode(written(rows), allFields).rows, rows, `round ${round}`);
    }
  });

  add("input cut at every position", (random) => {
    // Shorter texts than usual leave more cuts in other places.
    const rows = rowsOf(random, 40)
      .sort((a, b) => valueText(a).length - valueText(b).length)
      .slice(0, 3);
    const bytes = written(rows);
    for (let cut = 0; cut <= bytes.length; cut++) {
      const run = session.start(allFields);
      // The rest moves to another place in another buffer, as in a connector.
      const rest = run.feed(bytes.subarray(0, cut), false);
      run.feed(concat([new Uint8Array(7).fill(0x22), rest, bytes.subarray(cut)]), true, 7);
      sameRows(run.rows, rows, `cut at ${cut}`);
    }
  });

  add("input that comes byte by byte, and in pieces of any size", (random) => {
    const rows = rowsOf(random, 12);
    const bytes = written(rows);
    for (const largest of [1, 3, 40, 700]) {
      const run = session.start(allFields);
      let rest: Uint8Array = new Uint8Array(0);
      for (let at = 0; at < bytes.length; ) {
        const next = Math.min(bytes.length, at + 1 + Math.floor(random() * largest));
        rest = run.feed(concat([rest, bytes.subarray(at, next)]), next === bytes.length);
        at = next;
      }
      sameRows(run.rows, rows, `pieces of up to ${largest} bytes`);
      check(rest.length === 0, `${rest.length} bytes of the last piece are left`);
      check(run.decoder.recordsSeen === lineCount(bytes), `${run.decoder.recordsSeen} records seen`);
    }
  });

  add("a batch is full at its limit, and keeps the contract of batches", (random) => {
    const rows = rowsOf(random, 50);
    const many = Array.from({ length: 2 * MAX_BATCH_ROWS + 100 }, (_, i) => rows[i % rows.length]);
    const bytes = written(many);
    const run = session.start(allFields);
    const sizes: number[] = [];
    for (let at = 0; at < bytes.length; ) {
      at = run.decoder.decodeDelimited(bytes, at, bytes.length, true);
      sizes.push(run.decoder.rowCount);
      const batch = { ...run.decoder.take(), timestamps: null, kinds: null };
      check(run.decoder.rowCount === 0, "rows are counted that were taken");
      check(findBatchProblem(batch, schema) === null, findBatchProblem(batch, schema) ?? "");
    }
    check(valueText(sizes) === valueText([MAX_BATCH_ROWS, MAX_BATCH_ROWS, 100]), `batches of ${sizes} rows`);
  });

  add("a taken batch is borrowed until the next decode call, the bytes as long", (random) => {
    const [first, second] = [rowsOf(random, 20), rowsOf(random, 20)];
    const run = session.start(allFields);
    const buffer = written([...first]);
    run.decoder.decodeDelimited(buffer, 0, buffer.length, false);
    const batch = run.decoder.take();
    sameRows(valuesOf(batch, allFields), first, "the batch taken");
    sameRows(valuesOf(batch, allFields), first, "the batch read again");
    buffer.fill(0x2c);
    const next = session.encode(batchesOf(schema, second), false);
    run.decoder.decodeDelimited(next, 0, next.length, true);
    sameRows(valuesOf(run.decoder.take(), allFields), second, "the batch from other bytes");
  });

  add("any columns in any order, and fields of rows", (random) => {
    const rows = rowsOf(random, 40);
    const bytes = written(rows);
    const nested = schema.fields.flatMap(({ name, type }, c) =>
      type.kind === "row"
        ? type.fields.map((field, i) => ({
            field: { path: [name, field.name], type: field.type },
            get: (row: readonly unknown[]) => (row[c] as readonly unknown[] | null)?.[i] ?? null,
          }))
        : [],
    );
    const choices = [...allFields.map((field, c) => ({ field, get: (row: readonly unknown[]) => row[c] })), ...nested];
    for (let round = 0; round < 40; round++) {
      const chosen = choices.filter(() => random() < 0.3).sort(() => random() - 0.5);
      const { rows: read } = session.decode(
        bytes,
        chosen.map(({ field }) => field),
      );
      const expected = rows.map((row) => chosen.map(({ get }) => get(row)));
      sameRows(read, expected, `fields ${chosen.map(({ field }) => field.path.join(".")).join(", ")}`);
    }
  });

  add("predicates leave out rows that fail only", (random) => {
    const rows = rowsOf(random, 60);
    const bytes = written(rows);
    for (const [c, field] of allFields.entries()) {
      const kinds = ["varchar", "boolean", "int", "bigint", "double", "date"];
      if (!kinds.includes(field.type.kind)) continue;
      const values = rows.map((row) => row[c]).filter((value) => value !== null && !Number.isNaN(value));
      for (const operator of ["=", "<>", "<", "<=", ">", ">=", "in"] as const) {
        const limit = values[Math.floor(random() * values.length)];
        const predicate: PushedPredicate = {
          field,
          operator,
          values: operator === "in" ? [limit, values[0]] : [limit],
        };
        const others = allFields.filter((_, i) => i !== c).slice(0, 3);
        const { rows: read, seen } = session.decode(bytes, others, [predicate]);
        const pick = (row: readonly unknown[]) => others.map((other) => row[allFields.indexOf(other)]);
        const told = `${field.path} ${operator} ${valueText(predicate.values)}`;
        check(seen === lineCount(bytes), `${told}: ${seen} records seen`);
        isBetween(
          read,
          rows.filter((row) => holds(row[c], predicate)).map(pick),
          rows.filter((row) => row[c] !== null || format.ignoresPredicates === true).map(pick),
          told,
        );
      }
    }
  });

  add("a bad record is told with its number and bytes; those beside it are kept", (random) => {
    const rows = rowsOf(random, 6);
    const lines = session.encodeLines(batchOf(schema, rows));
    const header = session.header();
    for (let place = 0; place <= rows.length; place++) {
      for (const bad of format.badRecords.map((text) => encoder.encode(text))) {
        for (const end of ["\n", "\r\n"]) {
          const before = [...header, ...lines.slice(0, place).flatMap((line) => [line, encoder.encode(end)])];
          const behind = lines.slice(place).flatMap((line) => [line, encoder.encode(end)]);
          const bytes = concat([...before, bad, encoder.encode(end), ...behind]);
          const told = `${JSON.stringify(new TextDecoder().decode(bad))} as record ${place}`;
          const { rows: read, bad: found } = session.decode(bytes, allFields);
          sameRows(read, rows, told);
          check(found.length === 1, `${told}: ${found.length} bad records`);
          const index = lineCount(concat(before));
          check(found[0].index === index, `${told}: told as record ${found[0].index}, not ${index}`);
          check(valueText(found[0].bytes) === valueText(bad), `${told}: told with ${valueText(found[0].bytes)}`);
          check(found[0].reason !== "" && !found[0].reason.includes("\n"), `${told}: ${found[0].reason}`);
          throwsAt(session, bytes, allFields, told);
        }
      }
    }
  });

  add("invalid UTF-8 makes a record bad, wherever it stands", (random) => {
    const rows = rowsOf(random, 3);
    const lines = session.encodeLines(batchOf(schema, rows));
    const text = encoder.encode(format.textRecord);
    const at = text.indexOf(0x3f);
    for (const broken of [[0xff], [0xc3], [0xed, 0xa0, 0x80], [0xc0, 0x80], [0xf4, 0x90, 0x80, 0x80]]) {
      const bad = concat([text.subarray(0, at), Uint8Array.from(broken), text.subarray(at + 1)]);
      for (const fields of [allFields, allFields.slice(0, 1), []]) {
        const { rows: read, bad: found } = session.decode(
          concat([
            ...session.header(),
            ...[lines[0], bad, lines[1], lines[2]].flatMap((line) => [line, Uint8Array.of(10)]),
          ]),
          fields,
        );
        check(found.length === 1 && /UTF-8/.test(found[0].reason), `${broken}: ${found.map(({ reason }) => reason)}`);
        check(read.length === 3, `${broken}: ${read.length} rows`);
      }
    }
  });

  add("one record per message", (random) => {
    const rows = rowsOf(random, 30);
    const run = session.start(allFields);
    for (const [i, line] of session.encodeLines(batchOf(schema, rows)).entries()) {
      const bytes = concat([Uint8Array.of(0x22, 0x2c), line, Uint8Array.of(0x22, 0x7d)]);
      check(run.decoder.decodeRecord(bytes, 2, 2 + line.length) === 1, `row ${i} adds no row`);
      check(run.decoder.rowCount === 1 && run.decoder.recordsSeen === i + 1, "wrong counts");
      run.take();
    }
    sameRows(run.rows, rows, "messages");
    for (const text of ["", ...format.badRecords]) {
      const bad = encoder.encode(text);
      check(run.decoder.decodeRecord(bad, 0, bad.length) === 0, `'${text}' adds a row`);
    }
    const indexes = run.bad.map(({ index }) => index);
    const expected = ["", ...format.badRecords].map((_, i) => rows.length + i);
    check(valueText(indexes) === valueText(expected), `bad messages ${indexes}, not ${expected}`);
  });

  add("line ends, blank lines, a byte order mark, nothing at all", (random) => {
    const rows = rowsOf(random, 5);
    const lines = session.encodeLines(batchOf(schema, rows));
    const header = session.header();
    const [feed, crlf, none] = ["\n", "\r\n", ""].map((text) => encoder.encode(text));
    const join = (end: Uint8Array, last: Uint8Array) =>
      concat([...header, ...lines.flatMap((line, i) => [line, i === lines.length - 1 ? last : end])]);
    const inputs: readonly (readonly [string, Uint8Array])[] = [
      ["CRLF", join(crlf, crlf)],
      ["no line end at the end", join(feed, none)],
      ["CRLF, no line end at the end", join(crlf, none)],
      ["blank lines", concat([...header, feed, crlf, ...lines.flatMap((line) => [line, feed, crlf, feed])])],
      ["a byte order mark", concat([MARK, join(feed, feed)])],
      ["a byte order mark and CRLF", concat([MARK, join(crlf, none)])],
    ];
    for (const [told, bytes] of inputs) sameRows(session.decode(bytes, allFields).rows, rows, told);
    for (const bytes of [none, feed, crlf, MARK, concat(header)]) {
      const { rows: read, bad } = session.decode(bytes, allFields);
      check(read.length === 0 && bad.length === 0, `${valueText(bytes)} gives rows or bad records`);
    }
  });

  add("the encoder tells the ends of rows, and starts anew after each take", (random) => {
    const rows = rowsOf(random, 20);
    const batch = batchOf(schema, rows);
    const one = session.createEncoder();
    const ends = rows.map((_, i) => {
      one.encodeRow(batch, i);
      return one.byteLength;
    });
    const bytes = one.take();
    check(one.byteLength === 0 && ends[ends.length - 1] === bytes.length, "byteLength is not that of the bytes");
    const lines = ends.map((end, i) => bytes.slice(i === 0 ? 0 : ends[i - 1], end));
    const all = session.createEncoder();
    all.encodeDelimited(batch);
    const expected = concat([...session.header(), ...lines.flatMap((line) => [line, Uint8Array.of(10)])]);
    check(valueText(all.take()) === valueText(expected), "rows one by one differ from rows of a batch");
    check(all.take().length === 0, "bytes are taken twice");
  });
  return cases;
}

const concat = (parts: readonly Uint8Array[]): Uint8Array => {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
};

const lineCount = (bytes: Uint8Array): number => bytes.reduce((sum, byte) => sum + (byte === 0x0a ? 1 : 0), 0);

function valuesOf({ length, columns }: Pick<RecordBatch, "length" | "columns">, fields: readonly ReadField[]) {
  return Array.from({ length }, (_, i) => columns.map((column, c) => valueAt(column, i, fields[c].type)));
}

function throwsAt(session: FormatSession, bytes: Uint8Array, fields: readonly ReadField[], told: string): void {
  const stop = new Error("stop");
  const run = session.start(fields, [], () => {
    throw stop;
  });
  try {
    run.feed(bytes, true);
  } catch (error) {
    check(error === stop, `${told}: the decoder throws ${error}`);
    return;
  }
  throw new Error(`${told}: what the handler of bad records throws is lost`);
}

function holds(value: unknown, { operator, values }: PushedPredicate): boolean {
  if (value === null) return false;
  const [limit] = values as number[];
  switch (operator) {
    case "=":
    case "in":
      return values.some((candidate) => candidate === value);
    case "<>":
      return value !== limit;
    case "<":
      return (value as number) < limit;
    case "<=":
      return (value as number) <= limit;
    case ">":
      return (value as number) > limit;
    case ">=":
      return (value as number) >= limit;
  }
}

/** Whether all rows of `least` are in `rows`, in order, and all of `rows` in `most`. */
function isBetween(
  rows: readonly (readonly unknown[])[],
  least: readonly (readonly unknown[])[],
  most: readonly (readonly unknown[])[],
  told: string,
): void {
  const missing = firstMissing(least.map(valueText), rows.map(valueText));
  check(missing === undefined, `${told}: ${missing} is left out`);
  const wrong = firstMissing(rows.map(valueText), most.map(valueText));
  check(wrong === undefined, `${told}: ${wrong} is not one of the rows`);
}

/** The first of `part` that is not found, in order, in `whole`. */
function firstMissing(part: readonly string[], whole: readonly string[]): string | undefined {
  let at = 0;
  return part.find((text) => {
    while (at < whole.length && whole[at] !== text) at++;
    return at++ >= whole.length;
  });
}
