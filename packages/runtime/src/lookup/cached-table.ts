/**
 * A lookup table that is asked for the rows of keys, and the cache of what it has answered.
 *
 * Invariant  each key is asked for once at a time, however many rows want it. What a batch has found stays until it is
 *            released; then what is too much goes, the keys wanted least recently first. Without a cache all goes: rows of one
 *            batch share the answers, and each batch asks anew.
 * Cost       a key at hand: one look-up in a hash table. A key that is not: an entry and a share of a call. Per row kept its values,
 *            per key about 100 bytes.
 */
import {
  CHUNK_MASK,
  type Clock,
  type Column,
  createRowStore,
  type Field,
  hashRows,
  hasNull,
  type LookupSource,
  type LookupTable,
  type MetricGroup,
  NO_ROW,
  type RecordBatch,
  type RowStore,
  recordBatch,
  sameKeys,
} from "@millrace/core";
import type { CalcKernel } from "@millrace/plan";
import type { LookupBehaviour } from "./lookup-behaviour.ts";
import { LookupCalls } from "./lookup-calls.ts";
import type { LookupOptions } from "./lookup-options.ts";

export interface CachedTableSpec {
  /** For messages: `table 'rates'`. */
  readonly owner: string;
  readonly source: LookupSource;
  /** Runs over what the source answers. */
  readonly kernel: CalcKernel;
  /** Of what the kernel gives; the first `width` come out. */
  readonly fields: readonly Field[];
  readonly width: number;
  readonly keys: readonly number[];
  readonly options: Omit<LookupOptions, "reload">;
  readonly behaviour: LookupBehaviour;
  readonly clock: Clock;
  readonly metrics: MetricGroup;
}

/** What is known of a key. */
interface Entry {
  /** Its id among the keys. */
  readonly id: number;
  /** First and last row, NO_ROW if there is none. */
  first: number;
  last: number;
  rowCount: number;
  isKnown: boolean;
  writtenAt: number;
  usedAt: number;
  /** Neighbours in the order of use. */
  newer: Entry | null;
  older: Entry | null;
  /** Its number among the keys that the batch in hand waits for, -1 = none. */
  waitedAs: number;
}

/** All keys stand in one bucket, all rows in another. */
const BUCKET = 0;

export class CachedTable implements LookupTable {
  readonly #spec: CachedTableSpec;
  readonly #calls: LookupCalls<Entry>;
  readonly #keys: RowStore;
  readonly #rows: RowStore;
  /** By id of the key. */
  #entries: (Entry | undefined)[] = [];
  /** The next row of the same key, by id of the row. */
  #next = new Int32Array(1024);
  #newest: Entry | null = null;
  #oldest: Entry | null = null;
  /** Rows kept, a key without rows as one. */
  #size = 0;
  #sweepAt: number;
  /** Keys that the batch in hand waits for. */
  readonly #waited: Entry[] = [];
  #waiter: { resolve(): void; reject(error: unknown): void } | null = null;
  /** An answer has come that nobody waited for: the operator was emitting rows meanwhile. */
  #hasNews = false;
  #failure: { readonly error: unknown } | null = null;
  #hashes = new Int32Array(64);
  readonly #one = new Int32Array(1);
  readonly #oneId = new Int32Array(1);
  readonly #places: readonly number[];
  readonly #hits;
  readonly #misses;

  constructor(spec: CachedTableSpec) {
    this.#spec = spec;
    const { behaviour, clock, fields, keys, metrics, options, owner, source } = spec;
    this.#places = keys.map((_, place) => place);
    this.#keys = createRowStore({ name: "keys", fields: keys.map((key) => fields[key]), key: this.#places });
    this.#rows = createRowStore({ name: "rows", fields, key: keys });
    this.#sweepAt = clock.now() + this.#lifetimeMs();
    this.#calls = new LookupCalls<Entry>({
      owner,
      source,
      behaviour,
      maxRetries: options.maxRetries,
      clock,
      batchOf: (entries) => this.#batchOf(entries),
      take: (entries, batches) => this.#take(entries, batches),
      answered: (entries) => this.#answered(entries),
      failed: (error) => this.#fail(error),
    });
    this.#hits = metrics.counter("hitCount");
    this.#misses = metrics.counter("missCount");
    metrics.gauge("numCachedRecords", () => this.#rows.size);
    metrics.gauge("numCachedBytes", () => this.#rows.byteSize + this.#keys.byteSize);
  }

  ready(): null {
    return null;
  }

  find(keys: readonly Column[], hashes: Int32Array, length: number, firsts: Int32Array): void {
    const now = this.#spec.clock.now();
    if (now >= this.#sweepAt) this.#sweep(now);
    const missing: Entry[] = [];
    let hits = 0;
    const nullable = keys.filter(({ nulls }) => nulls !== null);
    for (let row = 0; row < length; row++) {
      if (hasNull(nullable, row)) {
        firsts[row] = NO_ROW;
        continue;
      }
      let entry = this.#entryOf(keys, row, hashes[row]);
      if (entry?.isKnown === true && this.#isExpired(entry, now)) {
        this.#drop(entry);
        entry = undefined;
      }
      if (entry === undefined) {
        entry = this.#add(keys, row, hashes, now);
        missing.push(entry);
      }
      if (entry.isKnown) {
        hits++;
        entry.usedAt = now;
        this.#touch(entry);
        firsts[row] = entry.first;
        continue;
      }
      if (entry.waitedAs < 0) entry.waitedAs = this.#waited.push(entry) - 1;
      firsts[row] = NO_ROW - 1 - entry.waitedAs;
    }
    this.#hits.value += hits;
    this.#misses.value += missing.length;
    if (missing.length > 0) this.#calls.ask(missing);
  }

  resolve(first: number): number {
    const entry = this.#waited[NO_ROW - 1 - first];
    return entry.isKnown ? entry.first : first;
  }

  answer(): Promise<void> {
    if (this.#failure !== null) return Promise.reject(this.#failure.error);
    if (this.#hasNews) {
      this.#hasNews = false;
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      this.#waiter = { resolve, reject };
    });
  }

  next(id: number): number {
    return this.#next[id];
  }

  batchOf(id: number): RecordBatch {
    return this.#rows.batchOf(id);
  }

  rowOf(id: number): number {
    return id & CHUNK_MASK;
  }

  gather(ids: Int32Array, length: number): Column[] {
    return this.#rows.gather(ids, length, this.#spec.width);
  }

  release(): void {
    const { cache, keepsMissingKeys, maxRows } = this.#spec.options;
    if (cache !== "PARTIAL") {
      this.#forgetAll();
      return;
    }
    for (const entry of this.#waited) {
      entry.waitedAs = -1;
      if (entry.rowCount === 0 && !keepsMissingKeys) this.#drop(entry);
    }
    this.#waited.length = 0;
    while (this.#size > maxRows && this.#oldest !== null) this.#drop(this.#oldest);
  }

  async close(): Promise<void> {
    this.#waiter?.resolve();
    await this.#calls.close();
  }

  #entryOf(keys: readonly Column[], row: number, hash: number): Entry | undefined {
    const bucket = this.#keys.bucket(BUCKET);
    if (bucket === undefined) return undefined;
    const places = this.#places;
    for (let id = bucket.find(hash); id >= 0; id = this.#keys.next(id)) {
      const { columns } = this.#keys.batchOf(id);
      if (sameKeys(keys, places, row, columns, places, id & CHUNK_MASK)) return this.#entries[id];
    }
    return undefined;
  }

  #add(keys: readonly Column[], row: number, hashes: Int32Array, now: number): Entry {
    this.#one[0] = row;
    this.#keys.append(BUCKET, keys, this.#one, 0, 1, hashes, this.#oneId);
    const entry: Entry = {
      id: this.#oneId[0],
      first: NO_ROW,
      last: NO_ROW,
      rowCount: 0,
      isKnown: false,
      writtenAt: now,
      usedAt: now,
      newer: null,
      older: null,
      waitedAs: -1,
    };
    this.#entries[entry.id] = entry;
    this.#link(entry);
    this.#size++;
    return entry;
  }

  #batchOf(entries: readonly Entry[]): RecordBatch {
    const ids = Int32Array.from(entries, (entry) => entry.id);
    return recordBatch(ids.length, this.#keys.gather(ids, ids.length));
  }

  /** Keeps the rows of an answer; gives the keys that have none. */
  #take(entries: readonly Entry[], batches: readonly RecordBatch[]): readonly Entry[] {
    const { kernel, keys } = this.#spec;
    const asked = new Set(entries);
    for (const answer of batches) {
      const batch = kernel.run(answer);
      if (batch === null) continue;
      const { columns, length } = batch;
      const keyColumns = keys.map((key) => columns[key]);
      if (this.#hashes.length < length) this.#hashes = new Int32Array(length);
      hashRows(keyColumns, length, this.#hashes);
      for (let row = 0; row < length; row++) {
        const entry = this.#entryOf(keyColumns, row, this.#hashes[row]);
        if (entry === undefined || !asked.has(entry)) continue;
        this.#one[0] = row;
        this.#rows.append(BUCKET, columns, this.#one, 0, 1, this.#hashes, this.#oneId);
        this.#chain(entry, this.#oneId[0]);
      }
    }
    return entries.filter((entry) => entry.rowCount === 0);
  }

  #chain(entry: Entry, id: number): void {
    if (id >= this.#next.length) {
      const grown = new Int32Array(Math.max(this.#next.length * 2, id + 1));
      grown.set(this.#next);
      this.#next = grown;
    }
    this.#next[id] = NO_ROW;
    if (entry.first === NO_ROW) entry.first = id;
    else this.#next[entry.last] = id;
    entry.last = id;
    if (entry.rowCount++ > 0) this.#size++;
  }

  #answered(entries: readonly Entry[]): void {
    const now = this.#spec.clock.now();
    for (const entry of entries) {
      entry.isKnown = true;
      entry.writtenAt = now;
      entry.usedAt = now;
    }
    this.#hasNews = this.#waiter === null;
    this.#waiter?.resolve();
    this.#waiter = null;
  }

  #fail(error: unknown): void {
    this.#failure ??= { error };
    this.#waiter?.reject(error);
    this.#waiter = null;
  }

  #isExpired(entry: Entry, now: number): boolean {
    const { expireAfterAccessMs, expireAfterWriteMs } = this.#spec.options;
    return now - entry.writtenAt >= expireAfterWriteMs || now - entry.usedAt >= expireAfterAccessMs;
  }

  #lifetimeMs(): number {
    const { expireAfterAccessMs, expireAfterWriteMs } = this.#spec.options;
    return Math.min(expireAfterAccessMs, expireAfterWriteMs);
  }

  /** Forgets what nobody has asked for since it became too old. */
  #sweep(now: number): void {
    this.#sweepAt = now + this.#lifetimeMs();
    for (const entry of this.#entries) {
      if (entry?.isKnown === true && this.#isExpired(entry, now)) this.#drop(entry);
    }
  }

  #drop(entry: Entry): void {
    for (let id = entry.first; id >= 0; ) {
      const next = this.#next[id];
      this.#rows.remove(BUCKET, id);
      id = next;
    }
    this.#keys.remove(BUCKET, entry.id);
    this.#entries[entry.id] = undefined;
    this.#unlink(entry);
    this.#size -= Math.max(1, entry.rowCount);
  }

  #forgetAll(): void {
    this.#keys.drop(BUCKET);
    this.#rows.drop(BUCKET);
    this.#entries = [];
    this.#waited.length = 0;
    this.#newest = null;
    this.#oldest = null;
    this.#size = 0;
  }

  #touch(entry: Entry): void {
    if (entry === this.#newest) return;
    this.#unlink(entry);
    this.#link(entry);
  }

  #link(entry: Entry): void {
    entry.older = this.#newest;
    entry.newer = null;
    if (this.#newest !== null) this.#newest.newer = entry;
    this.#newest = entry;
    this.#oldest ??= entry;
  }

  #unlink(entry: Entry): void {
    if (entry.newer === null) this.#newest = entry.older;
    else entry.newer.older = entry.older;
    if (entry.older === null) this.#oldest = entry.newer;
    else entry.older.newer = entry.newer;
  }
}
