import { type ConnectorFactory, type FormatFactory, MillraceError } from "@millrace/core";
import { describe, expect, test } from "vitest";
import { Registry } from "../registry.ts";
import { parseTableOptions } from "./table-options.ts";

const json: FormatFactory = {
  name: "json",
  options: {
    "ignore-parse-errors": { type: "boolean", default: "false", description: "Leave bad records out" },
    "timestamp-format": { type: "string", default: "SQL", description: "How times are written" },
  },
};
const csv: FormatFactory = {
  name: "csv",
  options: { "field-delimiter": { type: "string", default: ",", description: "Between fields" } },
};
const filesystem: ConnectorFactory = {
  name: "filesystem",
  options: { path: { type: "string", required: true, description: "File, folder or glob" } },
  formatOptions: ["format"],
};
const kafka: ConnectorFactory = {
  name: "kafka",
  options: {
    topic: { type: "string", required: true, description: "Topic" },
    "properties.*": { type: "string", description: "Client properties" },
  },
  formatOptions: ["format", "key.format", "value.format"],
};
const registry = new Registry([filesystem, kafka], [json, csv]);

const parse = (raw: Record<string, string>) => parseTableOptions(raw, registry, "table 'events'");

function messageOf(raw: Record<string, string>): string {
  try {
    parse(raw);
  } catch (error) {
    if (error instanceof MillraceError && error.code === "OPTION_INVALID") return error.message;
    throw error;
  }
  return "accepted";
}

describe("parseTableOptions", () => {
  test("gives each owner its own, without prefix", () => {
    const table = parse({
      connector: "kafka",
      topic: "t",
      "properties.client.id": "me",
      "key.format": "csv",
      "key.csv.field-delimiter": ";",
      "value.format": "json",
      "value.json.timestamp-format": "ISO-8601",
      "bad-records": "dead-letter",
      "bad-records.path": "bad.jsonl",
      "scan.watermark.idle-timeout": "5 s",
    });
    expect(table.connector.name).toBe("kafka");
    expect(table.options).toEqual({ topic: "t", "properties.client.id": "me" });
    expect(table.formats.get("key.format")?.options).toEqual({ "field-delimiter": ";" });
    expect(table.formats.get("value.format")?.options).toEqual({
      "ignore-parse-errors": false,
      "timestamp-format": "ISO-8601",
    });
    expect(table.badRecords).toEqual({ kind: "dead-letter", path: "bad.jsonl" });
    expect(table.idleTimeoutMs).toBe(5000);
  });

  test("defaults: fail, no idle timeout of its own", () => {
    const table = parse({ connector: "filesystem", path: "x", format: "json" });
    expect(table.badRecords).toEqual({ kind: "fail" });
    expect(table.idleTimeoutMs).toBeNull();
  });

  test("Flink's ignore-parse-errors means skip, unless the policy is given", () => {
    const raw = { connector: "filesystem", path: "x", format: "json", "json.ignore-parse-errors": "true" };
    expect(parse(raw).badRecords).toEqual({ kind: "skip" });
    expect(parse({ ...raw, "bad-records": "fail" }).badRecords).toEqual({ kind: "fail" });
  });

  test.each([
    [{}, "table 'events': missing option 'connector'. Known connectors: filesystem, kafka"],
    [
      { connector: "kafak" },
      "table 'events': unknown connector 'kafak' (did you mean 'kafka'?). Known connectors: filesystem, kafka",
    ],
    [
      { connector: "filesystem", path: "x", format: "jsn" },
      "table 'events': unknown format 'jsn' (did you mean 'json'?). Known formats: csv, json",
    ],
    [
      { connector: "filesystem", pth: "x", format: "csv" },
      "table 'events', connector 'filesystem': unknown option 'pth' (did you mean 'path'?); missing option 'path' (File, " +
        "folder or glob). Known options: path (required), format, csv.field-delimiter, bad-records, bad-records.path, " +
        "scan.watermark.idle-timeout",
    ],
    [
      { connector: "filesystem", path: "x", format: "csv", "json.timestamp-format": "SQL" },
      "table 'events', connector 'filesystem': unknown option 'json.timestamp-format'. Known options: path (required), format, " +
        "csv.field-delimiter, bad-records, bad-records.path, scan.watermark.idle-timeout",
    ],
    [
      { connector: "filesystem", path: "x", "bad-records": "dead-letter" },
      "table 'events': 'bad-records' = 'dead-letter' needs the option 'bad-records.path': the file to append to",
    ],
    [
      { connector: "filesystem", path: "x", "bad-records.path": "y" },
      "table 'events': 'bad-records.path' is used only with 'bad-records' = 'dead-letter'",
    ],
  ])("refuses %j", (raw, message) => {
    expect(messageOf(raw as Record<string, string>)).toBe(message);
  });
});
