/** MATCH_RECOGNIZE in EXPLAIN. */
import type { MatchOutput, RowPattern } from "@millrace/core";
import type { Expression } from "../expression/expression.ts";
import { formatExpression } from "../expression/format-expression.ts";
import type { MatchNode, PlanField } from "../logical/logical-plan.ts";
import { formatMatchValue, type MatchValue } from "../logical/match-value.ts";
import type { PhysicalMatchRecognize } from "../physical/physical-plan.ts";

export function describeMatch(node: MatchNode): string {
  const { fields } = node.input;
  return [partition(node.partitionKeys, fields), ...clauses(node, fields, defined(node, fields))].join(", ");
}

export function describeMatchOperator(node: PhysicalMatchRecognize): string {
  const { fields } = node.input;
  const time = `time=${fields[node.timeColumn].name}${node.timeDomain === "event" ? "" : " (processing)"}`;
  const flags = node.flagOf.flatMap((flag, variable) =>
    flag === 0 ? [] : [`${node.variables[variable]} AS ${fields[node.flagColumns[Math.log2(flag)]].name}`],
  );
  const define = [...flags, ...defined(node, fields)];
  const kept =
    node.withinMs === null
      ? "rows of unfinished matches"
      : `rows of unfinished matches, until the watermark passes ${node.withinMs} ms`;
  return [partition(node.partitionKeys, fields), time, ...clauses(node, fields, define), `state=${kept}`].join(", ");
}

function partition(keys: readonly number[], fields: readonly PlanField[]): string {
  return `partitionBy=[${keys.map((key) => fields[key].name).join(", ")}]`;
}

const rows: Readonly<Record<MatchOutput, string>> = {
  "one-row": "one",
  "all-rows": "all",
  "all-but-empty": "all but of empty matches",
  "all-and-unmatched": "all and unmatched",
};

function clauses(
  node: MatchNode | PhysicalMatchRecognize,
  fields: readonly PlanField[],
  define: readonly string[],
): readonly string[] {
  const { orderBy, variables, measures, skip, withinMs } = node;
  const order = orderBy.map((key) => `${fields[key.column].name} ${key.descending ? "DESC" : "ASC"}`);
  const target = "name" in skip ? ` ${skip.name}` : "";
  const shown = measures.map((value) => valueText(value, variables, fields));
  return [
    ...(order.length === 0 ? [] : [`orderBy=[${order.join(", ")}]`]),
    `measures=[${shown.join(", ")}]`,
    `rows=${rows[node.output]}`,
    `skip=${skip.kind.replaceAll("-", " ")}${target}`,
    `pattern=(${patternText(node.pattern, variables, "any")})${node.choice === "earliest" ? " as Flink" : ""}`,
    ...(withinMs === null ? [] : [`within=${withinMs} ms`]),
    `define=[${define.join(", ")}]`,
  ];
}

function defined(
  { conditions, conditionValues, variables }: MatchNode | PhysicalMatchRecognize,
  fields: readonly PlanField[],
): readonly string[] {
  const text = (condition: Expression) =>
    formatExpression(condition, (index) => valueText(conditionValues[index], variables, fields));
  return conditions.flatMap((condition, i) => (condition === null ? [] : [`${variables[i]} AS ${text(condition)}`]));
}

function valueText(value: MatchValue, variables: readonly string[], fields: readonly PlanField[]): string {
  return formatMatchValue(value, variables, (column) => fields[column].name);
}

function patternText(pattern: RowPattern, variables: readonly string[], place: "any" | "item" | "repeated"): string {
  const list = (patterns: readonly RowPattern[], inside: "any" | "item", separator: string): string =>
    patterns.map((part) => patternText(part, variables, inside)).join(separator);
  const enclosed = (text: string, isFree: boolean) => (isFree ? text : `(${text})`);
  switch (pattern.kind) {
    case "variable":
      return variables[pattern.variable];
    case "sequence":
      return enclosed(list(pattern.patterns, "item", " "), place === "any");
    case "alternation":
      return enclosed(list(pattern.patterns, "item", " | "), false);
    case "permutation":
      return `PERMUTE(${list(pattern.patterns, "any", ", ")})`;
    case "exclusion":
      return `{- ${patternText(pattern.pattern, variables, "any")} -}`;
    case "repetition": {
      const inner = patternText(pattern.pattern, variables, "repeated");
      return enclosed(
        `${inner}${bounds(pattern.least, pattern.most)}${pattern.reluctant ? "?" : ""}`,
        place !== "repeated",
      );
    }
  }
}

function bounds(least: number, most: number | null): string {
  if (most === null) return least === 0 ? "*" : least === 1 ? "+" : `{${least},}`;
  if (most === 1 && least === 0) return "?";
  return least === most ? `{${least}}` : `{${least},${most}}`;
}
