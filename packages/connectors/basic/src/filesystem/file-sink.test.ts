import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  DOUBLE,
  INT,
  parseOptions,
  type Schema,
  type Sink,
  type SinkTableContext,
  STRING,
  TIMESTAMP_3,
} from "@millrace/core";
import { afterEach, beforeEach, expect, test } from "vitest";
import { batchOf, lineFormats, testContext } from "../../fixtures/table-context.ts";
import { openFileBytes } from "./file-bytes.ts";
import { filesystemConnector } from "./filesystem-connector.ts";

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "millrace-files-"));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const schema: Schema = {
  fields: [
    { name: "id", type: INT },
    { name: "name", type: STRING },
  ],
};

function openSink(raw: Record<string, string>, overrides: Partial<SinkTableContext> = {}): Sink {
  const options = parseOptions(filesystemConnector.options, raw, "table 'out'");
  const formats = { ...lineFormats([]), name: () => "json" };
  const context = testContext({ options, schema, formats, baseDirectory: directory, tableName: "out", ...overrides });
  return filesystemConnector.createSink?.(context) as Sink;
}

/** All files below the folder, hidden ones too, with their content. */
async function files(): Promise<Record<string, string>> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const found: Record<string, string> = {};
  for (const entry of entries.filter((candidate) => candidate.isFile())) {
    const path = join(entry.parentPath, entry.name);
    found[path.slice(directory.length + 1)] = await readFile(path, "utf8");
  }
  return found;
}

const rows = (from: number, to: number) =>
  batchOf(
    schema,
    Array.from({ length: to - from }, (_, i) => [from + i, `n${from + i}`]),
  );

test("part files are published by a flush, each writer and each flush its own", async () => {
  const sink = openSink({ path: "out" });
  expect(sink.changelogMode).toBe("append");
  const [first, second] = [await sink.createWriter(), await sink.createWriter()];
  await first.write(rows(0, 2));
  await second.write(rows(2, 3));
  expect(await files()).toEqual({});
  await first.flush();
  expect(await files()).toEqual({ "out/part-0-0.json": "0,n0\n1,n1\n" });
  await first.flush();
  await first.write(rows(3, 4));
  await first.close();
  await second.close();
  await second.close();
  expect(await files()).toEqual({
    "out/part-0-0.json": "0,n0\n1,n1\n",
    "out/part-0-1.json": "3,n3\n",
    "out/part-1-0.json": "2,n2\n",
  });
});

test("a second run adds files and replaces none", async () => {
  for (const id of [1, 2, 3]) {
    const writer = await openSink({ path: "out" }).createWriter();
    await writer.write(rows(id, id + 1));
    await writer.close();
  }
  expect(await files()).toEqual({
    "out/part-0-0.json": "1,n1\n",
    "out/part-1-0.json": "2,n2\n",
    "out/part-2-0.json": "3,n3\n",
  });
});

test("parts are rolled at their size; while a part is large it is written under a hidden name", async () => {
  const wide = "w".repeat(1000);
  const writer = await openSink({ path: "out", "sink.rolling-policy.file-size": "600 kb" }).createWriter();
  const batch = batchOf(
    schema,
    Array.from({ length: 300 }, (_, i) => [i, wide]),
  );
  await writer.write(batch);
  expect(Object.keys(await files())).toEqual([expect.stringMatching(/^out\/\.part-.*\.inprogress$/)]);
  for (let i = 0; i < 6; i++) await writer.write(batch);
  await writer.close();
  const found = await files();
  expect(Object.keys(found).sort()).toEqual(["out/part-0-0.json", "out/part-0-1.json", "out/part-0-2.json"]);
  expect(
    Object.values(found)
      .map((text) => text.split("\n").length - 1)
      .sort(),
  ).toEqual([300, 900, 900]);
});

test.each([
  ["out.json", {}],
  ["deep/out.jsonl", {}],
  ["data", { "sink.single-file": "true" }],
])("one file: %s", async (path, extra) => {
  await mkdir(join(directory, "deep"));
  await writeFile(join(directory, path), "before");
  const writer = await openSink({ path, ...extra }).createWriter();
  for (let i = 0; i < 3; i++) await writer.write(rows(i, i + 1));
  expect(await files()).toMatchObject({ [path]: "before" });
  await writer.flush();
  expect(await files()).toEqual({ [path]: "0,n0\n1,n1\n2,n2\n" });
  await writer.write(rows(3, 4));
  await writer.close();
  expect(await files()).toEqual({ [path]: "0,n0\n1,n1\n2,n2\n3,n3\n" });
});

test.each([
  ["gzip", ".gz"],
  ["zstd", ".zst"],
] as const)("%s: one file by its name, or part files by the option", async (compression, ending) => {
  const content = async (path: string) => {
    // Node's own zstd reads the first frame only; what this reader makes of several is tested with the source.
    const file = await openFileBytes(join(directory, path), 0);
    const bytes = Buffer.alloc(1 << 21);
    let size = 0;
    for (let isOpen = true; isOpen; ) {
      const { length, next } = await file.read(bytes, size, bytes.length - size);
      size += length;
      isOpen = next === "more";
    }
    await file.close();
    return bytes.toString("utf8", 0, size);
  };
  const many = Array.from({ length: 3 }, () =>
    batchOf(
      schema,
      Array.from({ length: 2000 }, (_, i) => [i, "x".repeat(200)]),
    ),
  );
  const one = await openSink({ path: `out.json${ending}` }).createWriter();
  for (const batch of many) await one.write(batch);
  await one.flush();
  await one.write(rows(1, 2));
  await one.close();
  const text = await content(`out.json${ending}`);
  expect(text.split("\n").length).toBe(6002);
  expect(text.endsWith("1999,".concat("x".repeat(200), "\n1,n1\n"))).toBe(true);
  const parts = await openSink({ path: "parts", "sink.compression": compression }).createWriter();
  await parts.write(rows(0, 2));
  await parts.close();
  expect(await content(`parts/part-0-0.json${ending}`)).toBe("0,n0\n1,n1\n");
  await (await openSink({ path: `empty.json${ending}` }).createWriter()).close();
  expect(await content(`empty.json${ending}`)).toBe("");
  expect(() => openSink({ path: `out.json${ending}`, "sink.compression": "none" })).toThrow(
    /'path' = 'out\.json\..*' does not go with 'sink\.compression' = 'none'/,
  );
});

test("one file has one writer", async () => {
  const sink = openSink({ path: "out.json" });
  const writer = await sink.createWriter();
  await expect(sink.createWriter()).rejects.toThrow(/'out.json' has a writer already; one file takes parallelism 1/);
  await writer.close();
  expect(await files()).toEqual({ "out.json": "" });
});

test("partition columns become folders, and stand in no file", async () => {
  const partitioned: Schema = {
    fields: [
      { name: "day", type: { kind: "date", nullable: true } },
      { name: "id", type: INT },
      { name: "shop", type: STRING },
      { name: "value", type: DOUBLE },
      { name: "at", type: TIMESTAMP_3 },
    ],
  };
  const sink = openSink({ path: "out" }, { schema: partitioned, partitionKeys: ["day", "shop"] });
  const writer = await sink.createWriter();
  const day = Date.UTC(2015, 6, 15) / 86_400_000;
  const at = Date.UTC(2020, 0, 1);
  await writer.write(
    batchOf(partitioned, [
      [day, 1, "a/b", 0.5, at],
      [day, 2, "c", 1.5, at],
      [day, 3, "a/b", 2.5, at],
      [null, 4, "", 3.5, null],
    ]),
  );
  await writer.close();
  const found = await files();
  expect(
    Object.fromEntries(Object.entries(found).map(([path, text]) => [path.replace(/part-0-\d/, "part"), text])),
  ).toEqual({
    "out/day=2015-07-15/shop=a%2Fb/part.json": `1,0.5,${at}\n3,2.5,${at}\n`,
    "out/day=2015-07-15/shop=c/part.json": `2,1.5,${at}\n`,
    "out/day=__DEFAULT_PARTITION__/shop=__DEFAULT_PARTITION__/part.json": "4,3.5,null\n",
  });
});

test("more partitions than files may be open", async () => {
  const writer = await openSink({ path: "out" }, { partitionKeys: ["id"] }).createWriter();
  for (let round = 0; round < 2; round++) await writer.write(rows(0, 200));
  await writer.close();
  const texts = await files();
  expect(new Set(Object.keys(texts).map((path) => path.split("/")[1])).size).toBe(200);
  expect(Object.values(texts).join("").length).toBe(
    2 * Array.from({ length: 200 }, (_, i) => `n${i}\n`).join("").length,
  );
});

test("the batch is only borrowed: its bytes may change once write has returned", async () => {
  for (const [path, partitionKeys] of [
    ["out.json", []],
    ["parts", []],
    ["folders", ["id"]],
  ] as const) {
    const writer = await openSink({ path }, { partitionKeys }).createWriter();
    const batch = rows(7, 8);
    const written = writer.write(batch);
    for (const column of batch.columns) if (column.kind === "utf8") column.bytes.fill(0x3f);
    await written;
    await writer.close();
  }
  expect(Object.values(await files()).sort()).toEqual(["7,n7\n", "7,n7\n", "n7\n"]);
});

test("says what is wrong", async () => {
  await writeFile(join(directory, "file"), "");
  const writer = await openSink({ path: "file/below" }).createWriter();
  await writer.write(rows(0, 1));
  await expect(writer.flush()).rejects.toMatchObject({
    code: "SINK_UNAVAILABLE",
    message: expect.stringMatching(/table 'out': cannot write to '.*file\/below': a part of the path is not a folder/),
  });
  expect(() => openSink({ path: "x", "sink.single-file": "true" }, { partitionKeys: ["id"] })).toThrow(
    /does not go with PARTITIONED BY/,
  );
});
