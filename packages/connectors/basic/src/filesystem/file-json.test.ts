/** The file source with the real JSON format: every chunk boundary, against JSON.parse. */
import { execFileSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync, zstdCompressSync } from "node:zlib";
import {
  type BadRecord,
  BIGINT,
  type DataType,
  DOUBLE,
  fieldType,
  parseOptions,
  type ReadField,
  row,
  type Schema,
  STRING,
  valueAt,
} from "@millrace/core";
import { jsonFormat } from "@millrace/formats";
import { afterEach, beforeEach, expect, test } from "vitest";
import { tableFormats } from "../../fixtures/format-tables.ts";
import { testContext } from "../../fixtures/table-context.ts";
import { nexmarkSchema } from "../nexmark/schema.ts";
import { filesystemConnector } from "./filesystem-connector.ts";

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "millrace-json-"));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

async function read(
  path: string,
  fields: readonly ReadField[],
  schema: Schema,
  chunkSize: string,
  bad: BadRecord[] = [],
) {
  const options = parseOptions(filesystemConnector.options, { path, "source.chunk-size": chunkSize }, "table 'events'");
  const context = testContext({
    options,
    schema,
    formats: tableFormats(jsonFormat, schema, bad),
    baseDirectory: directory,
  });
  const source = filesystemConnector.createSource?.({ fields, metadata: [], predicates: [] }, context);
  const rows: unknown[][] = [];
  for (const split of (await source?.discoverSplits()) ?? []) {
    const reader = source!.createReader(split, null);
    while (!reader.ended) {
      const batch = reader.poll();
      if (batch === null) await reader.ready();
      else
        for (let i = 0; i < batch.length; i++)
          rows.push(fields.map(({ type }, c) => valueAt(batch.columns[c], i, type)));
    }
    await reader.close();
  }
  return rows;
}

const fieldOf = (schema: Schema, path: readonly string[]): ReadField => ({
  path,
  type: fieldType(schema, { path }) as DataType,
});

test("a small file, cut at every position", async () => {
  const schema: Schema = {
    fields: [
      { name: "id", type: BIGINT },
      { name: "name", type: STRING },
      { name: "in", type: row([{ name: "x", type: DOUBLE }]) },
    ],
  };
  const fields = [["id"], ["name"], ["in", "x"]].map((path) => fieldOf(schema, path));
  const text = [
    '\ufeff{"id": 1, "name": "one", "in": {"x": 1.5}}\r',
    '{"id":2,"name":"zwölf \\u00e9 \\"q\\"","in":{"x":-2e3}}',
    "",
    '{"id": 3, "name": ',
    '{"name":null,"in":null,"id":4}',
    '{"id":9007199254740993,"name":"😀","in":{"x":0}}',
  ].join("\n");
  await writeFile(join(directory, "small.json"), text);
  const expected = [
    [1, "one", 1.5],
    [2, 'zwölf é "q"', -2000],
    [4, null, null],
    [9007199254740993n, "😀", 0],
  ];
  for (let chunkSize = 1; chunkSize <= Buffer.byteLength(text) + 1; chunkSize++) {
    const bad: BadRecord[] = [];
    expect(await read("small.json", fields, schema, String(chunkSize), bad), `chunk ${chunkSize}`).toEqual(expected);
    expect(bad.map(({ position }) => position)).toEqual(["small.json:4"]);
  }
});

test("Nexmark events, plain and compressed, at several chunk sizes", async () => {
  const fixture = new URL("../../fixtures/generate.mjs", import.meta.url).pathname;
  const text = execFileSync(process.execPath, [fixture, "3000", "--seed", "5"], { maxBuffer: 1 << 26 });
  await writeFile(join(directory, "e.json"), text);
  await writeFile(join(directory, "e.json.gz"), gzipSync(text));
  await writeFile(join(directory, "e.json.zst"), zstdCompressSync(text));
  const paths = [
    ["event_type"],
    ["bid", "price"],
    ["bid", "url"],
    ["bid", "extra"],
    ["bid", "dateTime"],
    ["person", "name"],
    ["auction", "description"],
  ];
  const fields = paths.map((path) => fieldOf(nexmarkSchema, path));
  const expected = text
    .toString()
    .trimEnd()
    .split("\n")
    .map((line) => {
      const event = JSON.parse(line);
      return paths.map(([outer, inner]) => {
        const value = inner === undefined ? event[outer] : (event[outer]?.[inner] ?? null);
        return inner === "dateTime" && value !== null ? Date.parse(`${value.replace(" ", "T")}Z`) : value;
      });
    });
  for (const [path, chunkSize] of [
    ["e.json", "701"],
    ["e.json", "4099"],
    ["e.json", "1 mb"],
    ["e.json.gz", "64 kb"],
    ["e.json.zst", "333"],
  ]) {
    expect(await read(path, fields, nexmarkSchema, chunkSize), `${path} by ${chunkSize}`).toEqual(expected);
  }
});
