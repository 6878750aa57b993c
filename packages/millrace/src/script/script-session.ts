/**
 * The statements of scripts, one after the other: text -> tree -> bound plan -> physical plan -> job.
 *
 * State  the catalog and the settings that statements leave behind; the connectors loaded so far.
 */
import { resolve } from "node:path";
import { type ConnectorFactory, type FormatFactory, MillraceError, parseDuration, type Reporter } from "@millrace/core";
import {
  type CatalogFunction,
  defaultSinkRules,
  explainJob,
  isUserFunction,
  type PlanField,
  type PlannedJob,
  type PlanRoot,
  planJob,
  type SinkNode,
  type SinkRules,
  type StateWarning,
  type UserFunction,
} from "@millrace/plan";
import {
  changelogModeOf,
  executeJob,
  isBoundedTable,
  type JobHandle,
  type JobOptions,
  type Registry,
  sinkNeedsWatermark,
  writesByKey,
} from "@millrace/runtime";
import {
  type BoundExplain,
  type BoundInsert,
  type BoundQuery,
  type BoundStatement,
  bindStatement,
  type CreateCatalog,
  createSession,
  parseScript,
  parseStatement,
  printCatalog,
  type Session,
  SqlError,
  type Statement,
} from "@millrace/sql";
import { analyzeJob } from "./analyze-job.ts";
import { ConnectorLoader } from "./connector-packages.ts";
import { loadFunction } from "./function-module.ts";
import { isBoundedPlan } from "./plan-boundedness.ts";
import { StoredCatalog } from "./stored-catalog.ts";

export interface ScriptSessionOptions {
  /** What `${name}` stands for. */
  readonly variables?: Readonly<Record<string, string>>;
  /** As SET would set them. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Besides those that Millrace brings along. */
  readonly connectors?: readonly ConnectorFactory[];
  readonly formats?: readonly FormatFactory[];
  readonly reporter: Reporter;
  /** Folder that relative paths of tables start from; the current one by default. */
  readonly baseDirectory?: string;
  /** Folder of the script, which the files of CREATE FUNCTION are relative to; `baseDirectory` unless given. */
  readonly scriptDirectory?: string;
  /** A file that tables, views and functions are kept in, for this session and others; made if there is none. */
  readonly catalogFile?: string;
  /** Whether statements change the catalog file; by default they do. */
  readonly savesCatalog?: boolean;
  /** Functions for all statements, by name; they hide built-in ones of the same name. */
  readonly functions?: Readonly<Record<string, UserFunction>>;
}

/** What a statement comes to. */
export type PreparedStatement = AppliedStatement | Listing | ExplainedPlan | PreparedAnalysis | PreparedJob;

/** DDL, SET and RESET: done already. */
export interface AppliedStatement {
  readonly kind: "applied";
  readonly message: string;
}

/** The answer of SHOW and DESCRIBE. */
export interface Listing {
  readonly kind: "listing";
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | boolean | null)[])[];
}

/** The answer of EXPLAIN. */
export interface ExplainedPlan {
  readonly kind: "explained";
  readonly text: string;
}

/** EXPLAIN ANALYZE: a job that can be run for what is measured of it. */
export interface PreparedAnalysis {
  readonly kind: "analysis";
  /** Runs the job, INSERT INTO writes; the plan with what was measured, once it has ended or was cancelled. */
  run(options?: Pick<StartOptions, "signal" | "clock">): Promise<string>;
}

/** A query, an INSERT INTO or a statement set that can be started. */
export interface PreparedJob {
  readonly kind: "job";
  readonly plan: PlannedJob;
  /** The rows of a query; null for INSERT INTO and statement sets. */
  readonly result: QueryResult | null;
  /** Whether the job ends by itself. */
  readonly isBounded: boolean;
  /** Operators whose state grows without bound; told to the reporter when the job starts. */
  readonly warnings: readonly StateWarning[];
  /** Starts it; `collect` takes the rows of a query. */
  start(options?: StartOptions): JobHandle;
}

export interface QueryResult {
  readonly fields: readonly PlanField[];
  /** `append`: rows are only added. */
  readonly changelogMode: "append" | "retract";
}

export type StartOptions = Pick<JobOptions, "collect" | "signal" | "onProgress" | "clock" | "restore">;

export interface PrepareOptions {
  /** `collect`: rows of INSERT INTO go to the caller, not to the table. */
  readonly inserts?: "write" | "collect";
}

/**
 * Runs statements one by one, with their plans and results at hand: what the command line and other front ends are made of.
 *
 * @example
 * const session = new ScriptSession({ reporter: { warn: console.log, progress: console.log } });
 * const text = "CREATE VIEW v AS SELECT 1 AS n; SELECT n FROM v";
 * const kinds: string[] = [];
 * for (const statement of session.parse(text)) kinds.push((await session.prepare(statement, text)).kind);
 * kinds // ["applied", "job"]
 */
export class ScriptSession {
  readonly #options: ScriptSessionOptions;
  readonly #loader: ConnectorLoader;
  #session: Session;
  /** That of the session, if it has a file, then those of CREATE CATALOG. */
  #stored: StoredCatalog[];
  #isCatalogLoaded = false;

  /** Errors: OPTION_INVALID for settings that do not exist. */
  constructor(options: ScriptSessionOptions) {
    this.#options = options;
    this.#loader = new ConnectorLoader(options.connectors, options.formats);
    this.#stored = options.catalogFile === undefined ? [] : [new StoredCatalog(options.catalogFile)];
    this.#session = createSession({ connectors: this.#loader.connectors });
    for (const [key, value] of Object.entries(options.settings ?? {})) this.#set(key, value);
    for (const [name, each] of Object.entries(options.functions ?? {})) this.registerFunction(name, each);
  }

  /** Makes a connector known to the statements from now on. */
  registerConnector(connector: ConnectorFactory): void {
    this.#loader.add(connector);
    this.#refreshConnectors();
  }

  #refreshConnectors(): void {
    const connectors = new Map(this.#loader.connectors.map((connector) => [connector.name, connector]));
    this.#session = { ...this.#session, connectors };
  }

  /** The connectors and formats that statements have named. */
  get registry(): Registry {
    return this.#loader.registry;
  }

  /** What SET has set. */
  get settings(): { readonly [name: string]: string } {
    return Object.fromEntries(this.#session.settings);
  }

  /** Makes a function known to the statements from now on, as CREATE TEMPORARY SYSTEM FUNCTION does. */
  registerFunction(name: string, definition: UserFunction): void {
    if (!isUserFunction(definition)) {
      const message = `function '${name}': make it by scalarFunction, aggregateFunction, tableFunction or asyncScalarFunction`;
      throw new MillraceError({ code: "OPTION_INVALID", message });
    }
    const path = [name.toLowerCase()];
    this.#session.functions.set({ scope: "system", path, definition, implementation: null });
  }

  /** The statements of a script, not looked into yet. Errors: SqlError at the first mistake. */
  parse(text: string): readonly Statement[] {
    return parseScript(text, { variables: this.#options.variables ?? {} });
  }

  /** The names that statements may use: of tables, views and their columns. */
  names(): readonly string[] {
    const names = this.#session.catalog
      .entries()
      .flatMap((entry) =>
        entry.kind === "table"
          ? [entry.table.name, ...entry.table.columns.map(({ name }) => name)]
          : [entry.view.name, ...entry.view.plan.fields.map(({ name }) => name)],
      );
    return [...new Set(names)];
  }

  /**
   * Binds and plans a statement of `text`; DDL and SET take effect, nothing is opened or run.
   * Errors: SqlError with the place; OPTION_INVALID.
   */
  async prepare(statement: Statement, text: string, options: PrepareOptions = {}): Promise<PreparedStatement> {
    if (!this.#isCatalogLoaded) await this.#loadCatalog();
    const { baseDirectory, scriptDirectory = baseDirectory ?? "." } = this.#options;
    const bound = await this.#bind(statement, text, scriptDirectory);
    if (bound.kind === "ddl" || (bound.kind === "insert" && bound.createsTable === true)) this.#saveCatalogs();
    switch (bound.kind) {
      case "ddl":
        return { kind: "applied", message: bound.summary };
      case "set":
        return { kind: "applied", message: settingMessage(bound.key, bound.value, bound.note) };
      case "show":
      case "describe":
        return { kind: "listing", columns: bound.fields.map((field) => field.name), rows: bound.rows };
      case "explain":
        return this.#explain(bound, this.#plan(bound.target, options));
      default:
        return this.#plan(bound, options);
    }
  }

  async #bind(statement: Statement, text: string, folder: string): Promise<BoundStatement> {
    await this.#loadConnector(statement);
    await this.#loadFunction(statement, text, folder);
    const bound = bindStatement(statement, this.#session, text);
    if (statement.kind === "CreateCatalog") await this.#openCatalog(statement);
    return bound;
  }

  async #loadCatalog(): Promise<void> {
    this.#isCatalogLoaded = true;
    // Catalogs that these create are loaded with them.
    for (const stored of [...this.#stored]) await this.#loadStored(stored);
  }

  #loadStored(stored: StoredCatalog): Promise<void> {
    return stored.load({
      catalog: this.#session.catalog,
      bind: (statement, text, folder) => this.#bind(statement, text, folder),
      warn: (message) => this.#options.reporter.warn(message),
    });
  }

  /** CREATE CATALOG of type file: what stands in the file comes with it. */
  async #openCatalog({ name: { name } }: CreateCatalog): Promise<void> {
    const { catalog } = this.#session;
    const options = catalog.catalogOptions(name);
    if (options?.type !== "file" || this.#stored.some((each) => each.name === name)) return;
    const stored = new StoredCatalog(resolve(this.#options.baseDirectory ?? ".", options.path), name);
    try {
      await this.#loadStored(stored);
    } catch (error) {
      catalog.dropCatalog(name);
      throw error;
    }
    this.#stored.push(stored);
  }

  #saveCatalogs(): void {
    const { catalog } = this.#session;
    this.#stored = this.#stored.filter(({ name }) => name === null || catalog.catalogNames().includes(name));
    if (this.#options.savesCatalog === false) return;
    const { baseDirectory, scriptDirectory = baseDirectory ?? "." } = this.#options;
    const implementationOf = ({ implementation }: CatalogFunction) => {
      const [file = "", ...name] = (implementation ?? "").split("#");
      return [resolve(scriptDirectory, file), ...name].join("#");
    };
    for (const stored of this.#stored) stored.save(printCatalog(this.#session, implementationOf, stored.name));
  }

  #explain({ analyze, details }: BoundExplain, { plan, start }: PreparedJob): ExplainedPlan | PreparedAnalysis {
    const has = (detail: (typeof details)[number]) => details.includes(detail);
    const asked = {
      changelogMode: has("CHANGELOG_MODE"),
      state: has("ESTIMATED_COST"),
      executionPlan: has("JSON_EXECUTION_PLAN"),
      advice: has("PLAN_ADVICE"),
    };
    if (!analyze) return { kind: "explained", text: explainJob(plan, asked) };
    const ignore = () => undefined;
    // Asked for progress, the job also takes down the size of its state now and then.
    return {
      kind: "analysis",
      run: (options) => analyzeJob(plan, start({ ...options, collect: ignore, onProgress: ignore }), asked),
    };
  }

  #plan(bound: BoundQuery | BoundInsert, { inserts = "write" }: PrepareOptions): PreparedJob {
    const roots: PlanRoot[] =
      bound.kind === "query"
        ? [{ kind: "query", plan: bound.plan }]
        : inserts === "write"
          ? [...bound.sinks]
          : bound.sinks.map((sink) => ({ kind: "query", plan: namedAsTable(sink) }));
    const { registry } = this.#loader;
    const plan = planJob(roots, {
      isBounded: (table, tableOptions) => isBoundedTable(table, tableOptions, registry),
      changelogMode: (table, tableOptions) => changelogModeOf(table, tableOptions, registry),
      writesByKey: (table, tableOptions) => writesByKey(table, tableOptions, registry),
      sinkRules: this.#sinkRules(),
      sinkNeedsWatermark: (table, tableOptions) => sinkNeedsWatermark(table, tableOptions, registry),
      idleTimeoutMs: this.#duration("table.exec.source.idle-timeout"),
      stateTtlMs: this.#duration("table.exec.state.ttl"),
      onlyDeterministicUpdates:
        this.#session.settings.get("table.optimizer.non-deterministic-update.strategy")?.toUpperCase() ===
        "TRY_RESOLVE",
    });
    const { fields, input } = plan.sinks[0];
    const changelogMode = input.changelogMode === "append" ? "append" : "retract";
    return {
      kind: "job",
      plan,
      result: bound.kind === "query" ? { fields, changelogMode } : null,
      isBounded: isBoundedPlan(plan.sinks, registry),
      warnings: plan.warnings,
      start: (options = {}) => this.#start(plan, options),
    };
  }

  #sinkRules(): SinkRules {
    const { settings } = this.#session;
    const rule = <K extends keyof SinkRules>(name: K, key: string) =>
      (settings.get(`table.exec.sink.${key}`)?.toUpperCase() ?? defaultSinkRules[name]) as SinkRules[K];
    return {
      notNull: rule("notNull", "not-null-enforcer"),
      typeLength: rule("typeLength", "type-length-enforcer"),
      upsertMaterialize: rule("upsertMaterialize", "upsert-materialize"),
      requireOnConflict: rule("requireOnConflict", "require-on-conflict"),
    };
  }

  /** Of a setting, which was checked when it was set; 0 if it is not set. */
  #duration(key: string): number {
    return parseDuration(this.#session.settings.get(key) ?? "0") ?? 0;
  }

  #start(plan: PlannedJob, options: StartOptions): JobHandle {
    const { reporter, baseDirectory } = this.#options;
    for (const { message } of plan.warnings) reporter.warn(message);
    return executeJob(plan.sinks, {
      ...options,
      registry: this.#loader.registry,
      reporter,
      settings: this.settings,
      ...(baseDirectory === undefined ? {} : { baseDirectory }),
    });
  }

  /** A CREATE TABLE names the connector that it needs. */
  async #loadConnector(statement: Statement): Promise<void> {
    const table = statement.kind === "ExplainStatement" ? statement.statement : statement;
    const options =
      table.kind === "CreateTable"
        ? table.options
        : table.kind === "AlterTable" && table.action.kind === "SetOptions"
          ? table.action.options
          : null;
    if (options === null) return;
    const connector = options.find((option) => option.key.value === "connector")?.value.value;
    // LIKE and ALTER take that of the table.
    if (
      connector === undefined &&
      (table.kind === "AlterTable" || (table.kind === "CreateTable" && table.like !== null))
    )
      return;
    // Without a name all are loaded: the error lists them.
    const name = connector ?? "";
    if (await this.#loader.load(name)) this.#refreshConnectors();
  }

  /** CREATE and ALTER FUNCTION name the module that has it. */
  async #loadFunction(statement: Statement, text: string, folder: string): Promise<void> {
    if (statement.kind !== "CreateFunction" && statement.kind !== "AlterFunction") return;
    if (statement.language !== "TYPESCRIPT") return; // refused where it is bound
    const exported = await loadFunction(statement, text, folder);
    this.#session.moduleExports.set(statement.implementation.value, exported);
  }

  #set(key: string, value: string): void {
    const quoted = (text: string) => `'${text.replaceAll("'", "''")}'`;
    const text = `SET ${quoted(key)} = ${quoted(value)}`;
    try {
      bindStatement(parseStatement(text), this.#session, text);
    } catch (error) {
      if (!(error instanceof SqlError)) throw error;
      const suggestion = error.suggestion === null ? "" : `; did you mean '${error.suggestion}'?`;
      throw new MillraceError({ code: "OPTION_INVALID", message: error.message + suggestion, cause: error });
    }
  }
}

function settingMessage(key: string | null, value: string | null, note: string | null): string {
  if (key === null) return "All settings reset.";
  const what = value === null ? `${key} reset` : `${key} = ${value}`;
  return note === null ? `${what}.` : `${what} (${note}).`;
}

/** What an INSERT writes, under the names of the table's columns. */
function namedAsTable(sink: SinkNode): SinkNode["input"] {
  const { input } = sink;
  const columns = sink.table.columns.filter(
    (each) => each.kind === "physical" || (each.kind === "metadata" && !each.virtual),
  );
  const fields = input.fields.map((field, i) => ({ ...field, name: columns[i]?.name ?? field.name }));
  const expressions = fields.map((field, index) => ({ kind: "column" as const, index, type: field.type }));
  return { kind: "project", fields, input, expressions, watermark: null };
}
