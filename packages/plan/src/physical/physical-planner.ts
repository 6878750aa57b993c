/**
 * Logical graph -> physical graph. A node that is used twice becomes one operator; chains of filters and projections become
 * one calc, or part of the scan below.
 */
import { type DataType, MillraceError } from "@millrace/core";
import type { CatalogTable } from "../catalog/catalog-table.ts";
import { call, column, type Expression, literal } from "../expression/expression.ts";
import type {
  AggregateNode,
  JoinNode,
  LogicalPlan,
  PlanField,
  ScanNode,
  SinkNode,
  TableFunctionNode,
  TemporalJoinNode,
  TopNNode,
  WindowNode,
  WindowSpec,
} from "../logical/logical-plan.ts";
import { optimize } from "../rule/optimize.ts";
import { consumerCounts } from "../rule/plan-graph.ts";
import { collapseCalc, isIdentity, onTopOf } from "./calc-chain.ts";
import type {
  CalcSpec,
  ChangelogMode,
  PhysicalPlan,
  PhysicalSink,
  PhysicalWindowAggregate,
  PhysicalWindowAssign,
  WindowProperty,
  WindowSource,
} from "./physical-plan.ts";
import { chooseJoin, chooseKeys, fieldsWithKeys, joinOutput, keyColumns, withExtra } from "./plan-join.ts";
import { predicatesFor } from "./plan-scan.ts";
import {
  cutsLocalTime,
  isLocalWindow,
  isWindowAggregate,
  windowColumnsOf,
  windowNodeBelow,
} from "./window-properties.ts";

export interface PlannerOptions {
  /** Whether reading a table ends by itself; ORDER BY needs it. */
  readonly isBounded: (table: CatalogTable, options: { readonly [name: string]: string }) => boolean;
  /** Of sources without their own setting; 0 = an input is never idle. */
  readonly idleTimeoutMs: number;
}

/** A statement to run: INSERT INTO, or a query whose rows the caller takes. */
export type PlanRoot = SinkNode | { readonly kind: "query"; readonly plan: LogicalPlan };

export interface PlannedJob {
  readonly logical: readonly LogicalPlan[];
  readonly optimized: readonly LogicalPlan[];
  readonly sinks: readonly PhysicalSink[];
}

/** Plans statements together: what they share is computed once. */
export function planJob(roots: readonly PlanRoot[], options: PlannerOptions): PlannedJob {
  const logical = roots.map((root) => (root.kind === "query" ? root.plan : root));
  const optimized = optimize(logical);
  const planner = new PhysicalPlanner(optimized, options);
  return { logical, optimized, sinks: optimized.map((root) => planner.planSink(root)) };
}

/** What a window aggregate reads: where its windows come from, and where the columns of its logical input stand. */
interface AggregateInput {
  readonly input: PhysicalPlan;
  readonly window: WindowSource;
  readonly columnOf: (index: number) => number;
}

class PhysicalPlanner {
  readonly #counts: Map<LogicalPlan, number>;
  readonly #planned = new Map<LogicalPlan, PhysicalPlan>();
  readonly #options: PlannerOptions;
  #nextId = 1;

  constructor(roots: readonly LogicalPlan[], options: PlannerOptions) {
    this.#counts = consumerCounts(roots);
    this.#options = options;
  }

  planSink(root: LogicalPlan): PhysicalSink {
    const input = this.#plan(root.kind === "sink" ? root.input : root);
    const base = { kind: "sink" as const, input, fields: root.fields, changelogMode: input.changelogMode };
    return root.kind === "sink"
      ? { ...base, id: this.#id("sink"), table: root.table, options: { ...root.table.options, ...root.hints } }
      : { ...base, id: this.#id("collect"), table: null, options: {} };
  }

  #id(kind: string): string {
    return `${kind}-${this.#nextId++}`;
  }

  #plan(node: LogicalPlan): PhysicalPlan {
    let physical = this.#planned.get(node);
    if (physical === undefined) {
      physical = this.#planNode(node);
      this.#planned.set(node, physical);
    }
    return physical;
  }

  #planNode(node: LogicalPlan): PhysicalPlan {
    switch (node.kind) {
      case "filter":
      case "project":
      case "scan":
        return this.#planChain(node);
      case "values":
        return {
          kind: "values",
          id: this.#id("values"),
          fields: node.fields,
          changelogMode: "append",
          rows: node.rows,
        };
      case "window": {
        requireEventTime(node.timeDomain);
        return this.#planWindowAssign(node);
      }
      case "aggregate":
        return isWindowAggregate(node) ? this.#planWindowAggregate(node) : this.#planGroupAggregate(node);
      case "join":
        return this.#planJoin(node);
      case "temporal-join":
        return this.#planTemporalJoin(node);
      case "union": {
        const inputs = node.inputs.map((input) => this.#plan(input));
        return { kind: "union", id: this.#id("union"), fields: node.fields, changelogMode: modeOf(inputs), inputs };
      }
      case "table-function":
        return this.#planTableFunction(node);
      case "set-operation": {
        const { operation, all } = node;
        const [left, right] = [this.#plan(node.left), this.#plan(node.right)];
        return {
          kind: "set-operation",
          id: this.#id(operation),
          fields: node.fields,
          // A row on the right takes one of an EXCEPT back.
          changelogMode: operation === "except" ? "retract" : modeOf([left, right]),
          operation,
          all,
          left,
          right,
        };
      }
      case "over":
        throw unsupported("OVER other than a ROW_NUMBER that WHERE bounds from above");
      case "top-n":
        return this.#planTopN(node);
      case "sort": {
        const input = this.#plan(node.input);
        if (!this.#isBounded(node.input)) {
          throw unsupported(
            "ORDER BY on an unbounded input: rows would be held back for ever. Bound the source, or drop the ORDER BY. It",
          );
        }
        return {
          kind: "sort",
          id: this.#id("sort"),
          fields: node.fields,
          changelogMode: "append",
          input,
          keys: node.keys,
        };
      }
      case "limit": {
        const input = this.#plan(node.input);
        requireAppend(input, "LIMIT without ORDER BY");
        const { limit, offset } = node;
        return {
          kind: "limit",
          id: this.#id("limit"),
          fields: node.fields,
          changelogMode: "append",
          input,
          limit,
          offset,
        };
      }
      case "sink":
        throw new Error("a sink is no input");
    }
  }

  #isShared = (node: LogicalPlan): boolean => (this.#counts.get(node) ?? 0) > 1;

  /** A filter, projection or scan with all that can be fused below it. */
  #planChain(top: LogicalPlan): PhysicalPlan {
    const { base, calc } = collapseCalc(top, this.#isShared);
    if (base.kind === "scan" && (base === top || !this.#isShared(base))) return this.#planScan(base, calc, top.fields);
    const input = this.#plan(base);
    // What a node below adds to bring its columns in order is part of the same pass.
    if (input.kind !== "calc" || this.#isShared(base)) return this.#calcOn(input, calc, top.fields);
    return this.#calcOn(input.input, onTopOf(input.calc, calc), top.fields);
  }

  #calcOn(input: PhysicalPlan, calc: CalcSpec, fields: readonly PlanField[]): PhysicalPlan {
    if (isIdentity(calc, input.fields)) return input;
    const named = { ...calc, inputNames: input.fields.map((field) => field.name) };
    return { kind: "calc", id: this.#id("calc"), fields, changelogMode: input.changelogMode, input, calc: named };
  }

  #planScan(scan: ScanNode, calc: CalcSpec, fields: readonly PlanField[]): PhysicalPlan {
    const readFields = scan.read?.fields ?? [];
    const metadata = scan.read?.metadata ?? [];
    const inputNames = [...readFields.map((field) => field.path.join(".")), ...metadata.map((field) => field.key)];
    return {
      kind: "scan",
      id: this.#id("scan"),
      fields,
      changelogMode: "append",
      table: scan.table,
      options: { ...scan.table.options, ...scan.hints },
      readFields,
      metadata,
      predicates: predicatesFor(calc.filter, readFields, calc.watermark !== null),
      calc: { ...calc, inputNames },
      idleTimeoutMs: this.#options.idleTimeoutMs,
    };
  }

  #planWindowAssign(node: WindowNode): PhysicalPlan {
    const given = this.#plan(node.input);
    requireAppend(given, "a window table function");
    const isLocal = cutsLocalTime(node);
    const input = isLocal ? this.#withKeys(given, [windowTimeOf(node)]) : given;
    const added = node.fields.slice(given.fields.length);
    const assign: PhysicalWindowAssign = {
      kind: "window-assign",
      id: this.#id("window-assign"),
      fields: [...input.fields, ...(isLocal ? added.map(asLocalTime) : added)],
      changelogMode: "append",
      input,
      window: node.window,
      timeColumn: isLocal ? given.fields.length : node.timeColumn,
      ...(isLocal && node.window.kind === "session" ? { inLocalTime: true } : {}),
    };
    if (!isLocal) return assign;
    const columns = assign.fields.map((field, index) => column(index, field.type));
    const projections = columns.toSpliced(given.fields.length, 1).map((each, i) => asInstant(each, node.fields[i]));
    const inputTypes = assign.fields.map((field) => field.type);
    return this.#calcOn(assign, { inputTypes, filter: null, projections, watermark: null }, node.fields);
  }

  #planTopN(node: TopNNode): PhysicalPlan {
    const { partitionKeys, orderBy, start, end, outputs } = node;
    // The only place there is need not be kept.
    const withPlace = node.withPlace && start < end;
    const topN: PhysicalPlan = {
      kind: "top-n",
      id: this.#id("top-n"),
      fields: node.withPlace && !withPlace ? node.fields.slice(0, -1) : node.fields,
      changelogMode: "retract",
      input: this.#plan(node.input),
      keys: partitionKeys,
      orderBy,
      start,
      end,
      outputs,
      withPlace,
    };
    if (withPlace === node.withPlace) return topN;
    const passed = topN.fields.map((field, index) => column(index, field.type));
    const place = literal(start, node.fields[passed.length].type);
    const inputTypes = topN.fields.map((field) => field.type);
    const calc = { inputTypes, filter: null, projections: [...passed, place], watermark: null };
    return this.#calcOn(topN, calc, node.fields);
  }

  #planGroupAggregate(node: AggregateNode): PhysicalPlan {
    const input = this.#plan(node.input);
    // DISTINCT: a row that came once is never updated, and goes only if rows are taken away.
    const isDistinct = node.keys.length > 0 && node.aggregates.length === 0;
    return {
      kind: "group-aggregate",
      id: this.#id("group-aggregate"),
      fields: node.fields,
      changelogMode: isDistinct ? input.changelogMode : "retract",
      input,
      keys: node.keys,
      aggregates: node.aggregates,
    };
  }

  #planWindowAggregate(node: AggregateNode): PhysicalPlan {
    const { input, window, columnOf } = this.#windowSource(node);
    requireAppend(input, "a window aggregation");
    // Window columns among the group keys come out as properties; the others stay keys.
    const isProperty = (key: number) => windowRoles.has(node.input.fields[key].role ?? "");
    const keys = node.keys.filter((key) => !isProperty(key));
    const properties = node.keys.filter(isProperty).map((key) => node.input.fields[key].role as WindowProperty);
    const isLocal = isLocalWindow(node.input, windowColumnsOf(node.input)?.end ?? -1);
    const aggregateFields = node.fields.slice(node.keys.length);
    const keyFields = node.fields.slice(0, node.keys.length);
    const propertyFields = keyFields.filter((_, i) => isProperty(node.keys[i]));
    const aggregate: PhysicalWindowAggregate = {
      kind: "window-aggregate",
      id: this.#id("window-aggregate"),
      fields: [
        ...keyFields.filter((_, i) => !isProperty(node.keys[i])),
        ...aggregateFields,
        ...(isLocal ? propertyFields.map(asLocalTime) : propertyFields),
      ],
      changelogMode: "append",
      input,
      keys: keys.map(columnOf),
      window,
      aggregates: node.aggregates.map((each) => ({
        ...each,
        args: each.args.map(columnOf),
        filter: each.filter === null ? null : columnOf(each.filter),
      })),
      properties,
      ...(isLocal ? { inLocalTime: true } : {}),
    };
    let nextKey = 0;
    let nextProperty = keys.length + node.aggregates.length;
    const order = [
      ...node.keys.map((key) => (isProperty(key) ? nextProperty++ : nextKey++)),
      ...node.aggregates.map((_, i) => keys.length + i),
    ];
    const calc = {
      inputTypes: aggregate.fields.map((field) => field.type),
      filter: null,
      projections: order.map((index, i) => {
        const value = column(index, aggregate.fields[index].type);
        return isLocal ? asInstant(value, node.fields[i]) : value;
      }),
      watermark: null,
    };
    return this.#calcOn(aggregate, calc, node.fields);
  }

  /**
   * Where the windows of an aggregation come from. A window function directly below (only filters and projections that leave
   * its columns alone in between) is part of the aggregate: rows are then not repeated per window.
   */
  #windowSource(node: AggregateNode): AggregateInput {
    const below = windowNodeBelow(node.input);
    const isShared = this.#isShared;
    if (below !== null && (node.input === below || (!isShared(node.input) && !isShared(below)))) {
      const { base, calc } = collapseCalc(node.input, (each) => each === below || isShared(each));
      const width = below.input.fields.length;
      const read = columnsRead(node);
      const readsWindow = read.some((index) => isWindowColumn(calc.projections[index], width));
      const { window } = below;
      const isFusable = window.kind !== "session" || sessionKeys(node, window, calc) !== null;
      if (base === below && onlyPassesWindow(calc, width) && !readsWindow && isFusable) {
        requireEventTime(below.timeDomain);
        return this.#assignedWindow(node, below, calc, read);
      }
    }
    const columns = windowColumnsOf(node.input);
    if (columns === null) throw new Error("a window aggregate without window columns");
    return {
      input: this.#plan(node.input),
      window: { kind: "attached", startColumn: columns.start, endColumn: columns.end },
      columnOf: (index) => index,
    };
  }

  /** The input is what the aggregate reads, and the time. */
  #assignedWindow(node: AggregateNode, below: WindowNode, calc: CalcSpec, read: readonly number[]): AggregateInput {
    const { window } = below;
    const time = windowTimeOf(below);
    const fields: PlanField[] = [
      ...read.map((index) => withoutWindowRole(node.input.fields[index])),
      { name: below.input.fields[below.timeColumn].name, type: time.type },
    ];
    const projected: CalcSpec = {
      inputTypes: below.input.fields.map((field) => field.type),
      filter: calc.filter,
      projections: [...read.map((index) => calc.projections[index]), time],
      watermark: null,
    };
    const input = this.#calcOver(below.input, projected, fields);
    const columnOf = (index: number) => read.indexOf(index);
    const assigned = { kind: "assigned", timeColumn: read.length, timeDomain: "event" } as const;
    if (window.kind !== "session") return { input, window: { ...assigned, window }, columnOf };
    const partitionKeys = sessionKeys(node, window, calc)?.map(columnOf) ?? [];
    return { input, window: { ...assigned, window: { ...window, partitionKeys } }, columnOf };
  }

  /** The calc over a logical input, fused with the chain of filters and projections below it. */
  #calcOver(input: LogicalPlan, calc: CalcSpec, fields: readonly PlanField[]): PhysicalPlan {
    const filtered: LogicalPlan =
      calc.filter === null ? input : { kind: "filter", fields: input.fields, input, condition: calc.filter };
    const project: LogicalPlan = {
      kind: "project",
      fields,
      input: filtered,
      expressions: calc.projections,
      watermark: null,
    };
    return this.#planChain(project);
  }

  #planTableFunction(node: TableFunctionNode): PhysicalPlan {
    const width = node.input.fields.length;
    const { columns, extra } = keyColumns(node.args, width);
    return {
      kind: "table-function",
      id: this.#id("table-function"),
      fields: node.fields,
      input: this.#withKeys(this.#plan(node.input), extra),
      function: node.function,
      args: columns,
      passed: width,
      joinType: node.joinType,
      withOrdinality: node.withOrdinality,
      changelogMode: this.#plan(node.input).changelogMode,
    };
  }

  #planJoin(join: JoinNode): PhysicalPlan {
    const inputs = [this.#plan(join.left), this.#plan(join.right)] as const;
    const choice = chooseJoin(join, modeOf(inputs) === "append");
    const left = this.#withKeys(inputs[0], choice.leftExtra);
    const right = this.#withKeys(inputs[1], choice.rightExtra);
    const output = joinOutput(choice, join);
    const fields = output === null ? join.fields : fieldsWithKeys(join, left.fields, right.fields);
    const base = {
      fields,
      joinType: join.joinType,
      left,
      right,
      leftKeys: choice.leftKeys,
      rightKeys: choice.rightKeys,
      residual: choice.residual,
    };
    const localTime = choice.inLocalTime ? { inLocalTime: true } : {};
    let joined: PhysicalPlan;
    const { interval } = choice;
    const { joinType } = join;
    const isAppendOnly = modeOf(inputs) === "append";
    if (choice.isWindowJoin) {
      const leftWindow = windowColumnsOf(join.left);
      const rightWindow = windowColumnsOf(join.right);
      if (leftWindow === null || rightWindow === null) throw new Error("a window join without window columns");
      joined = {
        ...base,
        ...localTime,
        kind: "window-join",
        id: this.#id("window-join"),
        changelogMode: "append",
        leftWindow: { startColumn: leftWindow.start, endColumn: leftWindow.end },
        rightWindow: { startColumn: rightWindow.start, endColumn: rightWindow.end },
      };
    } else if (interval !== null && isAppendOnly && (joinType === "inner" || keepsUnmatched(joinType))) {
      joined = {
        ...base,
        ...interval,
        kind: "interval-join",
        joinType,
        id: this.#id("interval-join"),
        changelogMode: "append",
      };
    } else {
      const changelogMode: ChangelogMode =
        join.joinType === "inner" || join.joinType === "semi" ? modeOf([left, right]) : "retract";
      const { leftPruning, rightPruning } = choice;
      joined = {
        ...base,
        ...localTime,
        kind: "regular-join",
        id: this.#id("regular-join"),
        changelogMode,
        nullSafeKeys: choice.nullSafeKeys,
        leftPruning,
        rightPruning,
      };
    }
    if (output === null) return joined;
    const inputTypes = joined.fields.map((field) => field.type);
    return this.#calcOn(joined, { inputTypes, filter: null, projections: output, watermark: null }, join.fields);
  }

  #planTemporalJoin(join: TemporalJoinNode): PhysicalPlan {
    const { joinType, versioned } = join;
    if (versioned === null) throw unsupported("FOR SYSTEM_TIME AS OF processing time");
    const inputs = [this.#plan(join.left), this.#plan(join.right)] as const;
    requireAppend(inputs[0], "the left side of a temporal join");
    const choice = chooseKeys(join, (right) => right.kind === "column" && versioned.rightKey.includes(right.index));
    const left = this.#withKeys(inputs[0], choice.leftExtra);
    const right = inputs[1];
    const output = joinOutput(choice, join);
    const joined: PhysicalPlan = {
      kind: "temporal-join",
      id: this.#id("temporal-join"),
      fields: output === null ? join.fields : fieldsWithKeys(join, left.fields, right.fields),
      changelogMode: "append",
      joinType,
      left,
      right,
      leftKeys: choice.leftKeys,
      rightKeys: choice.rightKeys,
      leftTime: versioned.leftTime,
      rightTime: versioned.rightTime,
      residual: choice.residual,
    };
    if (output === null) return joined;
    const inputTypes = joined.fields.map((field) => field.type);
    return this.#calcOn(joined, { inputTypes, filter: null, projections: output, watermark: null }, join.fields);
  }

  #withKeys(input: PhysicalPlan, extra: readonly Expression[]): PhysicalPlan {
    if (extra.length === 0) return input;
    const own = input.fields.map((field, index) => column(index, field.type));
    const inputTypes = input.fields.map((field) => field.type);
    const calc = { inputTypes, filter: null, projections: [...own, ...extra], watermark: null };
    return this.#calcOn(input, calc, withExtra(input, extra));
  }

  #isBounded(node: LogicalPlan): boolean {
    if (node.kind === "scan") return this.#options.isBounded(node.table, { ...node.table.options, ...node.hints });
    if (node.kind === "values") return true;
    if (node.kind === "join" || node.kind === "temporal-join" || node.kind === "set-operation")
      return this.#isBounded(node.left) && this.#isBounded(node.right);
    if (node.kind === "union") return node.inputs.every((input) => this.#isBounded(input));
    return this.#isBounded(node.input);
  }
}

/** What windows are cut by: the time column, a TIMESTAMP_LTZ as the local time of the session. */
function windowTimeOf(node: WindowNode): Expression {
  const time = column(node.timeColumn, node.input.fields[node.timeColumn].type);
  return cutsLocalTime(node) ? call("cast", [time], { ...time.type, kind: "timestamp" } as DataType) : time;
}

/** `window_time` as the operators make it of local times. */
function asLocalTime(field: PlanField): PlanField {
  return field.type.kind === "timestamp_ltz" ? { ...field, type: { ...field.type, kind: "timestamp" } } : field;
}

/** The moment of a local `window_time`; other columns as they are. */
function asInstant(value: Expression, { type }: PlanField): Expression {
  return type.kind === "timestamp_ltz" && value.type.kind === "timestamp" ? call("cast", [value], type) : value;
}

const windowRoles: ReadonlySet<string> = new Set(["window_start", "window_end", "window_time"]);

/** The input columns of an aggregation apart from the window columns among its keys. */
function columnsRead({ input, keys, aggregates }: AggregateNode): readonly number[] {
  const plainKeys = keys.filter((key) => !windowRoles.has(input.fields[key].role ?? ""));
  const read = aggregates.flatMap(({ args, filter }) => (filter === null ? args : [...args, filter]));
  return [...new Set([...plainKeys, ...read])];
}

/**
 * The group keys that are the partition keys of a session window, if the sessions can be aggregated as their rows come: they
 * are grouped by what tells them apart, and no aggregate has to know all their values.
 */
function sessionKeys(node: AggregateNode, window: SessionSpec, calc: CalcSpec): readonly number[] | null {
  if (node.aggregates.some(({ distinct, name }) => distinct && name !== "min" && name !== "max")) return null;
  const groupKeys = node.keys.filter((key) => !windowRoles.has(node.input.fields[key].role ?? ""));
  const isColumn = (key: number, index: number) => {
    const expression = calc.projections[key];
    return expression.kind === "column" && expression.index === index;
  };
  const found = window.partitionKeys.map((index) => groupKeys.find((key) => isColumn(key, index)));
  const keys = found.filter((key) => key !== undefined);
  return keys.length === found.length && new Set(keys).size === new Set(groupKeys).size ? keys : null;
}

type SessionSpec = Extract<WindowSpec, { kind: "session" }>;

function isWindowColumn(expression: Expression, width: number): boolean {
  return expression.kind === "column" && expression.index >= width;
}

/** Whether a calc over a window function's output uses the window columns only by passing them on. */
function onlyPassesWindow(calc: CalcSpec, width: number): boolean {
  const usesWindow = (expression: Expression): boolean => {
    if (expression.kind === "column") return expression.index >= width;
    if (expression.kind === "field") return usesWindow(expression.input);
    return expression.kind === "call" && expression.args.some(usesWindow);
  };
  return (
    (calc.filter === null || !usesWindow(calc.filter)) &&
    calc.projections.every((expression) => expression.kind === "column" || !usesWindow(expression))
  );
}

function withoutWindowRole(field: PlanField): PlanField {
  return field.role === undefined ? field : { name: field.name, type: field.type };
}

function modeOf(inputs: readonly PhysicalPlan[]): ChangelogMode {
  return inputs.every((input) => input.changelogMode === "append") ? "append" : "retract";
}

function keepsUnmatched(joinType: JoinNode["joinType"]): joinType is "left" | "right" | "full" {
  return joinType === "left" || joinType === "right" || joinType === "full";
}

function requireAppend(input: PhysicalPlan, what: string): void {
  if (input.changelogMode === "append") return;
  throw new MillraceError({
    code: "SQL_UNSUPPORTED",
    message: `${what} needs rows that are only added, but its input updates rows it has emitted (operator ${input.id}); aggregate by window below it, or move it above`,
  });
}

function requireEventTime(domain: "event" | "processing"): void {
  if (domain === "processing") throw unsupported("a window over processing time");
}

function unsupported(what: string): MillraceError {
  return new MillraceError({ code: "SQL_UNSUPPORTED", message: `${what} is not supported yet` });
}
