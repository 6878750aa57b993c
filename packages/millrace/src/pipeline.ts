import type { Clock, Reporter } from "@millrace/core";
import { executeJob, type JobHandle, type JobProgress, type JobSnapshot, Registry } from "@millrace/runtime";
import { Pipeline as StreamPipeline } from "@millrace/stream";
import type { FieldSchema } from "./connect/fields.ts";
import type { Row } from "./run-sql.ts";
import { stderrReporter } from "./stderr-reporter.ts";
import { PipelineSql } from "./table/pipeline-sql.ts";
import type { StreamTable } from "./table/stream-table.ts";
import { TableResult } from "./table/table-result.ts";

export interface RunOptions {
  /** Stops the job: it stops reading, closes its sinks, and its promise resolves. */
  readonly signal?: AbortSignal | undefined;
  /** Takes lines for people (retries, skipped records); stderr by default. */
  readonly reporter?: Reporter;
  /** Called about once a second, and once at the end. */
  readonly onProgress?: (progress: JobProgress) => void;
  /** The time that processing-time timers and windows go by; the machine's by default. */
  readonly clock?: Clock;
  /** Where to go on from: what `snapshot()` of a job gave. */
  readonly restore?: JobSnapshot;
}

export interface SqlQuery<T> {
  /** The streams that the query may name as tables. */
  readonly tables?: { readonly [name: string]: StreamTable };
  /** What the rows are: checked against the query. Without it their fields are unknown. */
  readonly result?: FieldSchema<T>;
}

/** The streams of a program; see `pipeline`. */
export class Pipeline extends StreamPipeline<RunOptions, JobHandle> {
  readonly #sql: PipelineSql;

  constructor(name: string) {
    const sql = new PipelineSql();
    super(name, {
      start: (_, plans, { signal, reporter = stderrReporter, onProgress, clock, restore }) =>
        executeJob(plans, {
          registry: sql.registry ?? new Registry(),
          settings: sql.settings,
          reporter,
          ...(signal === undefined ? {} : { signal }),
          ...(onProgress === undefined ? {} : { onProgress }),
          ...(clock === undefined ? {} : { clock }),
          ...(restore === undefined ? {} : { restore }),
        }),
    });
    this.#sql = sql;
  }

  /**
   * A query, in Flink's SQL, over streams of this pipeline and tables of its own: the last statement is a SELECT, those before set the
   * stage for it and for later calls.
   *
   * Errors: SqlError with the place of a mistake; OPTION_INVALID if the rows are not what `result` says.
   *
   * @example
   * const job = pipeline("totals");
   * const orders = job.from([{ shop: "a", amount: 2 }, { shop: "a", amount: 3 }]);
   * const Order = fields({ shop: types.STRING, amount: types.INT });
   * const large = await job.sql("SELECT shop, amount FROM orders WHERE amount > 2", {
   *   tables: { orders: asTable(orders, Order) },
   *   result: Order,
   * });
   * await large.rows().toArray() // [{ shop: "a", amount: 3 }]
   */
  async sql<T = Row>(text: string, { tables = {}, result }: SqlQuery<T> = {}): Promise<TableResult<T>> {
    const query = await this.#sql.plan(text, tables, result);
    return new TableResult<T>(
      query,
      (node) => this.streamOf<T>(node),
      (node) => this.streamOf(node),
    );
  }
}

/**
 * Begins a program: streams from sources to sinks. Nothing is read before it runs: by `run` or `start`, or by iterating a
 * stream.
 *
 * @example
 * const job = pipeline("words");
 * const words = job.from(["to be", "or not to be"]).flatMap((line) => line.split(" "));
 * const seen: string[] = [];
 * words.filter((word) => word.length > 2).forEach((word) => void seen.push(word));
 * await job.run();
 * seen // ["not"]
 */
export function pipeline(name: string): Pipeline {
  return new Pipeline(name);
}
