import { appendFile, mkdir, mkdtemp, rename, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { constants, gzipSync, zstdCompressSync } from "node:zlib";
import {
  type BadRecord,
  BIGINT,
  type MillraceError,
  parseOptions,
  type ReadRequest,
  type Source,
  type SplitPosition,
  type SplitReader,
  STRING,
  type TableContext,
  TIMESTAMP_LTZ_3,
  valueAt,
} from "@millrace/core";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { lineFormats, ManualTestClock, testContext } from "../../fixtures/table-context.ts";
import { filesystemConnector } from "./filesystem-connector.ts";

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "millrace-files-"));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const lineRequest: ReadRequest = { fields: [{ path: ["line"], type: STRING }], metadata: [], predicates: [] };

interface OpenOptions {
  readonly request?: ReadRequest;
  readonly context?: Partial<TableContext>;
  readonly batchRows?: number;
  readonly bad?: BadRecord[];
}

function openSource(raw: Record<string, string>, options: OpenOptions = {}): Source {
  const context = testContext({
    options: parseOptions(filesystemConnector.options, raw, "table 'events'"),
    formats: lineFormats(options.bad ?? [], options.batchRows),
    baseDirectory: directory,
    badRecords: { report: (record) => options.bad?.push(record), flush: async () => undefined },
    ...options.context,
  });
  return filesystemConnector.createSource?.(options.request ?? lineRequest, context) as Source;
}

async function openOnly(raw: Record<string, string>, options: OpenOptions = {}, position: SplitPosition | null = null) {
  const source = openSource(raw, options);
  const [split] = await source.discoverSplits();
  return source.createReader(split, position);
}

/** The rows of one poll, as texts: copied, the batch is only borrowed. */
function pollLines(reader: SplitReader): string[] | null {
  const batch = reader.poll();
  if (batch === null) return null;
  return Array.from({ length: batch.length }, (_, row) => valueAt(batch.columns[0], row, STRING) as string);
}

async function readLines(reader: SplitReader): Promise<string[]> {
  const lines: string[] = [];
  try {
    while (!reader.ended) {
      const batch = pollLines(reader);
      if (batch === null) await reader.ready();
      else lines.push(...batch);
    }
  } finally {
    await reader.close();
  }
  return lines;
}

/** Waits for rows that are on their way. */
async function nextLines(reader: SplitReader): Promise<string[]> {
  for (let turns = 0; turns < 1000; turns++) {
    const lines = pollLines(reader);
    if (lines !== null) return lines;
    await reader.ready();
  }
  throw new Error("no rows after 1,000 polls");
}

const write = (name: string, content: string | Uint8Array) => writeFile(join(directory, name), content);
const names = async (source: Source) => (await source.discoverSplits()).map(({ id }) => id.slice(directory.length + 1));

describe("chunks", () => {
  const text = "alpha\n\nbe\n!bad\n#left out\nünïcode\n\n\ngamma delta epsilon\nlast without newline";
  const expected = ["alpha", "be", "ünïcode", "gamma delta epsilon", "last without newline"];

  test("any chunk size and batch size gives the same rows, and the line of the bad record", async () => {
    await write("a.txt", text);
    for (let chunkSize = 1; chunkSize <= Buffer.byteLength(text) + 1; chunkSize++) {
      for (const batchRows of [1, 2, 4096]) {
        const bad: BadRecord[] = [];
        const raw = { path: "a.txt", "source.chunk-size": String(chunkSize) };
        const lines = await readLines(await openOnly(raw, { batchRows, bad }));
        expect(lines, `chunk ${chunkSize}, batch ${batchRows}`).toEqual(expected);
        expect(bad.map(({ position }) => position)).toEqual(["a.txt:4"]);
      }
    }
  });

  test("a reader resumes at each position with the rows that follow and the right lines", async () => {
    await write("a.txt", `${text}\n!end`);
    for (const chunkSize of ["3", "17", "1 mb"]) {
      const raw = { path: "a.txt", "source.chunk-size": chunkSize };
      const reader = await openOnly(raw, { batchRows: 1 });
      const positions = [reader.position()];
      for (let seen = 0; seen < expected.length; seen++) {
        expect(await nextLines(reader)).toEqual([expected[seen]]);
        positions.push(JSON.parse(JSON.stringify(reader.position())));
      }
      for (const [seen, position] of positions.entries()) {
        const bad: BadRecord[] = [];
        expect(await readLines(await openOnly(raw, { bad }, position))).toEqual(expected.slice(seen));
        expect(bad.at(-1)?.position).toBe("a.txt:11");
      }
      await reader.close();
    }
  });

  test("a batch stays valid until the next poll, whatever is read ahead", async () => {
    const lines = Array.from({ length: 5000 }, (_, i) => `line ${i} ${"x".repeat(i % 50)}`);
    await write("a.txt", lines.join("\n"));
    const reader = await openOnly({ path: "a.txt", "source.chunk-size": "4 kb" }, { batchRows: 7 });
    const seen: string[] = [];
    while (!reader.ended) {
      const batch = reader.poll();
      await reader.ready();
      for (let row = 0; row < (batch?.length ?? 0); row++) seen.push(valueAt(batch!.columns[0], row, STRING) as string);
    }
    expect(seen).toEqual(lines);
    await reader.close();
  });

  test("a line of 64 MiB between short ones, one beyond max-record-size", async () => {
    const giant = Buffer.alloc(64 << 20, "g");
    await write("a.txt", Buffer.concat([Buffer.from("first\n"), giant, Buffer.from("\nlast\n")]));
    const lines = await readLines(await openOnly({ path: "a.txt" }));
    expect(lines.map(({ length }) => length)).toEqual([5, 64 << 20, 4]);
    expect(lines[1] === giant.toString("latin1")).toBe(true);
    const bad: BadRecord[] = [];
    expect(await readLines(await openOnly({ path: "a.txt", "max-record-size": "32 mb" }, { bad }))).toEqual([
      "first",
      "last",
    ]);
    expect(bad.map(({ position, reason }) => `${position}: ${reason}`)).toEqual([
      "a.txt:2: the record is longer than 'max-record-size' = 33554432 bytes; raise it, or check the line ends of the file",
    ]);
    expect(bad[0].bytes.length).toBeLessThanOrEqual(65_536);
  });

  test("lines that are too long, wherever they begin and end, leave the others alone", async () => {
    const long = "x".repeat(50);
    const text = `a\n${long}\nb\n!c\n${long}${long}\n${long}\n\nd\n${long}`;
    await write("a.txt", text);
    for (let chunkSize = 1; chunkSize <= 24; chunkSize++) {
      const bad: BadRecord[] = [];
      const raw = { path: "a.txt", "source.chunk-size": String(chunkSize), "max-record-size": "25" };
      expect(await readLines(await openOnly(raw, { bad })), `chunk ${chunkSize}`).toEqual(["a", "b", "d"]);
      const told = bad.map(({ position, reason }) => `${position} ${reason.slice(0, 10)}`);
      expect(told, `chunk ${chunkSize}`).toEqual([
        "a.txt:2 the record",
        "a.txt:4 c",
        "a.txt:5 the record",
        "a.txt:6 the record",
        "a.txt:9 the record",
      ]);
    }
  });

  test("a position inside a line that is thrown away is that of its start", async () => {
    await write("a.txt", `a\n${"x".repeat(1000)}\nb\n`);
    const raw = { path: "a.txt", "source.chunk-size": "10", "max-record-size": "25" };
    const reader = await openOnly(raw);
    expect(await nextLines(reader)).toEqual(["a"]);
    while (reader.poll() === null && JSON.stringify(reader.position()) === '{"offset":2,"line":1}')
      await reader.ready();
    expect(reader.position()).toEqual({ offset: 1005, line: 3 });
    await reader.close();
  });

  test.each(["1", "2", "5", "1 mb"])(
    "byte order mark, CRLF kept for the format, empty files; chunk size %s",
    async (chunk) => {
      const raw = { path: "a.txt", "source.chunk-size": chunk };
      await write("a.txt", "\ufeffone\r\ntwo");
      expect(await readLines(await openOnly(raw))).toEqual(["one\r", "two"]);
      await write("a.txt", Uint8Array.of(0xef, 0xbb));
      expect(await readLines(await openOnly(raw))).toEqual(["\ufffd"]);
      for (const content of ["", "\ufeff", "\n", "\n\n"]) {
        await write("a.txt", content);
        expect(await readLines(await openOnly(raw))).toEqual([]);
      }
    },
  );

  test("an error of the format ends the read", async () => {
    await write("a.txt", "one\n!fatal\n");
    await expect(readLines(await openOnly({ path: "a.txt" }))).rejects.toThrow("a.txt:2: fatal");
  });

  test("progress counts stored bytes", async () => {
    await write("a.txt", "one\ntwo\n");
    const reader = await openOnly({ path: "a.txt" }, { batchRows: 1 });
    expect(reader.progress?.()).toEqual({ done: 0, total: null, unit: "bytes" });
    await nextLines(reader);
    expect(reader.progress?.()).toEqual({ done: 4, total: 8, unit: "bytes" });
    await reader.close();
  });
});

describe("compression", () => {
  const lines = Array.from({ length: 20_000 }, (_, i) => `line ${i} ${(i * 7919) % 1009}`);
  const half = Buffer.from(`${lines.slice(0, 9000).join("\n")}\n`);
  const rest = Buffer.from(lines.slice(9000).join("\n"));

  test.each([
    ["a.gz", (bytes: Buffer) => gzipSync(bytes)],
    ["named-as-plain", (bytes: Buffer) => gzipSync(bytes)],
    ["a.zst", (bytes: Buffer) => zstdCompressSync(bytes)],
  ])("%s of several members, resumed in the middle", async (name, compress) => {
    await write(name, Buffer.concat([compress(half), compress(Buffer.alloc(0)), compress(rest)]));
    const raw = { path: name, "source.chunk-size": "64 kb" };
    const reader = await openOnly(raw);
    const first = await nextLines(reader);
    const position = reader.position();
    expect([...first, ...(await readLines(reader))]).toEqual(lines);
    expect(await readLines(await openOnly(raw, {}, position))).toEqual(lines.slice(first.length));
  });

  test("damaged, cut off and misnamed files are errors", async () => {
    const zipped = gzipSync(half, { level: constants.Z_BEST_SPEED });
    await write("cut.gz", zipped.subarray(0, -20));
    await expect(readLines(await openOnly({ path: "cut.gz" }))).rejects.toThrow(
      /cut\.gz': the gzip file is damaged or cut off near byte/,
    );
    await write("cut.zst", zstdCompressSync(half).subarray(0, -20));
    await expect(readLines(await openOnly({ path: "cut.zst" }))).rejects.toThrow(/zstd file is damaged or cut off/);
    await write("no.gz", "plain text");
    await expect(readLines(await openOnly({ path: "no.gz" }))).rejects.toThrow(/does not begin as a gzip file/);
    await write("empty.gz", "");
    expect(await readLines(await openOnly({ path: "empty.gz" }))).toEqual([]);
  });
});

describe("paths", () => {
  beforeEach(async () => {
    await mkdir(join(directory, "in/sub/_tmp"), { recursive: true });
    for (const name of [
      "b.json",
      "a.json",
      "c.csv",
      ".hidden.json",
      "_SUCCESS",
      "sub/d.json",
      "sub/_tmp/e.json",
      "x[1].json",
    ]) {
      await write(`in/${name}`, "x\n");
    }
  });

  test.each([
    ["in", ["in/a.json", "in/b.json", "in/c.csv", "in/sub/d.json", "in/x[1].json"]],
    ["in/a.json", ["in/a.json"]],
    ["in/*.json", ["in/a.json", "in/b.json", "in/x[1].json"]],
    ["in/**/*.json", ["in/a.json", "in/b.json", "in/sub/d.json", "in/x[1].json"]],
    ["in/{a,c}.*", ["in/a.json", "in/c.csv"]],
    ["in/[ab].json", ["in/a.json", "in/b.json"]],
    ["in/?.csv", ["in/c.csv"]],
    ["in/x[1].json", ["in/x[1].json"]],
    ["in/s*", ["in/sub/d.json"]],
    ["in/.*.json", ["in/.hidden.json"]],
  ])("%s", async (path, expected) => {
    expect(await names(openSource({ path }))).toEqual(expected);
    expect(await names(openSource({ path: `${directory}/${path}` }, { context: { baseDirectory: "/" } }))).toEqual(
      expected,
    );
    expect(await names(openSource({ path: `file://${directory}/${path}` }))).toEqual(expected);
  });

  test("URIs are decoded", async () => {
    await write("in/with space.json", "x\n");
    const path = pathToFileURL(join(directory, "in/with space.json")).href;
    expect(path).toContain("%20");
    expect(await names(openSource({ path }))).toEqual(["in/with space.json"]);
  });

  test("what is not there, and what cannot be", async () => {
    for (const path of ["none", "in/*.xml", "in/a.json/deeper"]) {
      const error: MillraceError = await openSource({ path })
        .discoverSplits()
        .then(
          () => null,
          (reason) => reason,
        );
      expect(error.code).toBe("SOURCE_UNAVAILABLE");
      expect(error.message).toContain(`there is no file '${directory}/${path}' (option 'path' = '${path}')`);
    }
    expect(() => openSource({ path: "s3://bucket/key" })).toThrow("'s3://' is not supported");
    expect(() => openSource({ path: "file:////host/key" })).toThrow("a file URI has no host");
    expect(() => openSource({ path: "file:///%zz" })).toThrow("malformed % escape");
    const source = openSource({ path: "in/a.json" });
    const [split] = await source.discoverSplits();
    await rm(join(directory, "in/a.json"));
    await expect(readLines(source.createReader(split, null))).rejects.toThrow(
      /cannot read '.*a\.json': it does not exist/,
    );
  });

  test("metadata and partition columns", async () => {
    await mkdir(join(directory, "t/day=2015-07-15/shop=a%2Fb"), { recursive: true });
    await mkdir(join(directory, "t/day=__DEFAULT_PARTITION__/shop=c"), { recursive: true });
    await write("t/day=2015-07-15/shop=a%2Fb/part", "one\ntwo\n");
    await write("t/day=__DEFAULT_PARTITION__/shop=c/part", "three\n");
    const request: ReadRequest = {
      fields: [
        { path: ["shop"], type: STRING },
        { path: ["line"], type: STRING },
        { path: ["day"], type: { kind: "date", nullable: true } },
      ],
      metadata: [
        { key: "file.name", type: STRING },
        { key: "file.path", type: STRING },
        { key: "file.size", type: BIGINT },
        { key: "file.modification-time", type: TIMESTAMP_LTZ_3 },
      ],
      predicates: [],
    };
    const types = [...request.fields.map(({ type }) => type), ...request.metadata.map(({ type }) => type)];
    const source = openSource({ path: "t" }, { request, context: { partitionKeys: ["day", "shop"] } });
    const rows: unknown[][] = [];
    for (const split of await source.discoverSplits()) {
      const reader = source.createReader(split, null);
      while (!reader.ended) {
        const batch = reader.poll();
        if (batch === null) await reader.ready();
        else
          for (let row = 0; row < batch.length; row++)
            rows.push(batch.columns.map((column, i) => valueAt(column, row, types[i])));
      }
      await reader.close();
    }
    const day = Date.UTC(2015, 6, 15) / 86_400_000;
    const first = `${directory}/t/day=2015-07-15/shop=a%2Fb/part`;
    expect(rows.map((row) => row.slice(0, 6))).toEqual([
      ["a/b", "one", day, "part", first, 8],
      ["a/b", "two", day, "part", first, 8],
      ["c", "three", null, "part", `${directory}/t/day=__DEFAULT_PARTITION__/shop=c/part`, 6],
    ]);
    for (const row of rows) expect(Math.abs((row[6] as number) - Date.now())).toBeLessThan(60_000);
  });
});

describe("unbounded", () => {
  test("a monitored folder gives new files, and may be missing at first", async () => {
    const source = openSource({ path: "in/*.txt", "source.monitor-interval": "5 s" });
    expect([source.boundedness, source.discoveryIntervalMs]).toEqual(["unbounded", 5000]);
    expect(await names(source)).toEqual([]);
    await mkdir(join(directory, "in"));
    await write("in/a.txt", "one\n");
    expect(await names(source)).toEqual(["in/a.txt"]);
    await write("in/b.txt", "two\n");
    expect(await names(source)).toEqual(["in/a.txt", "in/b.txt"]);
    const [, second] = await source.discoverSplits();
    expect(await readLines(source.createReader(second, null))).toEqual(["two"]);
  });

  async function follow(position: SplitPosition | null = null) {
    const clock = new ManualTestClock(0);
    const warnings: string[] = [];
    const bad: BadRecord[] = [];
    const reporter = { warn: (text: string) => warnings.push(text), progress: () => undefined };
    const source = openSource({ path: "log*", "source.follow": "true" }, { bad, context: { clock, reporter } });
    const [split] = await source.discoverSplits();
    const reader = source.createReader(split, position);
    /** Lets the reader find the end of the file, changes it, and lets time pass. */
    const after = async (change: () => Promise<void>): Promise<string[]> => {
      void reader.ready();
      await clock.whenSleeping();
      await change();
      const next = nextLines(reader);
      clock.advance(1000);
      return next;
    };
    return { clock, warnings, bad, reader, source, after };
  }

  test("a file is followed as it grows, by whole lines", async () => {
    await write("log", "one\ntw");
    const { reader, after, clock } = await follow();
    expect(await nextLines(reader)).toEqual(["one"]);
    expect(reader.poll()).toBeNull();
    void reader.ready();
    await clock.whenSleeping();
    expect(reader.poll()).toBeNull();
    expect(await after(() => appendFile(join(directory, "log"), "o\nthree\nfou"))).toEqual(["two", "three"]);
    expect(reader.ended).toBe(false);
    expect(reader.position()).toMatchObject({ offset: 14, line: 3 });
    expect(reader.progress?.()).toEqual({ done: 14, total: null, unit: "bytes" });
    await reader.close();
  });

  test("rotation: the old file is read to its end, its last line too, then the new one from its start", async () => {
    await write("log", "one\n");
    const { reader, after, warnings, source, bad } = await follow();
    expect(await nextLines(reader)).toEqual(["one"]);
    const first = await after(async () => {
      await appendFile(join(directory, "log"), "two\nthree");
      await rename(join(directory, "log"), join(directory, "log.1"));
      await write("log", "!first\nfour\n");
    });
    const lines = [...first];
    while (!lines.includes("four")) lines.push(...(await nextLines(reader)));
    expect(lines).toEqual(["two", "three", "four"]);
    expect(bad[0].position).toBe("log:1");
    expect(warnings).toEqual([expect.stringContaining("was replaced by a new file")]);
    expect(reader.position()).toMatchObject({ offset: 12, line: 2 });
    // The old file has a name that matches the glob, but it has been read.
    expect(await names(source)).toEqual(["log"]);
    await write("log.2", "another\n");
    expect(await names(source)).toEqual(["log", "log.2"]);
    await reader.close();
  });

  test("truncation: what is left of the old lines is dropped, the file is read from its start", async () => {
    await write("log", "one\nincompl");
    const { reader, after, warnings } = await follow();
    expect(await nextLines(reader)).toEqual(["one"]);
    const lines = await after(async () => {
      await truncate(join(directory, "log"), 0);
      await appendFile(join(directory, "log"), "new\n");
    });
    expect(lines).toEqual(["new"]);
    expect(warnings).toEqual([expect.stringContaining("was cut from 11 to 4 bytes")]);
    expect(reader.position()).toMatchObject({ offset: 4, line: 1 });
    await reader.close();
  });

  test("resuming: on in the same file, from the start in another one", async () => {
    await write("log", "one\ntwo\n");
    const first = await follow();
    expect(await nextLines(first.reader)).toEqual(["one", "two"]);
    const position = first.reader.position();
    await first.reader.close();
    await appendFile(join(directory, "log"), "three\n");
    const second = await follow(position);
    expect(await nextLines(second.reader)).toEqual(["three"]);
    expect(second.warnings).toEqual([]);
    await second.reader.close();
    await rename(join(directory, "log"), join(directory, "old"));
    await write("log", "new one, longer than before\n");
    const third = await follow(position);
    expect(await nextLines(third.reader)).toEqual(["new one, longer than before"]);
    expect(third.warnings).toEqual([expect.stringContaining("another file than at the last checkpoint")]);
    expect(third.reader.position()).toMatchObject({ offset: 28, line: 1 });
    await third.reader.close();
  });

  test("closing ends the wait", async () => {
    await write("log", "");
    const { reader, clock } = await follow();
    const ready = reader.ready();
    await clock.whenSleeping();
    await reader.close();
    await ready;
  });
});

test("bounded unless files are watched", () => {
  expect(filesystemConnector.isBounded?.({})).toBe(true);
  expect(filesystemConnector.isBounded?.({ "source.follow": false })).toBe(true);
  expect(filesystemConnector.isBounded?.({ "source.follow": true })).toBe(false);
  expect(filesystemConnector.isBounded?.({ "source.monitor-interval": 5 })).toBe(false);
});

test("a file shorter than the position in the checkpoint is an error", async () => {
  await write("a.txt", "one\n");
  const reader = await openOnly({ path: "a.txt" }, {}, { offset: 100, line: 9 });
  await expect(readLines(reader)).rejects.toThrow(/has 4 bytes, fewer than the 100 already read/);
  await expect(openOnly({ path: "a.txt" }, {}, { event: 1 })).rejects.toThrow(/is no position in a file/);
});
