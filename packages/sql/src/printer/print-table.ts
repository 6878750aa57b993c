import type { MatchRecognize, RowPattern } from "../ast/match-recognize.ts";
import type { Hint, HintArgument, Option } from "../ast/option.ts";
import type {
  Join,
  TableAlias,
  TableArgument,
  TableExpression,
  TableFunctionArgument,
} from "../ast/table-expression.ts";
import { printOrderBy, printSortItems } from "./print-function-call.ts";
import { printIdentifier, printIdentifiers, printQualifiedName, printString } from "./print-name.ts";
import type { Printer } from "./printer.ts";
import { printExpressions } from "./printer.ts";

export function printTable(printer: Printer, table: TableExpression): string {
  switch (table.kind) {
    case "TableReference": {
      const parts = [printQualifiedName(table.name)];
      if (table.hints.length > 0) parts.push(printHints(table.hints));
      if (table.systemTime !== null) parts.push(`FOR SYSTEM_TIME AS OF ${printer.expression(table.systemTime)}`);
      return parts.join(" ") + printAlias(table.alias);
    }
    case "DerivedTable":
      return `${lateral(table.lateral)}(${printer.query(table.query)})${printAlias(table.alias)}`;
    case "TableFunctionCall": {
      const call = `${printQualifiedName(table.name)}(${table.arguments.map((part) => printArgument(printer, part)).join(", ")})`;
      return `${lateral(table.lateral)}TABLE(${call})${printAlias(table.alias)}`;
    }
    case "UnnestTable": {
      const ordinality = table.withOrdinality ? " WITH ORDINALITY" : "";
      const call = `UNNEST(${printExpressions(printer, table.expressions)})`;
      return lateral(table.lateral) + call + ordinality + printAlias(table.alias);
    }
    case "Join":
      return printJoin(printer, table);
    case "MatchRecognize":
      return printMatchRecognize(printer, table);
  }
}

function lateral(isLateral: boolean): string {
  return isLateral ? "LATERAL " : "";
}

function printAlias(alias: TableAlias | null): string {
  if (alias === null) return "";
  const columns = alias.columns.length === 0 ? "" : ` ${printIdentifiers(alias.columns)}`;
  return ` AS ${printIdentifier(alias.name)}${columns}`;
}

function printJoin(printer: Printer, { joinType, natural, left, right, on, using }: Join): string {
  if (joinType === "COMMA") {
    const isComma = right.kind === "Join" && right.joinType === "COMMA";
    return `${printTable(printer, left)}, ${isComma ? `(${printTable(printer, right)})` : printTable(printer, right)}`;
  }
  const isComma = left.kind === "Join" && left.joinType === "COMMA";
  const first = isComma ? `(${printTable(printer, left)})` : printTable(printer, left);
  const second = right.kind === "Join" ? `(${printTable(printer, right)})` : printTable(printer, right);
  const verb = joinType === "INNER" ? "JOIN" : `${joinType} JOIN`;
  const condition =
    on !== null ? ` ON ${printer.expression(on)}` : using.length > 0 ? ` USING ${printIdentifiers(using)}` : "";
  return `${first} ${natural ? "NATURAL " : ""}${verb} ${second}${condition}`;
}

function printArgument(printer: Printer, argument: TableFunctionArgument): string {
  if (argument.kind === "NamedArgument") {
    return `${printIdentifier(argument.name)} => ${printArgument(printer, argument.value)}`;
  }
  if (argument.kind === "Descriptor") return `DESCRIPTOR${printIdentifiers(argument.columns)}`;
  return argument.kind === "TableArgument" ? printTableArgument(printer, argument) : printer.expression(argument);
}

function printTableArgument(printer: Printer, { input, partitionBy, orderBy }: TableArgument): string {
  const parts = [input.kind === "Query" ? `(${printer.query(input)})` : `TABLE ${printQualifiedName(input)}`];
  const [key] = partitionBy;
  const isPlain = partitionBy.length === 1 && key?.kind === "ColumnReference";
  if (isPlain) parts.push(`PARTITION BY ${printer.expression(key)}`);
  else if (partitionBy.length > 0) parts.push(`PARTITION BY (${printExpressions(printer, partitionBy)})`);
  if (orderBy.length > 0) parts.push(`ORDER BY (${printSortItems(printer, orderBy)})`);
  return parts.join(" ");
}

export function printHints(hints: readonly Hint[]): string {
  const print = ({ name, arguments: list }: Hint): string =>
    list.length === 0 ? name : `${name}(${list.map(printHintArgument).join(", ")})`;
  return `/*+ ${hints.map(print).join(", ")} */`;
}

function printHintArgument(argument: HintArgument): string {
  switch (argument.kind) {
    case "Option":
      return printOption(argument);
    case "StringLiteral":
      return printString(argument);
    case "NumberLiteral":
      return argument.text;
    case "QualifiedName":
      return printQualifiedName(argument);
  }
}

export function printOption({ key, value }: Option): string {
  return `${printString(key)} = ${printString(value)}`;
}

function printMatchRecognize(printer: Printer, match: MatchRecognize): string {
  const { input } = match;
  const source =
    input.kind === "Join" || input.kind === "MatchRecognize"
      ? `(${printTable(printer, input)})`
      : printTable(printer, input);
  const parts: string[] = [];
  if (match.partitionBy.length > 0) parts.push(`PARTITION BY ${printExpressions(printer, match.partitionBy)}`);
  if (match.orderBy.length > 0) parts.push(printOrderBy(printer, match.orderBy));
  if (match.measures.length > 0) {
    const measures = match.measures.map(
      ({ expression, alias }) => `${printer.expression(expression)} AS ${printIdentifier(alias)}`,
    );
    parts.push(`MEASURES ${measures.join(", ")}`);
  }
  if (match.rowsPerMatch === "ONE") parts.push("ONE ROW PER MATCH");
  else if (match.rowsPerMatch !== null) {
    parts.push(`ALL ROWS PER MATCH${match.rowsPerMatch === "ALL" ? "" : ` ${match.rowsPerMatch}`}`);
  }
  if (match.afterMatch !== null) {
    const { skip, variable } = match.afterMatch;
    parts.push(`AFTER MATCH SKIP ${skip}${variable === null ? "" : ` ${printIdentifier(variable)}`}`);
  }
  parts.push(`PATTERN (${printPattern(match.pattern, "any")})`);
  if (match.within !== null) parts.push(`WITHIN ${printer.expression(match.within)}`);
  if (match.subsets.length > 0) {
    const subsets = match.subsets.map(
      ({ name, variables }) => `${printIdentifier(name)} = ${printIdentifiers(variables)}`,
    );
    parts.push(`SUBSET ${subsets.join(", ")}`);
  }
  const define = match.define.map(
    ({ name, condition }) => `${printIdentifier(name)} AS ${printer.expression(condition)}`,
  );
  parts.push(`DEFINE ${define.join(", ")}`);
  return `${source} MATCH_RECOGNIZE (${parts.join(" ")})${printAlias(match.alias)}`;
}

/** `place` says what may stand without parentheses. */
function printPattern(pattern: RowPattern, place: "any" | "alternative" | "item" | "repeated"): string {
  const enclose = (text: string, isFree: boolean): string => (isFree ? text : `(${text})`);
  switch (pattern.kind) {
    case "PatternVariable":
      return printIdentifier(pattern.name);
    case "PatternSequence": {
      const text = pattern.patterns.map((part) => printPattern(part, "item")).join(" ");
      return enclose(text, place === "any" || place === "alternative");
    }
    case "PatternAlternation": {
      const text = pattern.patterns.map((part) => printPattern(part, "alternative")).join(" | ");
      return enclose(text, place === "any");
    }
    case "PatternRepetition": {
      const { least, most } = pattern;
      const bounds = most === null ? `{${least},}` : `{${least},${most}}`;
      const text = `${printPattern(pattern.pattern, "repeated")}${bounds}${pattern.reluctant ? "?" : ""}`;
      return enclose(text, place !== "repeated");
    }
    case "PatternExclusion":
      return `{- ${printPattern(pattern.pattern, "any")} -}`;
    case "PatternPermutation":
      return `PERMUTE(${pattern.patterns.map((part) => printPattern(part, "any")).join(", ")})`;
  }
}
