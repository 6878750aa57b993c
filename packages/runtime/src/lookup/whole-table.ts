/**
 * A lookup table that is read as a whole: before the first row that wants it, then again when it is due, in the background.
 *
 * Invariant  a batch sees the rows of one reading. A reading that fails changes nothing: what was there stays, and the next is at
 *            its time; only the first must succeed.
 * Cost       the rows once in memory, twice while they are read again. A look-up waits for nothing.
 */
import {
  type Clock,
  type Column,
  copyBatch,
  type Field,
  gatherColumn,
  KeyedRows,
  type LookupTable,
  type MetricGroup,
  MillraceError,
  type RecordBatch,
  type Reporter,
  recordBatch,
  rowKindSign,
  selectRows,
} from "@millrace/core";
import { Alarm } from "../alarm.ts";
import type { TaskInput } from "../task/task-input.ts";
import { Wakeup } from "../task/wakeup.ts";
import { type ReloadSchedule, reloadAt } from "./lookup-options.ts";

export interface WholeTableSpec {
  /** For messages: `table 'rates'`. */
  readonly owner: string;
  /** Begins to read the table. */
  readonly open: () => TaskInput;
  /** Of what is read; the first `width` come out. */
  readonly fields: readonly Field[];
  readonly width: number;
  readonly keys: readonly number[];
  readonly reload: ReloadSchedule;
  readonly clock: Clock;
  readonly reporter: Reporter;
  readonly metrics: MetricGroup;
}

export class WholeTable implements LookupTable {
  readonly #spec: WholeTableSpec;
  readonly #alarm: Alarm;
  readonly #wakeup = new Wakeup();
  /** Of the last reading, and those that the batch in hand sees. */
  #latest: KeyedRows | null = null;
  #current: KeyedRows;
  #reading: Promise<void> | null = null;
  #isClosed = false;
  #latestLoadMs = 0;
  readonly #hits;
  readonly #misses;

  constructor(spec: WholeTableSpec) {
    this.#spec = spec;
    this.#current = new KeyedRows(concatenated([], spec.fields), spec.keys);
    this.#alarm = new Alarm(spec.clock, () => this.#readAgain());
    this.#hits = spec.metrics.counter("hitCount");
    this.#misses = spec.metrics.counter("missCount");
    spec.metrics.gauge("numCachedRecords", () => this.#latest?.rows.length ?? 0);
    spec.metrics.gauge("latestLoadTime", () => this.#latestLoadMs);
  }

  ready(): Promise<void> | null {
    if (this.#latest !== null) return null;
    this.#reading ??= this.#read();
    return this.#reading;
  }

  find(keys: readonly Column[], hashes: Int32Array, length: number, firsts: Int32Array): void {
    this.#current = this.#latest ?? this.#current;
    this.#current.find(keys, hashes, length, firsts);
    let hits = 0;
    for (let row = 0; row < length; row++) if (firsts[row] >= 0) hits++;
    this.#hits.value += hits;
    this.#misses.value += length - hits;
  }

  resolve(first: number): number {
    return first;
  }

  answer(): Promise<void> {
    return Promise.resolve();
  }

  next(id: number): number {
    return this.#current.next(id);
  }

  batchOf(): RecordBatch {
    return this.#current.rows;
  }

  rowOf(id: number): number {
    return id;
  }

  gather(ids: Int32Array, length: number): Column[] {
    const { columns } = this.#current.rows;
    return columns.slice(0, this.#spec.width).map((column) => selectRows(column, ids, length));
  }

  release(): void {
    // A batch holds nothing.
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#alarm.clear();
    this.#wakeup.wake();
    await this.#reading;
  }

  /** Errors: those of the source. */
  async #read(): Promise<void> {
    const { clock, fields, keys, metrics, reload } = this.#spec;
    const startedAt = clock.now();
    const batches = await this.#readBatches();
    if (this.#isClosed) return;
    this.#latest = new KeyedRows(concatenated(batches, fields), keys);
    metrics.counter("loadCount").value++;
    this.#latestLoadMs = clock.now() - startedAt;
    this.#alarm.set(reloadAt(reload, startedAt, clock.now()));
  }

  #readAgain(): void {
    const { clock, metrics, owner, reload, reporter } = this.#spec;
    const startedAt = clock.now();
    this.#reading = this.#read().catch((error) => {
      metrics.counter("numLoadFailures").value++;
      const { message } = error as Error;
      const text = message.startsWith(owner) ? message : `${owner}: ${message}`;
      reporter.warn(`${text} (the rows read before are looked up further)`);
      if (!this.#isClosed) this.#alarm.set(reloadAt(reload, startedAt, clock.now()));
    });
  }

  async #readBatches(): Promise<readonly RecordBatch[]> {
    const { open, owner } = this.#spec;
    const input = open();
    const batches: RecordBatch[] = [];
    try {
      while (!this.#isClosed) {
        const batch = input.poll();
        if (batch === null) {
          if (input.ended) break;
          input.waitFor(this.#wakeup.wake);
          await this.#wakeup.sleep();
          continue;
        }
        if (batch.kinds?.subarray(0, batch.length).some((kind) => rowKindSign[kind] < 0) === true) {
          throw new MillraceError({
            code: "SQL_UNSUPPORTED",
            message: `${owner} cannot be looked up: it is read as changes of rows; look-ups need rows as they are`,
          });
        }
        if (batch.length > 0) batches.push(copyBatch(batch));
        // Tasks go on while a table is read again.
        await new Promise((resolve) => setImmediate(resolve));
      }
    } finally {
      await input.close();
    }
    return batches;
  }
}

function concatenated(batches: readonly RecordBatch[], fields: readonly Field[]): RecordBatch {
  if (batches.length === 1) return batches[0];
  const length = batches.reduce((sum, batch) => sum + batch.length, 0);
  const from = new Int32Array(length);
  const rows = new Int32Array(length);
  let next = 0;
  for (const [number, batch] of batches.entries()) {
    for (let row = 0; row < batch.length; row++) {
      from[next] = number;
      rows[next++] = row;
    }
  }
  const columns = fields.map(({ type }, index) =>
    gatherColumn(
      batches.map((batch) => batch.columns[index]),
      from,
      rows,
      length,
      type,
    ),
  );
  return recordBatch(length, columns);
}
