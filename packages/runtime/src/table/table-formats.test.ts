import {
  type BadRecord,
  BIGINT,
  type FormatFactory,
  type OnBadRecord,
  type RecordDecoder,
  type RecordEncoder,
} from "@millrace/core";
import { expect, test } from "vitest";
import { Registry } from "../registry.ts";
import { createTableFormats } from "./table-formats.ts";
import type { TableFormat } from "./table-options.ts";

const schema = { fields: [{ name: "a", type: BIGINT }] };
const request = { fields: [{ path: ["a"], type: BIGINT }], metadata: [], predicates: [] };

let onBadRecord: OnBadRecord | undefined;
const given: unknown[] = [];
const readable: FormatFactory = {
  name: "lines",
  options: {},
  createDecoder(...args) {
    given.push(...args.slice(0, 3));
    onBadRecord = args[3];
    return {} as RecordDecoder;
  },
};
const writable: FormatFactory = { name: "text", options: {}, createEncoder: () => ({}) as RecordEncoder };

function formatsOf(entries: Record<string, FormatFactory>, records: BadRecord[] = []) {
  const formats = new Map<string, TableFormat>();
  for (const [option, factory] of Object.entries(entries)) formats.set(option, { factory, options: { x: 1 } });
  const badRecords = { report: (record: BadRecord) => void records.push(record), flush: () => Promise.resolve() };
  return createTableFormats(formats, schema, badRecords, new Registry([], [readable, writable]), "table 't'");
}

test("gives the decoder schema and options, and takes its bad records with their place", () => {
  const records: BadRecord[] = [];
  formatsOf({ format: readable }, records).decoder(request, (index) => `t.json:${index + 1}`);
  expect(given).toEqual([request, schema, { x: 1 }]);
  onBadRecord?.("field 'a': not a number", new TextEncoder().encode("..bad.."), 2, 5, 16);
  expect(records).toEqual([
    { position: "t.json:17", reason: "field 'a': not a number", bytes: new TextEncoder().encode("bad") },
  ]);
});

test("a key's records have their own columns", () => {
  given.length = 0;
  const keySchema = { fields: [] };
  formatsOf({ "key.format": readable }).decoder(request, () => "", "key.format", keySchema);
  expect(given).toEqual([request, keySchema, { x: 1 }]);
});

test("`format` and `value.format` are one", () => {
  expect(formatsOf({ format: readable }).name("value.format")).toBe("lines");
  expect(formatsOf({ "value.format": readable }).name()).toBe("lines");
  expect(formatsOf({ format: readable }).name("key.format")).toBeNull();
});

test("says what is missing or cannot be done", () => {
  expect(() => formatsOf({}).decoder(request, () => "")).toThrow(
    "table 't': missing option 'format'. Known formats: lines, text",
  );
  expect(() => formatsOf({ format: writable }).decoder(request, () => "")).toThrow(
    "table 't': format 'text' cannot be read",
  );
  expect(() => formatsOf({ format: readable }).encoder(schema)).toThrow("table 't': format 'lines' cannot be written");
});
