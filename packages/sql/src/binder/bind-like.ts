/** CREATE TABLE … LIKE: what comes of the source table, by Flink's rules of merging. */
import type { CreateTable, LikeClause, LikeOption, TableColumn } from "../ast/create-table.ts";
import type { Span } from "../text/span.ts";
import { type BindContext, fail } from "./bind-context.ts";
import { knownEntry } from "./new-name.ts";
import { definitionOf } from "./table-definition.ts";

type Feature = Exclude<LikeOption["feature"], "ALL">;
type Strategy = LikeOption["strategy"];

const features: readonly Feature[] = [
  "CONSTRAINTS",
  "DISTRIBUTION",
  "GENERATED",
  "METADATA",
  "OPTIONS",
  "PARTITIONS",
  "WATERMARKS",
];
const overwritable: readonly LikeOption["feature"][] = ["GENERATED", "METADATA", "OPTIONS", "WATERMARKS"];

/** The definition with what LIKE brings: columns of the source first. */
export function withLike(context: BindContext, statement: CreateTable, like: LikeClause): CreateTable {
  const entry = knownEntry(context, like.source);
  if (entry.kind !== "table") return fail(context, like.source.span, "LIKE takes a table, that is a view");
  const source = definitionOf(entry.table);
  const strategies = strategiesOf(context, like);
  const { span } = like;
  return {
    ...statement,
    like: null,
    columns: mergedColumns(context, statement, source, strategies, span),
    watermark: mergedWatermark(context, statement, source, strategies.WATERMARKS, span),
    primaryKey: one(context, "CONSTRAINTS", "a primary key", statement.primaryKey, source.primaryKey, strategies, span),
    partitionedBy:
      one(
        context,
        "PARTITIONS",
        "partitions",
        some(statement.partitionedBy),
        some(source.partitionedBy),
        strategies,
        span,
      ) ?? [],
    distribution: one(
      context,
      "DISTRIBUTION",
      "a distribution",
      statement.distribution,
      source.distribution,
      strategies,
      span,
    ),
    options: mergedOptions(context, statement, source, strategies.OPTIONS),
  };
}

function strategiesOf(context: BindContext, { options }: LikeClause): Readonly<Record<Feature, Strategy>> {
  const given = new Map<LikeOption["feature"], Strategy>();
  for (const { strategy, feature, span } of options) {
    if (given.has(feature)) fail(context, span, `${feature} stands twice in LIKE`);
    if (strategy === "OVERWRITING" && !overwritable.includes(feature)) {
      fail(context, span, `OVERWRITING ${feature}: only ${overwritable.join(", ")} can be overwritten`);
    }
    given.set(feature, strategy);
  }
  const all = given.get("ALL");
  // Options are overwritten unless the statement says otherwise.
  const strategyOf = (feature: Feature): Strategy =>
    given.get(feature) ?? all ?? (feature === "OPTIONS" ? "OVERWRITING" : "INCLUDING");
  return Object.fromEntries(features.map((feature) => [feature, strategyOf(feature)])) as Record<Feature, Strategy>;
}

function mergedColumns(
  context: BindContext,
  statement: CreateTable,
  source: CreateTable,
  strategies: Readonly<Record<Feature, Strategy>>,
  span: Span,
): readonly TableColumn[] {
  const featureOf = { ComputedColumn: "GENERATED", MetadataColumn: "METADATA", PhysicalColumn: null } as const;
  const columns = source.columns.filter(({ kind }) => {
    const feature = featureOf[kind];
    return feature === null || strategies[feature] !== "EXCLUDING";
  });
  for (const added of statement.columns) {
    const at = columns.findIndex(({ name }) => name.name === added.name.name);
    if (at < 0) {
      columns.push(added);
      continue;
    }
    const feature = featureOf[added.kind];
    const isSameKind = columns[at].kind === added.kind;
    if (feature !== null && isSameKind && strategies[feature] === "OVERWRITING") columns[at] = added;
    else {
      const advice = feature !== null && isSameKind ? `; say EXCLUDING ${feature} or OVERWRITING ${feature}` : "";
      fail(context, added.span ?? span, `the source table has a column '${added.name.name}' already${advice}`);
    }
  }
  return columns;
}

function mergedWatermark(
  context: BindContext,
  statement: CreateTable,
  source: CreateTable,
  strategy: Strategy,
  span: Span,
): CreateTable["watermark"] {
  if (strategy === "EXCLUDING" || source.watermark === null) return statement.watermark;
  if (statement.watermark === null) return source.watermark;
  if (strategy === "OVERWRITING") return statement.watermark;
  return fail(
    context,
    statement.watermark.span ?? span,
    "the source table has a watermark already; say EXCLUDING WATERMARKS or OVERWRITING WATERMARKS",
  );
}

function mergedOptions(
  context: BindContext,
  statement: CreateTable,
  source: CreateTable,
  strategy: Strategy,
): CreateTable["options"] {
  if (strategy === "EXCLUDING") return statement.options;
  const options = new Map(source.options.map((option) => [option.key.value, option]));
  for (const option of statement.options) {
    const present = options.get(option.key.value);
    if (present !== undefined && strategy === "INCLUDING") {
      const shown = `'${present.key.value}' = '${present.value.value}'`;
      const advice = "say EXCLUDING OPTIONS or OVERWRITING OPTIONS";
      fail(context, option.span, `the source table has an option ${shown} already; ${advice}`);
    }
    options.set(option.key.value, option);
  }
  return [...options.values()];
}

/** What only one of the two may have. */
function one<T>(
  context: BindContext,
  feature: "CONSTRAINTS" | "DISTRIBUTION" | "PARTITIONS",
  what: string,
  own: T | null,
  inherited: T | null,
  strategies: Readonly<Record<Feature, Strategy>>,
  span: Span,
): T | null {
  if (strategies[feature] === "EXCLUDING" || inherited === null) return own;
  if (own === null) return inherited;
  return fail(context, span, `the source table has ${what} already; say EXCLUDING ${feature}`);
}

function some<T>(list: readonly T[]): readonly T[] | null {
  return list.length === 0 ? null : list;
}
