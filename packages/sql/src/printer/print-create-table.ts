import type { CreateTable, Distribution, PrimaryKey, TableColumn, WatermarkDefinition } from "../ast/create-table.ts";
import type { StringLiteral } from "../ast/literal.ts";
import { printIdentifier, printIdentifiers, printQualifiedName, printString } from "./print-name.ts";
import { printOption } from "./print-table.ts";
import { printType } from "./print-type.ts";
import type { Printer } from "./printer.ts";

/** One column, option or clause per line. */
export function printCreateTable(printer: Printer, table: CreateTable): string {
  const temporary = table.temporary ? " TEMPORARY" : "";
  const ifNotExists = table.ifNotExists ? " IF NOT EXISTS" : "";
  const verb = table.replaces ?? "CREATE";
  let text = `${verb}${temporary} TABLE${ifNotExists} ${printQualifiedName(table.name)}`;
  const elements = table.columns.map((part) => printElement(printer, part));
  if (table.watermark !== null) elements.push(printElement(printer, table.watermark));
  if (table.primaryKey !== null) elements.push(printElement(printer, table.primaryKey));
  if (elements.length > 0) text += ` ${printLines(elements)}`;
  if (table.comment !== null) text += `\nCOMMENT ${printString(table.comment)}`;
  if (table.distribution !== null) text += `\nDISTRIBUTED${printBuckets(table.distribution)}`;
  if (table.partitionedBy.length > 0) text += `\nPARTITIONED BY ${printIdentifiers(table.partitionedBy)}`;
  if (table.options.length > 0) text += `\nWITH ${printLines(table.options.map(printOption))}`;
  if (table.like !== null) {
    const options = table.like.options.map(({ strategy, feature }) => `${strategy} ${feature}`);
    text += `\nLIKE ${printQualifiedName(table.like.source)}${options.length === 0 ? "" : ` ${printLines(options, "")}`}`;
  }
  if (table.query !== null) text += `\nAS ${printer.query(table.query)}`;
  return text;
}

function printLines(items: readonly string[], separator = ","): string {
  return `(\n  ${items.join(`${separator}\n  `)}\n)`;
}

export function printElement(printer: Printer, element: TableColumn | WatermarkDefinition | PrimaryKey): string {
  switch (element.kind) {
    case "PhysicalColumn":
      return `${printIdentifier(element.name)} ${printType(element.type)}${printComment(element.comment)}`;
    case "ComputedColumn":
      return `${printIdentifier(element.name)} AS ${printer.expression(element.expression)}${printComment(element.comment)}`;
    case "MetadataColumn": {
      const from = element.key === null ? "" : ` FROM ${printString(element.key)}`;
      const virtual = element.virtual ? " VIRTUAL" : "";
      const head = `${printIdentifier(element.name)} ${printType(element.type)} METADATA`;
      return head + from + virtual + printComment(element.comment);
    }
    case "WatermarkDefinition":
      return `WATERMARK FOR ${printQualifiedName(element.column)} AS ${printer.expression(element.expression)}`;
    case "PrimaryKey": {
      const name = element.name === null ? "" : `CONSTRAINT ${printIdentifier(element.name)} `;
      return `${name}PRIMARY KEY ${printIdentifiers(element.columns)} NOT ENFORCED`;
    }
  }
}

function printComment(comment: StringLiteral | null): string {
  return comment === null ? "" : ` COMMENT ${printString(comment)}`;
}

export function printBuckets({ algorithm, columns, buckets }: Distribution): string {
  const kind = algorithm === null ? "" : `${algorithm} `;
  const by = columns.length === 0 ? "" : ` BY ${kind}${printIdentifiers(columns)}`;
  return `${by}${buckets === null ? "" : ` INTO ${buckets.text} BUCKETS`}`;
}
