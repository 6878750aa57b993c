/**
 * What becomes of records that cannot be decoded: `fail` stops the job at the first, `skip` leaves them out and counts them,
 * `dead-letter` also appends them to a file, one JSON object per line: { table, position, reason, text | base64 }.
 */
import { closeSync, fsync, mkdirSync, openSync, writeSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { promisify } from "node:util";
import {
  type BadRecord,
  type BadRecordHandler,
  type Clock,
  type Counter,
  type MetricGroup,
  MillraceError,
  type Reporter,
} from "@millrace/core";

export type BadRecordPolicy =
  | { readonly kind: "fail" }
  | { readonly kind: "skip" }
  | { readonly kind: "dead-letter"; readonly path: string };

export interface BadRecordContext {
  readonly tableName: string;
  readonly metrics: MetricGroup;
  readonly clock: Clock;
  readonly reporter: Reporter;
  readonly baseDirectory: string;
}

/** A handler that also tells the sum at the end. */
export interface ClosableBadRecordHandler extends BadRecordHandler {
  /** Flushes, tells how many there were, frees. */
  close(): Promise<void>;
}

/** At most one line about left-out records in this time. */
const REPORT_INTERVAL_MS = 1000;
/** Lines that wait to be written together. */
const MAX_PENDING_BYTES = 1024 * 1024;
const syncFile = promisify(fsync);

export function createBadRecordHandler(policy: BadRecordPolicy, context: BadRecordContext): ClosableBadRecordHandler {
  switch (policy.kind) {
    case "fail":
      return new FailingHandler(context.tableName);
    case "skip":
      return new SkippingHandler(context, null);
    case "dead-letter":
      return new SkippingHandler(context, new DeadLetterFile(resolve(context.baseDirectory, policy.path)));
  }
}

class FailingHandler implements ClosableBadRecordHandler {
  readonly #tableName: string;

  constructor(tableName: string) {
    this.#tableName = tableName;
  }

  report(record: BadRecord): void {
    throw new MillraceError({
      code: "DATA_INVALID",
      message: `table '${this.#tableName}', ${record.position}: ${record.reason} ('bad-records' = 'skip' or 'dead-letter' goes on without it)`,
    });
  }

  flush(): Promise<void> {
    return Promise.resolve();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

class SkippingHandler implements ClosableBadRecordHandler {
  readonly #context: BadRecordContext;
  readonly #file: DeadLetterFile | null;
  readonly #counter: Counter;
  #first: BadRecord | null = null;
  #reported = 0;
  #reportAt = Number.NEGATIVE_INFINITY;

  constructor(context: BadRecordContext, file: DeadLetterFile | null) {
    this.#context = context;
    this.#file = file;
    this.#counter = context.metrics.counter("numBadRecords");
  }

  report(record: BadRecord): void {
    this.#counter.value++;
    this.#first ??= { position: record.position, reason: record.reason, bytes: new Uint8Array() };
    this.#file?.append(deadLetter(this.#context.tableName, record));
    const now = this.#context.clock.now();
    if (now < this.#reportAt) return;
    this.#tell();
    this.#reportAt = now + REPORT_INTERVAL_MS;
  }

  async flush(): Promise<void> {
    await this.#file?.flush();
  }

  async close(): Promise<void> {
    if (this.#counter.value > this.#reported) this.#tell();
    await this.#file?.close();
  }

  #tell(): void {
    const { tableName, reporter } = this.#context;
    const count = this.#counter.value;
    const records = count === 1 ? "1 bad record" : `${count} bad records`;
    const where = this.#file === null ? "skipped" : `written to ${this.#file.path}`;
    this.#reported = count;
    reporter.warn(
      `table '${tableName}': ${records} ${where}; the first at ${this.#first?.position}: ${this.#first?.reason}`,
    );
  }
}

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function deadLetter(table: string, { position, reason, bytes }: BadRecord): string {
  const text = decodeStrictly(bytes);
  const content = text === null ? { base64: Buffer.from(bytes).toString("base64") } : { text };
  return `${JSON.stringify({ table, position, reason, ...content })}\n`;
}

function decodeStrictly(bytes: Uint8Array): string | null {
  try {
    return strict.decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) return null;
    throw error;
  }
}

/**
 * Appends lines in order: soon after they come, and at once when there are many, so that they are read no faster than the
 * disk takes them.
 */
class DeadLetterFile {
  readonly path: string;
  #pending: Buffer[] = [];
  #pendingBytes = 0;
  #timer: NodeJS.Immediate | null = null;
  #failure: { readonly error: unknown } | null = null;
  #file: number | null = null;

  constructor(path: string) {
    this.path = path;
  }

  /** Errors: SINK_UNAVAILABLE, for lines that came before too. */
  append(line: string): void {
    const bytes = Buffer.from(line);
    this.#pending.push(bytes);
    this.#pendingBytes += bytes.length;
    if (this.#pendingBytes >= MAX_PENDING_BYTES) this.#write();
    else this.#timer ??= setImmediate(() => this.#write());
    this.#check();
  }

  async flush(): Promise<void> {
    this.#write();
    this.#check();
    try {
      if (this.#file !== null) await syncFile(this.#file);
    } catch (error) {
      throw this.#unavailable(error);
    }
  }

  async close(): Promise<void> {
    try {
      await this.flush();
    } finally {
      if (this.#file !== null) closeSync(this.#file);
      this.#file = null;
    }
  }

  #write(): void {
    if (this.#timer !== null) clearImmediate(this.#timer);
    this.#timer = null;
    if (this.#pending.length === 0 || this.#failure !== null) return;
    const bytes = Buffer.concat(this.#pending);
    this.#pending = [];
    this.#pendingBytes = 0;
    try {
      if (this.#file === null) {
        mkdirSync(dirname(this.path), { recursive: true });
        this.#file = openSync(this.path, "a");
      }
      for (let at = 0; at < bytes.length; ) at += writeSync(this.#file, bytes, at);
    } catch (error) {
      this.#failure = { error };
    }
  }

  #check(): void {
    if (this.#failure !== null) throw this.#unavailable(this.#failure.error);
  }

  #unavailable(error: unknown): MillraceError {
    return new MillraceError({
      code: "SINK_UNAVAILABLE",
      message: `cannot write bad records to ${this.path}: ${(error as Error).message}`,
      cause: error,
    });
  }
}
