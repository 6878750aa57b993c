/** What every state backend must do. Each backend's tests run all cases: `it.each(stateBackendConformance(create))("$name", ({ run }) => run())`. */
import {
  BIGINT,
  BOOLEAN,
  BYTES,
  type Column,
  columnOf,
  type DataType,
  DOUBLE,
  decimal,
  decodeSnapshot,
  encodeSnapshot,
  type Field,
  hashRow,
  keyGroup,
  keyGroupRangeOf,
  MillraceError,
  type SnapshotableState,
  STRING,
  type StateTable,
  type StateTableDescriptor,
  TIMESTAMP_3,
  VALUE,
  valueAt,
} from "@millrace/core";
import { compareRows, valueText } from "./compare-rows.ts";
import { seededRandom } from "./seeded-random.ts";

export interface ConformanceCase {
  readonly name: string;
  run(): void;
}

type CreateState = () => SnapshotableState;

/** Values of each type that have tripped up state before: extremes, NULL, and pairs that are equal or nearly so. */
const samples: readonly (readonly [string, DataType, readonly unknown[]])[] = [
  ["BIGINT", BIGINT, [null, 0, 1, -1, 9007199254740991, 9007199254740993n, 2n ** 63n - 1n, -(2n ** 63n), 1e12]],
  ["DECIMAL", decimal(38, 2), [null, 0, 5, 10n ** 37n, -(10n ** 37n), 2n ** 64n, 2n ** 64n + 5n, 9007199254740993n]],
  ["DOUBLE", DOUBLE, [null, 0, 0.1, Number.NaN, Number.POSITIVE_INFINITY, 5e-324, 1e308, 2 ** 53]],
  ["STRING", STRING, [null, "", "a", "b", "aa", "é", "\u{1f600}", "0123456789".repeat(20)]],
  ["BYTES", BYTES, [null, new Uint8Array(), new Uint8Array([0]), new Uint8Array([0, 0]), new Uint8Array([255])]],
  ["BOOLEAN", BOOLEAN, [null, true, false]],
  ["VALUE", VALUE, [null, [1, "a"], [1, null], { a: 1, b: [2] }, new Map([["k", 1]]), "text", 7, 2n ** 70n, true]],
];

const key = (type: DataType): Field => ({ name: "k", type });
const value = (type: DataType): Field => ({ name: "v", type });

function check(condition: boolean, message: string): asserts condition {
  if (!condition) throw new Error(message);
}

function slotsOf(table: StateTable, keys: readonly Column[], length: number): Int32Array {
  const slots = new Int32Array(length);
  table.slotsOf(keys, length, slots);
  return slots;
}

/** Keys and values of a table as rows. */
function contentOf(table: StateTable): unknown[][] {
  const list: number[] = [];
  table.forEachSlot((slot) => list.push(slot));
  const slots = Int32Array.from(list);
  const { key: keys, values } = table.descriptor;
  const columns = [
    ...table.keysOf(slots, slots.length),
    ...table.columns.map((one) => one.columnOf(slots, slots.length)),
  ];
  return list.map((_, row) => [...keys, ...values].map((field, c) => valueAt(columns[c], row, field.type)));
}

function expectRows(actual: readonly unknown[][], expected: readonly (readonly unknown[])[], where: string): void {
  const problem = compareRows(actual, expected);
  check(problem === null, `${where}: ${problem}`);
}

/** Random inserts, look-ups and removals against a Map. */
function agreesWithMap(create: CreateState, type: DataType, keys: readonly unknown[], seed: number): void {
  const next = seededRandom(seed);
  const table = create().table({ name: "t", key: [key(type)], values: [value(BIGINT), { name: "s", type: STRING }] });
  const model = new Map<string, { readonly key: unknown; readonly number: number }>();
  let number = 0;
  for (let round = 0; round < 60; round++) {
    const batch = Array.from({ length: 8 }, () => keys[Math.floor(next() * keys.length)]);
    const wasInserted = new Uint8Array(8);
    const slots = new Int32Array(8);
    table.slotsOf([columnOf(type, batch)], 8, slots, wasInserted);
    for (const [i, one] of batch.entries()) {
      const text = valueText(one);
      check((wasInserted[i] === 1) === !model.has(text), `seed ${seed}: wasInserted is wrong for ${text}`);
      if (!model.has(text)) {
        check(table.columns[0].get(slots[i]) === null, `seed ${seed}: the new slot of ${text} is not NULL`);
        model.set(text, { key: one, number });
        table.columns[0].set(slots[i], number);
        table.columns[1].set(slots[i], `number ${number++}`);
      }
    }
    const gone = batch.filter(() => next() < 0.4);
    const found = new Int32Array(gone.length);
    table.find([columnOf(type, gone)], gone.length, found);
    for (const [i, one] of gone.entries()) {
      const text = valueText(one);
      if (!model.delete(text)) continue;
      check(found[i] >= 0, `seed ${seed}: ${text} is not found`);
      table.remove(found[i]);
    }
    table.find([columnOf(type, gone)], gone.length, found);
    for (const [i, one] of gone.entries())
      check(found[i] === -1, `seed ${seed}: ${valueText(one)} is found after removal`);
    check(table.size === model.size, `seed ${seed}: size is ${table.size}, not ${model.size}`);
    const expected = [...model.values()].map((entry) => [entry.key, entry.number, `number ${entry.number}`]);
    expectRows(contentOf(table), expected, `seed ${seed}, round ${round}`);
  }
}

/** The same state in 3 instances, then in 2, then in 1. */
function rescaled(
  create: CreateState,
  fill: (state: SnapshotableState) => void,
  inspect: (states: readonly SnapshotableState[]) => void,
): void {
  const first = create();
  fill(first);
  let states: readonly SnapshotableState[] = [first];
  for (const parallelism of [3, 2, 1]) {
    const snapshots = states.map((state) => decodeSnapshot(encodeSnapshot(state.snapshot())));
    states = Array.from({ length: parallelism }, (_, subtask) => {
      const state = create();
      state.restore(snapshots, keyGroupRangeOf(subtask, parallelism, 128));
      return state;
    });
    inspect(states);
  }
}

const orders: StateTableDescriptor = {
  name: "orders",
  key: [key(BIGINT), { name: "item", type: STRING }],
  values: samples.map(([, type], i) => ({ name: `v${i}`, type })),
  keyGroupColumns: 1,
};

function orderRows(): unknown[][] {
  return Array.from({ length: 300 }, (_, i) => [
    i % 40 === 0 ? null : 2n ** 53n + BigInt(i % 40),
    `item ${i}`,
    ...samples.map(([, , values]) => values[i % values.length]),
  ]);
}

function fillTable(table: StateTable, rows: readonly unknown[][]): void {
  const fields = [...table.descriptor.key, ...table.descriptor.values];
  const columns = fields.map((field, c) =>
    columnOf(
      field.type,
      rows.map((row) => row[c]),
    ),
  );
  const slots = slotsOf(table, columns.slice(0, 2), rows.length);
  for (const [c, column] of table.columns.entries()) column.write(slots, columns[2 + c], rows.length);
}

function refuses(create: CreateState, changed: Partial<StateTableDescriptor>, message: RegExp): void {
  const before = create();
  fillTable(before.table(orders), orderRows());
  const after = create();
  after.restore([before.snapshot()]);
  let error: unknown = null;
  try {
    after.table({ ...orders, ...changed });
  } catch (caught) {
    error = caught;
  }
  check(
    error instanceof MillraceError && error.code === "STATE_INVALID",
    `a changed table was taken, or failed with ${String(error)}`,
  );
  check(message.test(error.message), `the message "${error.message}" does not match ${message}`);
}

/** The cases for the backend that `create` makes empty instances of. */
export function stateBackendConformance(create: CreateState): readonly ConformanceCase[] {
  const cases: ConformanceCase[] = [];
  const add = (name: string, run: () => void) => cases.push({ name, run });

  for (const [name, type, values] of samples) {
    for (const seed of [1, 2]) {
      add(`a table keyed by ${name} agrees with a Map, seed ${seed}`, () => agreesWithMap(create, type, values, seed));
    }
    add(`values of ${name} come back by get, columnOf and after write`, () => {
      const table = create().table({ name: "t", key: [key(BIGINT)], values: [value(type), { name: "w", type }] });
      const slots = slotsOf(
        table,
        [
          columnOf(
            BIGINT,
            values.map((_, i) => i),
          ),
        ],
        values.length,
      );
      for (const [i, one] of values.entries()) table.columns[0].set(slots[i], one);
      table.columns[1].write(slots, columnOf(type, values), values.length);
      for (const column of table.columns) {
        const read = column.columnOf(slots, values.length);
        for (const [i, one] of values.entries()) {
          check(
            valueText(column.get(slots[i])) === valueText(one),
            `get gives ${valueText(column.get(slots[i]))} for ${valueText(one)}`,
          );
          check(
            valueText(valueAt(read, i, type)) === valueText(one),
            `columnOf gives another value for ${valueText(one)}`,
          );
        }
      }
    });
  }

  add("a list gives each row a slot of its own, and removed ones again; values are there after a restore", () => {
    const list: StateTableDescriptor = {
      name: "list",
      key: [key(BIGINT)],
      values: [value(BIGINT), { name: "s", type: STRING }],
      isList: true,
    };
    const state = create();
    const table = state.table(list);
    const write = (slots: Int32Array, numbers: readonly (number | null)[]) => {
      table.columns[0].write(slots, columnOf(BIGINT, numbers), slots.length);
      table.columns[1].write(
        slots,
        columnOf(
          STRING,
          numbers.map((one) => (one === null ? null : `number ${one}`)),
        ),
        slots.length,
      );
    };
    const slots = slotsOf(table, [columnOf(BIGINT, [7, 7, null])], 3);
    check(new Set(slots).size === 3, "rows of one key share a slot");
    write(slots, [1, null, 3]);
    table.remove(slots[1]);
    const [again] = slotsOf(table, [columnOf(BIGINT, [7])], 1);
    check(again === slots[1], "a removed slot is not used again");
    write(Int32Array.of(again), [4]);
    const expected = [
      [7, 1, "number 1"],
      [7, 4, "number 4"],
      [null, 3, "number 3"],
    ];
    expectRows(contentOf(table), expected, "the list");
    const restored = create();
    restored.restore([decodeSnapshot(encodeSnapshot(state.snapshot()))]);
    expectRows(contentOf(restored.table(list)), expected, "the list after a restore");
  });

  add("a BIGINT key is found whether its column is wide or not, and -0 is 0", () => {
    const table = create().table({ name: "t", key: [key(BIGINT)], values: [] });
    const narrow = slotsOf(table, [columnOf(BIGINT, [1, -0])], 2);
    const wide = slotsOf(table, [columnOf(BIGINT, [0, 2n ** 60n, 1])], 3);
    check(wide[0] === narrow[1] && wide[2] === narrow[0] && table.size === 3, "equal numbers have different slots");
  });

  add("a NOT NULL column starts at 0, and a nullable one at NULL, again after removal", () => {
    const table = create().table({
      name: "t",
      key: [key(BIGINT)],
      values: [value({ kind: "double", nullable: false }), { name: "n", type: DOUBLE }],
    });
    for (let round = 0; round < 2; round++) {
      const [slot] = slotsOf(table, [columnOf(BIGINT, [1])], 1);
      check(
        table.columns[0].get(slot) === 0 && table.columns[1].get(slot) === null,
        `round ${round}: the new slot has a value`,
      );
      table.columns[0].set(slot, 5);
      table.columns[1].set(slot, 5);
      table.remove(slot);
    }
  });

  add("a table without key columns has one slot", () => {
    const table = create().table({ name: "t", key: [], values: [value(BIGINT)] });
    const slots = slotsOf(table, [], 5);
    check(table.size === 1 && slots.every((slot) => slot === slots[0]), "rows without a key are spread over slots");
  });

  add("namespaces hold tables of their own, each dropped as a whole", () => {
    const tables = create().namespacedTable({ name: "panes", key: [key(BIGINT)], values: [value(BIGINT)] });
    for (const namespace of [30, -10, 20]) slotsOf(tables.at(namespace), [columnOf(BIGINT, [1, 2])], 2);
    check(valueText(tables.namespaces()) === "(-10, 20, 30)", "namespaces are not ascending");
    tables.drop(20);
    check(
      tables.peek(20) === undefined && tables.at(30).size === 2 && tables.at(20).size === 0,
      "dropping one changed others",
    );
  });

  add("tables restore at any parallelism, each entry in the key group of its leading columns", () => {
    rescaled(
      create,
      (state) => fillTable(state.table(orders), orderRows()),
      (states) => {
        const parts = states.map((state) => contentOf(state.table(orders)));
        expectRows(parts.flat(), orderRows(), `parallelism ${states.length}`);
        for (const [subtask, part] of parts.entries()) {
          const { start, end } = keyGroupRangeOf(subtask, states.length, 128);
          for (const row of part) {
            const group = keyGroup(hashRow([columnOf(BIGINT, [row[0]])], 0));
            check(group >= start && group <= end, `key group ${group} is in the instance of ${start} to ${end}`);
          }
        }
      },
    );
  });

  add("namespaced tables and row stores restore at any parallelism", () => {
    const panes: StateTableDescriptor = { ...orders, name: "panes" };
    const store = { name: "rows", fields: [key(BIGINT), { name: "at", type: TIMESTAMP_3 }], key: [0] };
    const rows = Array.from({ length: 100 }, (_, i) => [i % 30 === 0 ? null : i % 30, i]);
    const numbers = Int32Array.from(rows, (_, i) => i);
    const columns = store.fields.map((field, c) =>
      columnOf(
        field.type,
        rows.map((row) => row[c]),
      ),
    );
    const hashes = numbers.map((row) => hashRow([columns[0]], row));
    rescaled(
      create,
      (state) => {
        fillTable(state.namespacedTable(panes).at(1000), orderRows().slice(0, 100));
        fillTable(state.namespacedTable(panes).at(-5), orderRows().slice(50));
        state.rowStore(store).append(7, columns, numbers, 0, 60, hashes);
        state.rowStore(store).append(8, columns, numbers, 60, 100, hashes);
      },
      (states) => {
        const pane = (namespace: number) =>
          states.flatMap((state) => contentOf(state.namespacedTable(panes).at(namespace)));
        expectRows(pane(1000), orderRows().slice(0, 100), `namespace 1000, parallelism ${states.length}`);
        expectRows(pane(-5), orderRows().slice(50), `namespace -5, parallelism ${states.length}`);
        const stored = states.flatMap((state) =>
          [...state.rowStore(store).batches()].flatMap(({ bucket, batch }) =>
            Array.from({ length: batch.length }, (_, row) => [
              bucket,
              ...store.fields.map((field, c) => valueAt(batch.columns[c], row, field.type)),
            ]),
          ),
        );
        expectRows(
          stored,
          rows.map((row, i) => [i < 60 ? 7 : 8, ...row]),
          `row store, parallelism ${states.length}`,
        );
      },
    );
  });

  add("a broadcast table is whole on every instance, at any parallelism", () => {
    const rules: StateTableDescriptor = { name: "rules", key: [key(VALUE)], values: [value(VALUE)], isBroadcast: true };
    const entries = Array.from({ length: 5000 }, (_, i) => [`rule ${i}`, { limit: i }]);
    const fill = (state: SnapshotableState) => {
      const table = state.table(rules);
      for (const [name, rule] of entries) table.columns[0].set(table.slotOf(name), rule);
      fillTable(state.table(orders), orderRows());
    };
    rescaled(create, fill, (states) => {
      for (const [i, state] of states.entries()) {
        expectRows(contentOf(state.table(rules)), entries, `instance ${i} of ${states.length}`);
      }
      expectRows(
        states.flatMap((state) => contentOf(state.table(orders))),
        orderRows(),
        `the table beside it, parallelism ${states.length}`,
      );
    });
  });

  add("operator values are merged at a restore, infinities and all", () => {
    const values = [Number.NEGATIVE_INFINITY, 5, Number.POSITIVE_INFINITY];
    const snapshots = values.map((one) => {
      const state = create();
      state.operatorValue<number>("watermark", 0, Math.min).set(one);
      return decodeSnapshot(encodeSnapshot(state.snapshot()));
    });
    const merged = (from: number) => {
      const state = create();
      state.restore(snapshots.slice(from));
      return state.operatorValue<number>("watermark", 0, Math.min).get();
    };
    check(
      merged(0) === Number.NEGATIVE_INFINITY && merged(1) === 5 && merged(2) === Number.POSITIVE_INFINITY,
      "wrong minimum",
    );
    check(
      create().operatorValue("watermark", 3, Math.min).get() === 3,
      "without a restore the value is not the initial one",
    );
  });

  add("restored state that nobody declares is named", () => {
    const before = create();
    fillTable(before.table(orders), orderRows());
    before.operatorValue("seen", true, (a) => a);
    const after = create();
    after.restore([before.snapshot()]);
    check(
      valueText([...after.unclaimed()].sort()) === '("orders", "seen")',
      `unclaimed is ${valueText(after.unclaimed())}`,
    );
    after.table(orders);
    check(valueText(after.unclaimed()) === '("seen")', "a declared table is still unclaimed");
  });

  add("a changed type is refused, naming table and field", () =>
    refuses(create, { key: [key(STRING), orders.key[1]] }, /orders.*k BIGINT.*k STRING/),
  );
  add("a missing value column is refused, naming it", () =>
    refuses(create, { values: orders.values.slice(1) }, /orders.*value field 1 was v0 BIGINT/),
  );

  add("byteSize grows with what is kept", () => {
    const state = create();
    const table = state.table(orders);
    const empty = state.byteSize;
    fillTable(table, orderRows());
    check(state.byteSize > empty + 300 * 100, `300 rows of over 100 bytes take ${state.byteSize - empty} bytes`);
  });
  return cases;
}
