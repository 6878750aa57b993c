/** About how many bytes an entry of a table or a row of a store takes, by its layout: for plans, before there is one. */
import { columnKindOf } from "../batch/column.ts";
import type { Field } from "../batch/data-type.ts";

/** A text's share of its arena; how long texts are is not known. */
const TEXT_BYTES = 16;
const VALUE_BYTES = 72;

/** Of a state table: two cells of the index, the hash, the use flag, a place in the free list; keys; values with their NULL masks. */
export function tableEntryBytes(key: readonly Field[], values: readonly Field[]): number {
  return 17 + sum(key, valueBytes) + sum(values, (field) => valueBytes(field) + 1);
}

/** Of a row store: hash, chain, liveness and the heads of the chains; with an index, that of whole rows too. */
export function storedRowBytes(fields: readonly Field[], isIndexed: boolean): number {
  return (isIndexed ? 33 : 13) + sum(fields, valueBytes);
}

function valueBytes({ type }: Field): number {
  switch (columnKindOf(type)) {
    case "float64":
      return 8;
    case "bool":
      return 1;
    case "utf8":
      return 8 + TEXT_BYTES;
    case "value":
      return VALUE_BYTES;
  }
}

function sum(fields: readonly Field[], bytesOf: (field: Field) => number): number {
  return fields.reduce((total, field) => total + bytesOf(field), 0);
}
