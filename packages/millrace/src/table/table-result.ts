import { MillraceError } from "@millrace/core";
import type { Stream, StreamNode } from "@millrace/stream";
import { type PlannedQuery, sqlNode } from "./sql-node.ts";
import type { Change } from "./stream-table.ts";

/**
 * What a query gives, to be taken as a stream.
 *
 * @example
 * const counts = await pipeline("p").sql("SELECT COUNT(*) AS n FROM (VALUES (1), (2)) AS t(x)");
 * (await counts.changes().toArray()).at(-1) // { kind: "+I", row: { n: 2n } }
 */
export class TableResult<T> {
  readonly #query: PlannedQuery;
  readonly #rows: (node: StreamNode) => Stream<T>;
  readonly #changes: (node: StreamNode) => Stream<Change<T>>;

  constructor(
    query: PlannedQuery,
    rows: (node: StreamNode) => Stream<T>,
    changes: (node: StreamNode) => Stream<Change<T>>,
  ) {
    this.#query = query;
    this.#rows = rows;
    this.#changes = changes;
  }

  /** The rows, as a query gives them that only inserts. Errors: OPTION_INVALID for one that updates rows: take its `changes`. */
  rows(): Stream<T> {
    if (this.#query.plan.changelogMode !== "append") {
      throw new MillraceError({
        code: "OPTION_INVALID",
        message: "the query updates rows that it has given: take changes(), or aggregate by window",
      });
    }
    return this.#rows(sqlNode(this.#query, "rows"));
  }

  /** Each change of the rows, with its kind. */
  changes(): Stream<Change<T>> {
    return this.#changes(sqlNode(this.#query, "changes"));
  }
}
