/** The file source and sink with the real CSV format. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import {
  type BadRecord,
  BIGINT,
  INT,
  parseOptions,
  type Schema,
  type SplitPosition,
  STRING,
  valueAt,
} from "@millrace/core";
import { csvFormat } from "@millrace/formats";
import { afterEach, beforeEach, expect, test } from "vitest";
import { tableFormats } from "../../fixtures/format-tables.ts";
import { batchOf, testContext } from "../../fixtures/table-context.ts";
import { filesystemConnector } from "./filesystem-connector.ts";

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "millrace-csv-"));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const schema: Schema = {
  fields: [
    { name: "id", type: BIGINT },
    { name: "text", type: STRING },
    { name: "day", type: INT },
  ],
};

interface CsvTable {
  readonly options?: Record<string, string>;
  readonly csv?: Record<string, string>;
  readonly partitionKeys?: readonly string[];
}

function contextOf(path: string, { options = {}, csv = {}, partitionKeys = [] }: CsvTable, bad: BadRecord[]) {
  return testContext({
    options: parseOptions(filesystemConnector.options, { path, ...options }, "table 'events'"),
    schema,
    partitionKeys,
    formats: tableFormats(csvFormat, schema, bad, csv),
    badRecords: { report: (record) => void bad.push(record), flush: async () => undefined },
    baseDirectory: directory,
  });
}

/** All rows, and after each batch the position there. */
async function read(path: string, names: readonly string[], table: CsvTable, from: SplitPosition | null = null) {
  const bad: BadRecord[] = [];
  const fields = names.map((name) => ({ path: [name], type: schema.fields.find((f) => f.name === name)?.type ?? INT }));
  const source = filesystemConnector.createSource?.(
    { fields, metadata: [], predicates: [] },
    contextOf(path, table, bad),
  );
  const rows: unknown[][] = [];
  const positions: { readonly rows: number; readonly position: SplitPosition }[] = [];
  for (const split of (await source?.discoverSplits()) ?? []) {
    const reader = source!.createReader(split, from);
    while (!reader.ended) {
      const batch = reader.poll();
      if (batch === null) await reader.ready();
      else
        for (let i = 0; i < batch.length; i++)
          rows.push(fields.map(({ type }, c) => valueAt(batch.columns[c], i, type)));
      positions.push({ rows: rows.length, position: reader.position() });
    }
    await reader.close();
  }
  return { rows, bad: bad.map(({ position, reason }) => `${position}: ${reason}`), positions };
}

const text = [
  '\ufeff"day","text",id\r',
  '1,"two\nlines",10\r',
  "",
  "2,zwölf,11",
  "3,x",
  '4,"a ""quoted"" one",9007199254740993',
  "5,last,13",
].join("\n");
const rows = [
  [10, "two\nlines", 1],
  [11, "zwölf", 2],
  [9007199254740993n, 'a "quoted" one', 4],
  [13, "last", 5],
];

test("a small file with a header, cut at every position, and read on from every position", async () => {
  await writeFile(join(directory, "a.csv"), text);
  await writeFile(join(directory, "a.csv.gz"), gzipSync(text));
  for (let chunkSize = 1; chunkSize <= Buffer.byteLength(text) + 1; chunkSize++) {
    const table = { options: { "source.chunk-size": String(chunkSize) }, csv: { header: "true" } };
    for (const path of chunkSize % 10 === 0 ? ["a.csv", "a.csv.gz"] : ["a.csv"]) {
      const all = await read(path, ["id", "text", "day"], table);
      expect(all.rows, `chunk ${chunkSize}`).toEqual(rows);
      expect(all.bad).toEqual([`${path}:6: 2 fields instead of 3`]);
      for (const { rows: seen, position } of all.positions.filter((_, i) => i % 5 === 0)) {
        const rest = await read(path, ["id", "text", "day"], table, position);
        expect(rest.rows, `chunk ${chunkSize}, from ${JSON.stringify(position)}`).toEqual(rows.slice(seen));
        for (const told of rest.bad) expect(told).toBe(`${path}:6: 2 fields instead of 3`);
      }
    }
  }
});

test("a quote that nothing closes costs one line, whatever the file's size", async () => {
  const lines = Array.from({ length: 5000 }, (_, i) => `${i},t${i},7`);
  lines[17] = '17,"open,7';
  await writeFile(join(directory, "a.csv"), lines.join("\n"));
  for (const options of [{}, { "source.chunk-size": "100", "max-record-size": "1 kb" }]) {
    const { rows: found, bad } = await read("a.csv", ["id"], { options });
    expect(bad).toEqual(["a.csv:18: the quote of field 2 is not closed"]);
    expect(found.map(([id]) => id)).toEqual(Array.from({ length: 5000 }, (_, i) => i).filter((i) => i !== 17));
  }
});

test("partition columns stand in no record", async () => {
  const table = { partitionKeys: ["day"], csv: { header: "true" } };
  const writer = await filesystemConnector.createSink?.(contextOf("out", table, [])).createWriter();
  await writer?.write(
    batchOf(schema, [
      [1, "a,b", 7],
      [2, null, 8],
      [3, "", 7],
    ]),
  );
  await writer?.close();
  const parts = ["day=7/part-0-0.csv", "day=8/part-0-1.csv"].map((name) => join(directory, "out", name));
  expect(await readFile(parts[0], "utf8")).toBe('id,text\n1,"a,b"\n3,""\n');
  expect(await readFile(parts[1], "utf8")).toBe("id,text\n2,\n");
  const { rows: found, bad } = await read("out", ["day", "text", "id"], table);
  expect(bad).toEqual([]);
  expect(found).toEqual([
    [7, "a,b", 1],
    [7, "", 3],
    [8, "", 2],
  ]);
});
