/** Records as Flink's documentation shows them, and random ones against a plain reading of JSON. */
import {
  BIGINT,
  DOUBLE,
  type FormatFactory,
  INT,
  MAX_BATCH_ROWS,
  type PushedPredicate,
  parseOptions,
  type RecordDecoder,
  type Schema,
  STRING,
} from "@millrace/core";
import { batchOf, type Change, change, changesOf, formatConformance, rowText, seededRandom } from "@millrace/testkit";
import { describe, expect, it } from "vitest";
import { canalJsonFormat, debeziumJsonFormat, maxwellJsonFormat, oggJsonFormat } from "./cdc-format.ts";

const seed = Number(process.env.MILLRACE_TEST_SEED ?? Date.now() & 0x7fffffff);

const schema: Schema = {
  fields: [
    { name: "id", type: BIGINT },
    { name: "name", type: STRING },
    { name: "description", type: STRING },
    { name: "weight", type: DOUBLE },
  ],
};

interface Read {
  readonly changes: string[];
  readonly bad: string[];
}

function read(
  factory: FormatFactory,
  text: string,
  options: Readonly<Record<string, string>> = {},
  columns: Schema = schema,
  predicates: readonly PushedPredicate[] = [],
): Read {
  const changes: Change[] = [];
  const bad: string[] = [];
  const fields = columns.fields.map(({ name, type }) => ({ path: [name], type }));
  const request = { fields, metadata: [], predicates };
  const values = parseOptions(factory.options, options, factory.name);
  const bytes = new TextEncoder().encode(text);
  const decoder = factory.createDecoder?.(request, schema, values, (reason, _bytes, start, end, index) => {
    bad.push(`${index}: ${reason} (${end - start} bytes)`);
  }) as RecordDecoder;
  for (let at = 0; at < bytes.length; ) {
    const next = decoder.decodeDelimited(bytes, at, bytes.length, true);
    expect(next > at || decoder.rowCount > 0).toBe(true);
    at = next;
    const { length, columns: taken, kinds = null } = decoder.take();
    changes.push(...changesOf({ length, columns: taken, kinds: kinds ?? null, timestamps: null }, columns));
  }
  return { changes: changes.map(rowText), bad };
}

const scooter = (weight: number | string) =>
  `{"id": ${typeof weight === "string" ? '"111"' : 111}, "name": "scooter", "description": "Big 2-wheel scooter", "weight": ${JSON.stringify(weight)}}`;
const row = (weight: number) => `(111, "scooter", "Big 2-wheel scooter", ${weight})`;

const debezium = (op: string, before: string, after: string) =>
  `{"before": ${before}, "after": ${after}, "source": {"db": "inventory"}, "op": "${op}", "ts_ms": 1589362330904, "transaction": null}`;
const canal = (type: string, data: string, old: string) =>
  `{"data": ${data}, "database": "inventory", "es": 1589373560000, "id": 9, "isDdl": false, "mysqlType": {"id": "INTEGER"}, "old": ${old}, "pkNames": ["id"], "sql": "", "table": "products", "ts": 1589373560798, "type": "${type}"}`;
const maxwell = (type: string, data: string, old: string) =>
  `{"database":"test","table":"e","type":"${type}","ts":1477053217,"data":${data}${old === "" ? "" : `,"old":${old}`}}`;
const ogg = (type: string, before: string, after: string) =>
  `{"before": ${before}, "after": ${after}, "op_type": "${type}", "op_ts": "2020-05-13 15:40:06.000000", "pos": "0001", "primary_keys": ["id"], "table": "PRODUCTS"}`;

describe("debezium-json", () => {
  it("reads inserts, snapshots, updates and deletes", () => {
    const text = [
      debezium("c", "null", scooter(5.18)),
      debezium("r", "null", scooter(5.18)),
      "",
      debezium("u", scooter(5.18), scooter(5.15)),
      debezium("d", scooter(5.15), "null"),
    ].join("\r\n");
    expect(read(debeziumJsonFormat, text)).toEqual({
      changes: [`+I${row(5.18)}`, `+I${row(5.18)}`, `-U${row(5.18)}`, `+U${row(5.15)}`, `-D${row(5.15)}`],
      bad: [],
    });
  });

  it("reads what Kafka Connect wraps with its schema", () => {
    const text = `{"schema": {"type": "struct"}, "payload": ${debezium("u", scooter(5.18), scooter(5.15))}}`;
    const { changes, bad } = read(debeziumJsonFormat, text, { "schema-include": "true" });
    expect(changes).toEqual([`-U${row(5.18)}`, `+U${row(5.15)}`]);
    expect(bad).toEqual([]);
    expect(read(debeziumJsonFormat, text).bad).toEqual([
      `0: no Debezium record: 'op' is missing (${text.length} bytes)`,
    ]);
  });

  it("takes a record as a whole, or none of it", () => {
    const text = [
      debezium("u", scooter(5.18), '{"id": "x"}'),
      debezium("u", "null", scooter(1)),
      debezium("c", "null", "null"),
      debezium("x", "null", scooter(1)),
      debezium("c", "null", '"{}"'),
      "{",
      debezium("d", scooter(5.15), "null"),
    ].join("\n");
    const { changes, bad } = read(debeziumJsonFormat, text);
    expect(changes).toEqual([`-D${row(5.15)}`]);
    expect(bad.map((each) => each.replace(/ \(\d+ bytes\)/, ""))).toEqual([
      "0: field 'id': 'x' is not a BIGINT",
      "1: 'before' is null or missing; of PostgreSQL tables set REPLICA IDENTITY FULL",
      "2: 'after' is null or missing",
      "3: 'op' is 'x'; known are c, r, u, d",
      "4: 'after' is no object",
      expect.stringMatching(/^5: truncated JSON/),
    ]);
  });

  it("leaves out rows that a predicate excludes, each on its own", () => {
    const weight = { path: ["weight"], type: DOUBLE };
    const text = debezium("u", scooter(5), scooter(7));
    const predicate: PushedPredicate = { field: weight, operator: ">", values: [6] };
    expect(read(debeziumJsonFormat, text, {}, schema, [predicate]).changes).toEqual([`+U${row(7)}`]);
  });
});

describe("canal-json", () => {
  it("completes the row before from the row after", () => {
    const text = canal("UPDATE", `[${scooter("5.18")}]`, '[{"weight": "5.15"}]');
    expect(read(canalJsonFormat, text)).toEqual({ changes: [`-U${row(5.15)}`, `+U${row(5.18)}`], bad: [] });
  });

  it("reads several rows of a record, and what was NULL before", () => {
    const text = [
      canal("INSERT", '[{"id": "1", "name": "a"}, {"id": "2"}]', "null"),
      canal("UPDATE", '[{"id": "1", "name": "b"}, {"id": "3"}]', '[{"name": null}, {"id": "2"}]'),
      canal("DELETE", '[{"id": "1", "name": "b"}]', "null"),
      canal("CREATE", "null", "null"),
    ].join("\n");
    expect(read(canalJsonFormat, text)).toEqual({
      changes: [
        '+I(1, "a", NULL, NULL)',
        "+I(2, NULL, NULL, NULL)",
        "-U(1, NULL, NULL, NULL)",
        '+U(1, "b", NULL, NULL)',
        "-U(2, NULL, NULL, NULL)",
        "+U(3, NULL, NULL, NULL)",
        '-D(1, "b", NULL, NULL)',
      ],
      bad: [],
    });
  });

  it("reads the databases and tables that are asked for", () => {
    const text = [
      canal("INSERT", `[${scooter("1")}]`, "null"),
      canal("INSERT", "[{}]", "null").replace("products", "p"),
    ];
    const options = { "table.include": "prod.*", "database.include": "inventory" };
    expect(read(canalJsonFormat, text.join("\n"), options).changes).toEqual([`+I${row(1)}`]);
    expect(read(canalJsonFormat, text.join("\n"), { "database.include": "invent" }).changes).toEqual([]);
    expect(() => read(canalJsonFormat, "", { "table.include": "(" })).toThrow("'canal-json.table.include' = '('");
  });

  it("tells what is missing, and a record too large for a batch", () => {
    const many = new Array(MAX_BATCH_ROWS / 2 + 1).fill('{"id": "1"}').join();
    const text = [
      canal("UPDATE", "[{}]", "null"),
      canal("UPDATE", "[{}]", "[]"),
      canal("ALTER", "null", "null"),
      canal("UPDATE", `[${many}]`, `[${many}]`),
      canal("INSERT", `[${many}]`, "null"),
      canal("INSERT", `[${many}]`, "null"),
    ].join("\n");
    const { changes, bad } = read(canalJsonFormat, text);
    expect(changes.length).toBe(MAX_BATCH_ROWS + 2);
    expect(bad.map((each) => each.replace(/ \(\d+ bytes\)/, ""))).toEqual([
      "0: 'old' is null or missing; an update tells the fields that it changed there",
      "1: 'data' has 1 rows and 'old' has 0",
      "2: 'type' is 'ALTER'; known are INSERT, UPDATE, DELETE, CREATE",
      "3: one record with 4098 rows; at most 4096 are taken",
    ]);
  });
});

it("maxwell-json completes the row before from the row after", () => {
  const text = [
    maxwell("insert", scooter(5.15), ""),
    maxwell("update", scooter(5.15), '{"weight":5.18}'),
    maxwell("delete", scooter(5.15), ""),
    maxwell("table-create", "null", ""),
  ].join("\n");
  const { changes, bad } = read(maxwellJsonFormat, text);
  expect(changes).toEqual([`+I${row(5.15)}`, `-U${row(5.18)}`, `+U${row(5.15)}`, `-D${row(5.15)}`]);
  expect(bad.length).toBe(1);
});

it("ogg-json reads inserts, updates and deletes and passes over truncates", () => {
  const text = [
    ogg("I", "null", scooter(1)),
    ogg("U", scooter(1), scooter(2)),
    ogg("T", "null", "null"),
    ogg("D", scooter(2), "null"),
  ].join("\n");
  expect(read(oggJsonFormat, text)).toEqual({
    changes: [`+I${row(1)}`, `-U${row(1)}`, `+U${row(2)}`, `-D${row(2)}`],
    bad: [],
  });
});

describe("writing", () => {
  const rows = [
    change("+I", 1, "a", null, 2),
    change("-U", 1, "a", null, 2),
    change("+U", 1, "b", null, 2),
    change("-D", 1, "b", null, 2),
  ];
  const image = (name: string) => `{"id":1,"name":"${name}","description":null,"weight":2}`;

  it.each([
    [
      debeziumJsonFormat,
      (name: string) => `{"before":null,"after":${image(name)},"op":"c"}`,
      (name: string) => `{"before":${image(name)},"after":null,"op":"d"}`,
    ],
    [
      canalJsonFormat,
      (name: string) => `{"data":[${image(name)}],"type":"INSERT"}`,
      (name: string) => `{"data":[${image(name)}],"type":"DELETE"}`,
    ],
    [
      maxwellJsonFormat,
      (name: string) => `{"data":${image(name)},"type":"insert"}`,
      (name: string) => `{"data":${image(name)},"type":"delete"}`,
    ],
    [
      oggJsonFormat,
      (name: string) => `{"before":null,"after":${image(name)},"op_type":"I"}`,
      (name: string) => `{"before":${image(name)},"after":null,"op_type":"D"}`,
    ],
  ])("$name: an update is a delete and an insert", (factory, added, removed) => {
    const values = parseOptions(factory.options, {}, factory.name);
    const encoder = factory.createEncoder?.(schema, values);
    encoder?.encodeDelimited(batchOf(schema, rows));
    const text = new TextDecoder().decode(encoder?.take());
    expect(text.split("\n")).toEqual([added("a"), removed("a"), added("b"), removed("b"), ""]);
    expect(read(factory, text).changes).toEqual([
      '+I(1, "a", NULL, 2)',
      '-D(1, "a", NULL, 2)',
      '+I(1, "b", NULL, 2)',
      '-D(1, "b", NULL, 2)',
    ]);
  });

  it("refuses a schema in what is written", () => {
    const values = parseOptions(debeziumJsonFormat.options, { "schema-include": "true" }, "x");
    expect(() => debeziumJsonFormat.createEncoder?.(schema, values)).toThrow(
      "'debezium-json.schema-include' = 'true' is for reading",
    );
  });
});

describe(`random changes, seed ${seed}`, () => {
  const next = seededRandom(seed);
  const columns: Schema = {
    fields: [
      { name: "a", type: INT },
      { name: "b", type: STRING },
      { name: "c", type: INT },
    ],
  };
  type Image = Record<string, unknown>;
  const value = (name: string) =>
    next() < 0.2 ? null : name === "b" ? ["x", '\u00e9"', "\\u"][Math.floor(next() * 3)] : Math.floor(next() * 1e6);
  const image = (): Image =>
    Object.fromEntries(["a", "b", "c", "d"].filter(() => next() < 0.9).map((name) => [name, value(name)]));
  const text = (kind: string, of: Image) => rowText(change(kind, ...["a", "b", "c"].map((name) => of[name] ?? null)));

  it("of whole rows", () => {
    const lines: string[] = [];
    const expected: string[] = [];
    for (let i = 0; i < 20_000; i++) {
      const op = "crud"[Math.floor(next() * 4)];
      const [before, after] = [image(), image()];
      lines.push(
        JSON.stringify({ before: op === "c" || op === "r" ? null : before, after: op === "d" ? null : after, op }),
      );
      if (op === "u") expected.push(text("-U", before), text("+U", after));
      else expected.push(op === "d" ? text("-D", before) : text("+I", after));
    }
    expect(read(debeziumJsonFormat, lines.join("\n"), {}, columns)).toEqual({ changes: expected, bad: [] });
  });

  it("of changed fields, several to a record", () => {
    const lines: string[] = [];
    const expected: string[] = [];
    for (let i = 0; i < 5_000; i++) {
      const type = ["INSERT", "UPDATE", "DELETE"][Math.floor(next() * 3)];
      const data = Array.from({ length: 1 + Math.floor(next() * 3) }, image);
      const old = data.map(() => image());
      lines.push(JSON.stringify({ data, old: type === "UPDATE" ? old : null, type }));
      for (const [k, after] of data.entries()) {
        if (type === "UPDATE") expected.push(text("-U", { ...after, ...old[k] }), text("+U", after));
        else expected.push(text(type === "INSERT" ? "+I" : "-D", after));
      }
    }
    expect(read(canalJsonFormat, lines.join("\n"), {}, columns)).toEqual({ changes: expected, bad: [] });
  });
});

describe.each([debeziumJsonFormat, canalJsonFormat, maxwellJsonFormat, oggJsonFormat])("$name", (factory) => {
  const badRecords = ["{", "[1]", "x", '{"op": "c"}'];
  const textOf: Record<string, string> = {
    "debezium-json": '{"after":{"id":1,"other":"?"},"op":"c"}',
    "canal-json": '{"data":[{"id":1,"other":"?"}],"type":"INSERT"}',
    "maxwell-json": '{"data":{"id":1,"other":"?"},"type":"insert"}',
    "ogg-json": '{"after":{"id":1,"other":"?"},"op_type":"I"}',
  };
  const cases = formatConformance(
    {
      factory,
      schema,
      badRecords,
      textRecord: textOf[factory.name],
      ignoresPredicates: factory === canalJsonFormat || factory === maxwellJsonFormat,
    },
    seed,
  );
  it.each(cases)("$name", ({ run }) => run());
});
