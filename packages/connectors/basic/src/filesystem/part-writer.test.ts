/** When part files are published and partitions marked. */
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { INT, MAX_TIMESTAMP, parseOptions, type Schema, type SinkWriter, STRING } from "@millrace/core";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { batchOf, lineFormats, testContext } from "../../fixtures/table-context.ts";
import { filesystemConnector } from "./filesystem-connector.ts";
import { partitionTexts } from "./partition-path.ts";

const MINUTE = 60_000;
const schema: Schema = {
  fields: [
    { name: "id", type: INT },
    { name: "day", type: STRING },
    { name: "hour", type: STRING },
  ],
};
const at = (text: string) => Date.parse(`${text}Z`);

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "millrace-parts-"));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

/** A writer and the time it is told; `advance` rings its timer as a task would. */
class TimedWriter {
  #now = at("2026-06-01T00:00");
  #timer: number = MAX_TIMESTAMP;
  readonly #writer: Promise<SinkWriter | undefined>;

  constructor(raw: Record<string, string>, partitionKeys: readonly string[] = [], overwrite = false) {
    const options = parseOptions(filesystemConnector.options, { path: "out", ...raw }, "table 'out'");
    const formats = { ...lineFormats([]), name: () => "csv" };
    const table = { options, schema, formats, partitionKeys, baseDirectory: directory, tableName: "out", overwrite };
    const sink = filesystemConnector.createSink?.(testContext(table));
    const setTimer = (timer: number) => {
      this.#timer = timer;
    };
    this.#writer = Promise.resolve(sink?.createWriter({ now: () => this.#now, setTimer }));
  }

  async write(...rows: readonly (readonly unknown[])[]): Promise<void> {
    await (await this.#writer)?.write(batchOf(schema, rows));
  }

  async watermark(time: number): Promise<void> {
    await (await this.#writer)?.onWatermark?.(time);
  }

  async advance(ms: number): Promise<void> {
    const until = this.#now + ms;
    while (this.#timer <= until) {
      const timer = this.#timer;
      this.#now = Math.max(this.#now, timer);
      this.#timer = MAX_TIMESTAMP;
      await (await this.#writer)?.onTimer?.(timer);
    }
    this.#now = until;
  }

  async close(): Promise<void> {
    await (await this.#writer)?.close();
  }
}

/** What a reader of the table sees, and success files. */
async function files(): Promise<Record<string, string>> {
  const entries = await readdir(join(directory, "out"), { recursive: true, withFileTypes: true }).catch(() => []);
  const found: Record<string, string> = {};
  for (const entry of entries) {
    if (!entry.isFile() || entry.name.startsWith(".")) continue;
    const path = join(entry.parentPath, entry.name);
    found[path.slice(directory.length + 5)] = await readFile(path, "utf8");
  }
  return found;
}

describe("age", () => {
  const options = { "sink.rolling-policy.rollover-interval": "10 min", "sink.rolling-policy.check-interval": "1 min" };

  test("an old part is published though no rows come, looked at every check interval", async () => {
    const writer = new TimedWriter(options);
    await writer.write([1, "a", "b"]);
    await writer.advance(5 * MINUTE);
    await writer.write([2, "a", "b"]);
    await writer.advance(5 * MINUTE - 1);
    expect(await files()).toEqual({});
    await writer.advance(1);
    expect(await files()).toEqual({ "part-0-0.csv": "1,a,b\n2,a,b\n" });
    await writer.write([3, "a", "b"]);
    await writer.advance(10 * MINUTE);
    expect(await files()).toEqual({ "part-0-0.csv": "1,a,b\n2,a,b\n", "part-0-1.csv": "3,a,b\n" });
    await writer.close();
  });

  test("a part that gets no rows is published before that", async () => {
    const writer = new TimedWriter({ ...options, "sink.rolling-policy.inactivity-interval": "4 min" });
    await writer.write([1, "a", "b"]);
    await writer.advance(3 * MINUTE);
    await writer.write([2, "a", "b"]);
    await writer.advance(4 * MINUTE - 1);
    expect(await files()).toEqual({});
    await writer.advance(1);
    expect(await files()).toEqual({ "part-0-0.csv": "1,a,b\n2,a,b\n" });
    await writer.close();
  });

  test("and is not written to any more where nobody rings", async () => {
    const writer = new TimedWriter({ ...options, "sink.rolling-policy.check-interval": "1 h" });
    await writer.write([1, "a", "b"]);
    await writer.advance(10 * MINUTE);
    await writer.write([2, "a", "b"]);
    expect(await files()).toEqual({ "part-0-0.csv": "1,a,b\n" });
    await writer.close();
    expect(await files()).toEqual({ "part-0-0.csv": "1,a,b\n", "part-0-1.csv": "2,a,b\n" });
  });
});

describe("partitions by event time", () => {
  const options = {
    "sink.partition-commit.policy.kind": "success-file",
    "sink.partition-commit.trigger": "partition-time",
    "sink.partition-commit.delay": "1 h",
    "partition.time-extractor.timestamp-pattern": "$day $hour:00:00",
  };

  test("are marked, after their rows, once the watermark has passed them by the delay", async () => {
    const writer = new TimedWriter(options, ["day", "hour"]);
    await writer.write([1, "2026-05-01", "10"], [2, "2026-05-01", "11"], [3, "2026-05-01", "10"]);
    await writer.watermark(at("2026-05-01T11:00"));
    expect(await files()).toEqual({});
    await writer.watermark(at("2026-05-01T11:00") + 1);
    expect(await files()).toEqual({
      "day=2026-05-01/hour=10/part-0-0.csv": "1\n3\n",
      "day=2026-05-01/hour=10/_SUCCESS": "",
    });
    // Rows that are later: the partition is marked again, when they are there.
    await rm(join(directory, "out/day=2026-05-01/hour=10/_SUCCESS"));
    await writer.write([4, "2026-05-01", "10"]);
    await writer.watermark(at("2026-05-01T11:30"));
    expect(await files()).toEqual({
      "day=2026-05-01/hour=10/part-0-0.csv": "1\n3\n",
      "day=2026-05-01/hour=10/part-0-1.csv": "4\n",
      "day=2026-05-01/hour=10/_SUCCESS": "",
    });
    // All others when all has been written.
    await writer.watermark(MAX_TIMESTAMP);
    expect(
      Object.keys(await files())
        .filter((name) => name.includes("hour=11"))
        .sort(),
    ).toEqual(["day=2026-05-01/hour=11/_SUCCESS", "day=2026-05-01/hour=11/part-0-2.csv"]);
    await writer.close();
  });

  test("are not marked by a job that stops before", async () => {
    const writer = new TimedWriter(options, ["day", "hour"]);
    await writer.write([1, "2026-05-01", "10"]);
    await writer.close();
    expect(Object.keys(await files())).toEqual(["day=2026-05-01/hour=10/part-0-0.csv"]);
  });

  test("the first column alone is a time, in the zone that is said; the file may be called otherwise", async () => {
    const writer = new TimedWriter(
      {
        "sink.partition-commit.policy.kind": "success-file",
        "sink.partition-commit.trigger": "partition-time",
        "sink.partition-commit.watermark-time-zone": "Asia/Tokyo",
        "sink.partition-commit.success-file.name": "_DONE",
      },
      ["day", "hour"],
    );
    await writer.write([1, "2026-05-01", "x"]);
    await writer.watermark(at("2026-04-30T15:00"));
    expect(await files()).toEqual({});
    await writer.watermark(at("2026-04-30T15:00") + 1);
    expect(Object.keys(await files()).sort()).toEqual([
      "day=2026-05-01/hour=x/_DONE",
      "day=2026-05-01/hour=x/part-0-0.csv",
    ]);
    await writer.close();
  });

  test("a partition that is no time is an error that says what to do", async () => {
    const writer = new TimedWriter(options, ["day", "hour"]);
    await expect(writer.write([1, "May", "10"])).rejects.toThrow(
      "table 'out': 'May 10:00:00' of partition 'day=May/hour=10' is no time as in '2026-01-31 12:00:00'; put it together by option 'partition.time-extractor.timestamp-pattern'",
    );
  });
});

describe("partitions by processing time", () => {
  test("are marked when their first row is older than the delay", async () => {
    const writer = new TimedWriter(
      { "sink.partition-commit.policy.kind": "success-file", "sink.partition-commit.delay": "3 min" },
      ["day"],
    );
    await writer.write([1, "a", "b"]);
    await writer.advance(2 * MINUTE);
    await writer.write([2, "a", "b"], [3, "c", "b"]);
    await writer.watermark(at("2100-01-01T00:00"));
    await writer.advance(MINUTE);
    expect(await files()).toEqual({});
    await writer.advance(1);
    expect(await files()).toEqual({ "day=a/part-0-0.csv": "1,b\n2,b\n", "day=a/_SUCCESS": "" });
    await writer.watermark(MAX_TIMESTAMP);
    expect(await files()).toMatchObject({ "day=c/part-0-1.csv": "3,b\n", "day=c/_SUCCESS": "" });
    await writer.close();
  });

  test("without a delay: whenever files are looked at", async () => {
    const writer = new TimedWriter(
      { "sink.partition-commit.policy.kind": "success-file", "sink.rolling-policy.check-interval": "20 s" },
      ["day"],
    );
    await writer.write([1, "a", "b"]);
    await writer.advance(20_000);
    expect(await files()).toEqual({});
    await writer.advance(1);
    expect(Object.keys(await files()).sort()).toEqual(["day=a/_SUCCESS", "day=a/part-0-0.csv"]);
    await writer.close();
  });
});

describe("INSERT OVERWRITE", () => {
  const fill = async (partitionKeys: readonly string[]) => {
    const writer = new TimedWriter({}, partitionKeys);
    await writer.write([1, "a", "b"], [2, "c", "d"]);
    await writer.close();
  };

  test("replaces the partitions that get rows, at the end and not before", async () => {
    await fill(["day"]);
    const writer = new TimedWriter({ "sink.rolling-policy.file-size": "1 b" }, ["day"], true);
    await writer.write([3, "a", "b"]);
    await writer.write([4, "a", "b"]);
    await writer.advance(60 * MINUTE);
    const before = { "day=a/part-0-0.csv": "1,b\n", "day=c/part-0-1.csv": "2,d\n" };
    expect(await files()).toEqual(before);
    await writer.watermark(MAX_TIMESTAMP);
    await writer.close();
    expect(await files()).toEqual({
      "day=a/part-0-1.csv": "4,b\n",
      "day=a/part-1-0.csv": "3,b\n",
      "day=c/part-0-1.csv": "2,d\n",
    });
  });

  test("replaces a table without partitions by no rows, too", async () => {
    await fill([]);
    const writer = new TimedWriter({}, [], true);
    await writer.watermark(MAX_TIMESTAMP);
    await writer.close();
    expect(await files()).toEqual({});
  });

  test("that does not come to its end leaves the table as it was", async () => {
    await fill(["day"]);
    const before = await files();
    const writer = new TimedWriter({ "sink.rolling-policy.file-size": "1 b" }, ["day"], true);
    await writer.write([3, "a", "b"]);
    await writer.write([4, "a", "b"]);
    await writer.close();
    expect(await files()).toEqual(before);
    const left = await readdir(join(directory, "out"), { recursive: true });
    expect(left.filter((name) => name.includes("inprogress"))).toEqual([]);
  });
});

test("NULL and the empty text have the folder that is said", async () => {
  const writer = new TimedWriter({ "partition.default-name": "none" }, ["day"]);
  await writer.write([1, null, "b"], [2, "", "b"], [3, "1/2", "b"]);
  await writer.close();
  expect(await files()).toEqual({ "day=none/part-0-0.csv": "1,b\n2,b\n", "day=1%2F2/part-0-1.csv": "3,b\n" });
});

test("policies that files do not have are refused", () => {
  expect(() => new TimedWriter({ "sink.partition-commit.policy.kind": "metastore,success-file" }, ["day"])).toThrow(
    "table 'out': option 'sink.partition-commit.policy.kind' = 'metastore': the only kind for files is success-file",
  );
});

test("the texts of a partition's folders", () => {
  expect([...partitionTexts("day=2026-05-01/minute=12%3A30")]).toEqual([
    ["day", "2026-05-01"],
    ["minute", "12:30"],
  ]);
});
