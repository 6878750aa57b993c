import { combineHashes, hashBigInt, hashBytes, hashNumber, NULL_HASH } from "../hash.ts";
import { ByteWriter } from "./byte-writer.ts";
import { type Column, wideAt } from "./column.ts";
import { writeValue } from "./value-codec.ts";

let scratch = new Int32Array(4096);
const writer = new ByteWriter();

/** Hash of each row over the given columns, in `out`. Without columns every row has NULL_HASH. */
export function hashRows(columns: readonly Column[], length: number, out: Int32Array): void {
  if (columns.length === 0) {
    out.fill(NULL_HASH, 0, length);
    return;
  }
  hashColumn(columns[0], length, out);
  for (let c = 1; c < columns.length; c++) {
    if (scratch.length < length) scratch = new Int32Array(length * 2);
    hashColumn(columns[c], length, scratch);
    for (let i = 0; i < length; i++) out[i] = combineHashes(out[i], scratch[i]);
  }
}

/** The hash that `hashRows` gives to one row. */
export function hashRow(columns: readonly Column[], row: number): number {
  if (columns.length === 0) return NULL_HASH;
  let hash = hashAt(columns[0], row);
  for (let c = 1; c < columns.length; c++) hash = combineHashes(hash, hashAt(columns[c], row));
  return hash;
}

function hashColumn(column: Column, length: number, out: Int32Array): void {
  const { nulls } = column;
  switch (column.kind) {
    case "float64": {
      const { values } = column;
      if (nulls === null) for (let i = 0; i < length; i++) out[i] = hashNumber(values[i]);
      else for (let i = 0; i < length; i++) out[i] = nulls[i] === 1 ? NULL_HASH : hashNumber(values[i]);
      return;
    }
    case "utf8": {
      const { bytes, starts, ends } = column;
      if (nulls === null) for (let i = 0; i < length; i++) out[i] = hashBytes(bytes, starts[i], ends[i]);
      else for (let i = 0; i < length; i++) out[i] = nulls[i] === 1 ? NULL_HASH : hashBytes(bytes, starts[i], ends[i]);
      return;
    }
    default:
      for (let i = 0; i < length; i++) out[i] = hashAt(column, i);
  }
}

function hashAt(column: Column, row: number): number {
  if (column.nulls !== null && column.nulls[row] === 1) return NULL_HASH;
  switch (column.kind) {
    case "float64":
      return hashNumber(column.values[row]);
    case "wide":
      return hashBigInt(wideAt(column, row));
    case "bool":
      return hashNumber(column.values[row]);
    case "utf8":
      return hashBytes(column.bytes, column.starts[row], column.ends[row]);
    case "value": {
      const value = column.values[row];
      if (value === null || value === undefined) return NULL_HASH;
      writer.size = 0;
      writeValue(writer, value, true);
      return hashBytes(writer.bytes, 0, writer.size);
    }
  }
}
