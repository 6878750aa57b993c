import { MillraceError } from "@millrace/core";
import type { PhysicalPlan } from "@millrace/plan";
import type { Registry } from "@millrace/runtime";
import { planGraph } from "@millrace/stream";
import type { FieldSchema } from "../connect/fields.ts";
import { isBoundedPlan } from "../script/plan-boundedness.ts";
import { ScriptSession } from "../script/script-session.ts";
import { stderrReporter } from "../stderr-reporter.ts";
import { checkResult, type PlannedQuery } from "./sql-node.ts";
import { createTableText, type StreamTable, streamConnector } from "./stream-table.ts";

/**
 * The SQL of a pipeline: one session, so that tables, views and settings of one query are there for the next.
 *
 * State  the session; the streams that are tables, by name.
 */
export class PipelineSql {
  readonly #tables = new Map<string, StreamTable>();
  #session: ScriptSession | null = null;

  /** The connectors that queries have named; null before the first query. */
  get registry(): Registry | null {
    return this.#session?.registry ?? null;
  }

  get settings(): { readonly [name: string]: string } {
    return this.#session?.settings ?? {};
  }

  async plan<T>(
    text: string,
    tables: { readonly [name: string]: StreamTable },
    result: FieldSchema<T> | undefined,
  ): Promise<PlannedQuery> {
    this.#session ??= new ScriptSession({ reporter: stderrReporter });
    const session = this.#session;
    for (const [name, table] of Object.entries(tables)) await this.#declare(session, name, table);
    const statements = session.parse(text);
    let query: PhysicalPlan | null = null;
    for (const [i, statement] of statements.entries()) {
      const prepared = await session.prepare(statement, text);
      if (prepared.kind !== "job") continue;
      if (prepared.result === null || i < statements.length - 1) {
        throw new MillraceError({ code: "SQL_UNSUPPORTED", message: "sql() takes one SELECT, the last statement" });
      }
      [query] = prepared.plan.sinks;
      for (const { message } of prepared.warnings) stderrReporter.warn(message);
    }
    if (query?.kind !== "sink") {
      throw new MillraceError({ code: "SQL_UNSUPPORTED", message: "sql() needs a SELECT as the last statement" });
    }
    if (result !== undefined) checkResult(query.fields, result);
    return { plan: query.input, fields: query.fields, tables: [...this.#tables] };
  }

  async #declare(session: ScriptSession, name: string, table: StreamTable): Promise<void> {
    if (this.#tables.get(name) === table) return;
    if (this.#tables.has(name)) {
      throw new MillraceError({ code: "OPTION_INVALID", message: `another stream is the table '${name}' already` });
    }
    this.#tables.set(name, table);
    const isBounded = isBoundedPlan(planGraph([table.node]), session.registry);
    session.registerConnector(streamConnector(name, table, isBounded));
    const text = createTableText(name, table);
    for (const statement of session.parse(text)) await session.prepare(statement, text);
  }
}
