import {
  BIGINT,
  type Field,
  MAX_TIMESTAMP,
  type RecordBatch,
  RowKind,
  recordBatch,
  rowKindText,
  STRING,
  valueAt,
} from "@millrace/core";
import { expect, test } from "vitest";
import { BufferedWriter } from "./buffered-writer.ts";

const fields: readonly Field[] = [
  { name: "v", type: STRING },
  { name: "k", type: BIGINT },
];

type Row = readonly [kind: string, v: string | null, k: number];

function batchOf(rows: readonly Row[]): RecordBatch {
  const texts = rows.map(([, v]) => new TextEncoder().encode(v ?? ""));
  const ends = texts.map((_, row) => texts.slice(0, row + 1).reduce((sum, { length }) => sum + length, 0));
  const v = {
    kind: "utf8",
    bytes: Uint8Array.from(texts.flatMap((text) => [...text])),
    starts: Int32Array.from(ends, (end, row) => end - texts[row].length),
    ends: Int32Array.from(ends),
    nulls: Uint8Array.from(rows, ([, text]) => (text === null ? 1 : 0)),
  } as const;
  const k = { kind: "float64", values: Float64Array.from(rows, (row) => row[2]), nulls: null } as const;
  return recordBatch(
    rows.length,
    [v, k],
    Uint8Array.from(rows, ([kind]) => rowKindText.indexOf(kind)),
  );
}

function rowsOf(batch: RecordBatch): Row[] {
  return Array.from({ length: batch.length }, (_, row) => {
    const [v, k] = fields.map(({ type }, column) => valueAt(batch.columns[column], row, type));
    return [rowKindText[batch.kinds?.[row] ?? RowKind.insert], v as string | null, Number(k)];
  });
}

/** A writer over one that notes what it is given, and its time. */
function bufferedWriter(maxRows: number, intervalMs: number) {
  const written: Row[][] = [];
  let now = 0;
  let timer: number = MAX_TIMESTAMP;
  const inner = {
    write: (batch: RecordBatch) => void written.push(rowsOf(batch)),
    flush: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
  const setTimer = (at: number) => {
    timer = at;
  };
  const writer = new BufferedWriter({
    inner,
    fields,
    keys: [1],
    maxRows,
    intervalMs,
    time: { now: () => now, setTimer },
  });
  const write = async (...rows: readonly Row[]) => writer.write(batchOf(rows));
  const advance = async (ms: number) => {
    now += ms;
    if (now >= timer) await writer.onTimer();
  };
  const taken = () => written.splice(0);
  return { writer, write, advance, taken };
}

test("the last change of each key is written when there are enough keys", async () => {
  const { taken, write } = bufferedWriter(3, 1000);
  await write(["+I", "a", 1], ["+I", "b", 2], ["+U", "c", 1], ["-D", "b", 2]);
  expect(taken()).toEqual([]);
  await write(["+I", "d", 3]);
  const first = [
    ["+U", "c", 1],
    ["-D", "b", 2],
    ["+U", "d", 3],
  ];
  expect(taken()).toEqual([first]);
  await write(["+I", "e", 1]);
  expect(taken()).toEqual([]);
});

test("or when the first of them has waited long enough, or all are to be durable", async () => {
  const { advance, taken, write, writer } = bufferedWriter(1000, 1000);
  await write(["+I", "a", 1]);
  await advance(600);
  await write(["+U", "b", 1], ["+I", null, 2]);
  await advance(399);
  expect(taken()).toEqual([]);
  await advance(1);
  const due = [
    ["+U", "b", 1],
    ["+U", null, 2],
  ];
  expect(taken()).toEqual([due]);
  await advance(5000);
  await write(["+I", "c", 9]);
  await writer.flush();
  expect(taken()).toEqual([[["+U", "c", 9]]]);
});
