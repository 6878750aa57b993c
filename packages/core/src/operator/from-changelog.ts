/** Rows that say in a column what each does, as the changes that they tell of. Stateless. */
import type { Column } from "../batch/column.ts";
import { MAX_BATCH_ROWS, NO_BATCHES, type RecordBatch, recordBatch } from "../batch/record-batch.ts";
import { RowKind } from "../batch/row-kind.ts";
import { MillraceError } from "../errors.ts";
import type { Operator } from "./operator.ts";

export interface FromChangelogSpec {
  readonly kind: "from-changelog";
  /** The column, a text, and its name for messages. */
  readonly column: number;
  readonly columnName: string;
  readonly codes: readonly ChangeCode[];
}

export interface ChangeCode {
  readonly code: string;
  readonly kind: RowKind;
}

/** Input: inserts only. Output: changes, without the column. */
export function createFromChangelog(spec: FromChangelogSpec): Operator {
  return new FromChangelog(spec);
}

class FromChangelog implements Operator {
  readonly #spec: FromChangelogSpec;
  readonly #codes: readonly { readonly bytes: Uint8Array; readonly kind: RowKind }[];
  readonly #hasChanges: boolean;
  readonly #kinds = new Uint8Array(MAX_BATCH_ROWS);

  constructor(spec: FromChangelogSpec) {
    this.#spec = spec;
    this.#codes = spec.codes.map(({ code, kind }) => ({ bytes: new TextEncoder().encode(code), kind }));
    this.#hasChanges = spec.codes.some(({ kind }) => kind !== RowKind.insert);
  }

  onBatch({ columns, length, timestamps }: RecordBatch): Iterable<RecordBatch> {
    const { column } = this.#spec;
    const told = columns[column] as Column & { kind: "utf8" };
    for (let row = 0; row < length; row++) this.#kinds[row] = this.#kindOf(told, row);
    const kinds = this.#hasChanges ? this.#kinds.subarray(0, length) : null;
    return [recordBatch(length, columns.toSpliced(column, 1), kinds, timestamps)];
  }

  onWatermark(): Iterable<RecordBatch> {
    return NO_BATCHES;
  }

  #kindOf({ bytes, ends, nulls, starts }: Column & { kind: "utf8" }, row: number): RowKind {
    const { codes, columnName } = this.#spec;
    if (nulls !== null && nulls[row] === 1)
      throw invalid(`column '${columnName}' is NULL: it has to say what a row does`);
    const start = starts[row];
    const length = ends[row] - start;
    for (const code of this.#codes) {
      if (code.bytes.length !== length) continue;
      let at = 0;
      while (at < length && code.bytes[at] === bytes[start + at]) at++;
      if (at === length) return code.kind;
    }
    const text = new TextDecoder().decode(bytes.subarray(start, ends[row]));
    const known = codes.map(({ code }) => code).join(", ");
    throw invalid(`'${text}' in column '${columnName}' is no change; known are ${known}`);
  }
}

function invalid(message: string): MillraceError {
  return new MillraceError({ code: "DATA_INVALID", domain: "user", message: `FROM_CHANGELOG: ${message}` });
}
