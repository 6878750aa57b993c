import { type LookupRequest, type LookupSource, type RecordBatch, valueAt } from "@millrace/core";
import { batchOf } from "../change.ts";
import { sameTestValue } from "../compare-rows.ts";
import { settle } from "../manual-clock.ts";

/** Answers keys with rows of memory: some calls at once, others after those made later, so that answers overtake each other. */
export class GoldenLookup implements LookupSource {
  readonly maxKeys: number;
  readonly #request: LookupRequest;
  readonly #rows: () => readonly (readonly unknown[])[];
  #calls = 0;

  /** `rows` gives what the table holds now: for each row the values of the request's fields, then its metadata. */
  constructor(request: LookupRequest, maxKeys: number, rows: () => readonly (readonly unknown[])[]) {
    this.maxKeys = maxKeys;
    this.#request = request;
    this.#rows = rows;
  }

  async lookup(keys: RecordBatch): Promise<readonly RecordBatch[]> {
    const { fields, metadata, keys: keyFields } = this.#request;
    const turns = [3, 0, 2, 1][this.#calls++ % 4];
    const wanted = Array.from({ length: keys.length }, (_, row) =>
      keyFields.map((field, i) => valueAt(keys.columns[i], row, fields[field].type)),
    );
    const found = this.#rows().filter((row) =>
      wanted.some((key) => keyFields.every((field, i) => sameTestValue(row[field], key[i]))),
    );
    await settle(turns);
    const schema = { fields: [...fields, ...metadata].map(({ type }, i) => ({ name: String(i), type })) };
    return found.length === 0 ? [] : [batchOf(schema, found)];
  }
}
