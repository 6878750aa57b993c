import { BIGINT, createMetricGroup, type Field, hashRows, MillraceError, STRING, valueAt } from "@millrace/core";
import { batchOf, change, ManualClock, settle, type TestRow, TestSource } from "@millrace/testkit";
import { describe, expect, test } from "vitest";
import { SourceInput } from "../source/source-input.ts";
import { lookupOptionsOf, type ReloadSchedule, reloadAt } from "./lookup-options.ts";
import { WholeTable } from "./whole-table.ts";

const fields: readonly Field[] = [
  { name: "key", type: BIGINT },
  { name: "name", type: STRING },
];
const noTries = { attempts: 0, initialDelayMs: 0, maxDelayMs: 0, multiplier: 1 };

/** A table whose readings a test gives, one after the other. */
class Table {
  readonly clock = new ManualClock(0);
  readonly metrics = createMetricGroup();
  readonly lines: string[] = [];
  readonly readings: (readonly TestRow[] | MillraceError)[] = [];
  readonly table: WholeTable;

  constructor(reload: ReloadSchedule) {
    const { clock, metrics } = this;
    const reporter = { warn: (line: string) => void this.lines.push(line), progress: () => undefined };
    const owner = "table 'names'";
    const open = () => {
      const reading = this.readings.shift() ?? [];
      const source = new TestSource({ splits: ["a"] });
      if (reading instanceof MillraceError) source.discoveryErrors.push(reading);
      // A batch per row: what is read stands in many.
      else for (const row of reading) source.push("a", batchOf({ fields }, [row]));
      source.end("a");
      const spec = { owner, source, kernel: null, idleTimeoutMs: 0, retryPolicy: noTries, clock, reporter, metrics };
      return new SourceInput(spec);
    };
    this.table = new WholeTable({ owner, open, fields, width: 2, keys: [0], reload, clock, reporter, metrics });
  }

  /** The names of the rows of a key. */
  names(key: bigint): unknown[] {
    const { columns } = batchOf({ fields: [fields[0]] }, [[key]]);
    const hashes = new Int32Array(1);
    const firsts = new Int32Array(1);
    hashRows(columns, 1, hashes);
    this.table.find(columns, hashes, 1, firsts);
    const ids: number[] = [];
    for (let id = firsts[0]; id >= 0; id = this.table.next(id)) ids.push(id);
    const [, name] = this.table.gather(Int32Array.from(ids), ids.length);
    this.table.release();
    return ids.map((_, i) => valueAt(name, i, STRING));
  }
}

const every = (intervalMs: number, isFixedRate = false) => ({ kind: "interval", intervalMs, isFixedRate }) as const;

describe("a table that is read as a whole", () => {
  test("once, before the first look-up", async () => {
    const { table, readings, names, metrics } = bound(new Table({ kind: "never" }));
    readings.push([
      [1n, "one"],
      [2n, "two"],
      [1n, "uno"],
    ]);
    await table.ready();
    expect(table.ready()).toBeNull();
    expect([names(1n), names(2n), names(3n)]).toEqual([["one", "uno"], ["two"], []]);
    expect(metrics.read()).toMatchObject({ loadCount: 1, numCachedRecords: 3, hitCount: 2, missCount: 1 });
  });

  test("again after each interval, while look-ups go on", async () => {
    const { table, readings, names, clock } = bound(new Table(every(1000)));
    readings.push([[1n, "one"]], [[1n, "uno"]], []);
    await table.ready();
    await clock.advance(999);
    expect(names(1n)).toEqual(["one"]);
    await clock.advance(1);
    await settle(50);
    expect(names(1n)).toEqual(["uno"]);
    await clock.advance(1000);
    await settle(50);
    expect(names(1n)).toEqual([]);
    await table.close();
    expect(clock.sleepers).toBe(0);
  });

  test("what was read stays when a later reading fails, which is told", async () => {
    const { table, readings, names, clock, lines, metrics } = bound(new Table(every(1000)));
    readings.push([[1n, "one"]], new MillraceError({ code: "SOURCE_UNAVAILABLE", message: "no such file" }), [
      [1n, "uno"],
    ]);
    await table.ready();
    await clock.advance(1000);
    await settle(50);
    expect(names(1n)).toEqual(["one"]);
    expect(lines).toEqual(["table 'names': no such file (the rows read before are looked up further)"]);
    expect(metrics.read()).toMatchObject({ loadCount: 1, numLoadFailures: 1 });
    await clock.advance(1000);
    await settle(50);
    expect(names(1n)).toEqual(["uno"]);
    await table.close();
  });

  test("the first reading must succeed", async () => {
    const { table, readings } = bound(new Table({ kind: "never" }));
    readings.push(new MillraceError({ code: "SOURCE_UNAVAILABLE", message: "no such file" }));
    await expect(table.ready()).rejects.toThrow("no such file");
  });

  test("not of changes", async () => {
    const { table, readings } = bound(new Table({ kind: "never" }));
    readings.push([[1n, "one"], change("-D", 1n, "one")]);
    await expect(table.ready()).rejects.toThrow("table 'names' cannot be looked up: it is read as changes of rows");
  });

  test("a job that is stopped does not wait for a reading", async () => {
    const { table, clock } = bound(new Table({ kind: "never" }));
    const reading = table.ready();
    await table.close();
    await reading;
    expect(clock.sleepers).toBe(0);
  });
});

function bound(table: Table) {
  const { clock, lines, metrics, readings } = table;
  return { clock, lines, metrics, readings, table: table.table, names: (key: bigint) => table.names(key) };
}

describe("when a table is read again", () => {
  const hour = 3_600_000;
  const options = (values: Record<string, string | number>) =>
    lookupOptionsOf(
      Object.fromEntries(Object.entries(values).map(([name, value]) => [`lookup.full-cache.${name}`, value])),
      "table 't'",
    );

  test("after an interval, counted from the end of a reading or from its beginning", () => {
    expect(reloadAt(every(1000), 5000, 5300)).toBe(6300);
    expect(reloadAt(every(1000, true), 5000, 5300)).toBe(6000);
    expect(reloadAt(every(1000, true), 5000, 9000)).toBe(9000);
  });

  test("at a time of the day", () => {
    const at = (time: string, days = 1) =>
      options({ "reload-strategy": "TIMED", "timed-reload.iso-time": time, "timed-reload.interval-in-days": days })
        .reload;
    expect(reloadAt(at("10:15"), 0, 9 * hour)).toBe(10.25 * hour);
    expect(reloadAt(at("10:15Z"), 0, 10.25 * hour)).toBe(34.25 * hour);
    expect(reloadAt(at("10:15:30", 2), 0, 11 * hour)).toBe((24 + 24 + 10.25) * hour + 30_000);
    expect(reloadAt(at("01:00+02:00"), 0, 5 * hour)).toBe(23 * hour);
    expect(reloadAt(at("23:30-01:00"), 0, 0)).toBe(0.5 * hour);
  });

  test("no other text is a time of the day", () => {
    for (const text of ["", "25:00", "10", "10:15 pm", "10:75"]) {
      expect(() => options({ "reload-strategy": "TIMED", "timed-reload.iso-time": text })).toThrow(
        "needs a time of the day",
      );
    }
  });
});
