import type { Expression } from "../ast/expression.ts";
import type { FunctionCall, JsonBehavior, JsonFunctionCall } from "../ast/function-call.ts";
import type { SortItem } from "../ast/sort-item.ts";
import type { FrameBound, WindowFrame, WindowSpecification } from "../ast/window.ts";
import { bindingPower } from "../parser/precedence.ts";
import { printIdentifier, printQualifiedName } from "./print-name.ts";
import { printType } from "./print-type.ts";
import type { Printer } from "./printer.ts";
import { printExpressions } from "./printer.ts";

/** Reserved words that are functions where a parenthesis follows, and bare functions: not to be quoted. */
const standsAsFunction = /^(?:LEFT|RIGHT|DATE|TIME|TIMESTAMP|CURRENT_\w+|LOCALTIME|LOCALTIMESTAMP|\w+_USER)$/i;

export function printFunctionCall(printer: Printer, call: FunctionCall): string {
  const first = call.name.parts[0];
  const isWord =
    call.name.parts.length === 1 && first !== undefined && !first.quoted && standsAsFunction.test(first.name);
  const name = isWord ? first.name : printQualifiedName(call.name);
  if (call.bare) return name;
  const parts = [`${name}(${printArguments(printer, call)})`];
  if (call.nullTreatment !== null) parts.push(`${call.nullTreatment} NULLS`);
  if (call.withinGroup.length > 0) parts.push(`WITHIN GROUP (${printOrderBy(printer, call.withinGroup)})`);
  if (call.filter !== null) parts.push(printFilter(printer, call.filter));
  if (call.over !== null) {
    parts.push(
      `OVER ${call.over.kind === "Identifier" ? printIdentifier(call.over) : printWindow(printer, call.over)}`,
    );
  }
  return parts.join(" ");
}

function printArguments(printer: Printer, call: FunctionCall): string {
  if (call.star) return call.starOf === null ? "*" : `${printIdentifier(call.starOf)}.*`;
  const [needle, haystack, from] = call.arguments as readonly Expression[];
  const isPosition = call.name.parts.length === 1 && call.name.parts[0]?.name.toUpperCase() === "POSITION";
  if (isPosition && !call.name.parts[0]?.quoted && needle !== undefined && haystack !== undefined) {
    const tail = from === undefined ? "" : ` FROM ${printer.expression(from)}`;
    return `${printer.expression(needle, bindingPower.range + 1)} IN ${printer.expression(haystack)}${tail}`;
  }
  const items = call.arguments.map((argument) =>
    argument.kind === "NamedArgument"
      ? `${printIdentifier(argument.name)} => ${printer.expression(argument.value)}`
      : printer.expression(argument),
  );
  const quantifier = call.quantifier === null ? "" : `${call.quantifier} `;
  const order = call.orderBy.length === 0 ? "" : ` ${printOrderBy(printer, call.orderBy)}`;
  return quantifier + items.join(", ") + order;
}

function printFilter(printer: Printer, filter: Expression): string {
  return `FILTER (WHERE ${printer.expression(filter)})`;
}

export function printJsonCall(printer: Printer, call: JsonFunctionCall): string {
  const pairs = call.entries.map(
    ({ key, value }) => `KEY ${printer.expression(key)} VALUE ${printer.expression(value)}`,
  );
  const parts = [call.entries.length > 0 ? pairs.join(", ") : printExpressions(printer, call.arguments)];
  if (call.onNull !== null) parts.push(`${call.onNull} ON NULL`);
  if (call.returning !== null) parts.push(`RETURNING ${printType(call.returning)}`);
  if (call.wrapper === "WITHOUT") parts.push("WITHOUT ARRAY WRAPPER");
  else if (call.wrapper !== null) parts.push(`WITH ${call.wrapper} ARRAY WRAPPER`);
  if (call.onEmpty !== null) parts.push(`${printBehavior(printer, call.onEmpty)} ON EMPTY`);
  if (call.onError !== null) parts.push(`${printBehavior(printer, call.onError)} ON ERROR`);
  const filter = call.filter === null ? "" : ` ${printFilter(printer, call.filter)}`;
  return `${call.name}(${parts.filter((part) => part !== "").join(" ")})${filter}`;
}

function printBehavior(printer: Printer, { action, default: value }: JsonBehavior): string {
  return value === null ? action : `DEFAULT ${printer.expression(value)}`;
}

export function printOrderBy(printer: Printer, items: readonly SortItem[]): string {
  return `ORDER BY ${printSortItems(printer, items)}`;
}

export function printSortItems(printer: Printer, items: readonly SortItem[]): string {
  const print = ({ expression, direction, nulls }: SortItem): string =>
    printer.expression(expression) +
    (direction === null ? "" : ` ${direction}`) +
    (nulls === null ? "" : ` NULLS ${nulls}`);
  return items.map(print).join(", ");
}

export function printWindow(printer: Printer, { base, partitionBy, orderBy, frame }: WindowSpecification): string {
  const parts: string[] = [];
  if (base !== null) parts.push(printIdentifier(base));
  if (partitionBy.length > 0) parts.push(`PARTITION BY ${printExpressions(printer, partitionBy)}`);
  if (orderBy.length > 0) parts.push(printOrderBy(printer, orderBy));
  if (frame !== null) parts.push(printFrame(printer, frame));
  return `(${parts.join(" ")})`;
}

function printFrame(printer: Printer, { mode, start, end }: WindowFrame): string {
  return end === null
    ? `${mode} ${printBound(printer, start)}`
    : `${mode} BETWEEN ${printBound(printer, start)} AND ${printBound(printer, end)}`;
}

function printBound(printer: Printer, { bound, offset }: FrameBound): string {
  // An AND in the offset of BETWEEN must not be taken for the one between the bounds.
  return offset === null ? bound : `${printer.expression(offset, bindingPower.not)} ${bound}`;
}
