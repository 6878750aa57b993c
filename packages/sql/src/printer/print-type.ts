import type { IntervalQualifier } from "../ast/time-unit.ts";
import type { BasicType, RowTypeField, TypeName } from "../ast/type-name.ts";
import { printIdentifier, printString } from "./print-name.ts";

export function printType(type: TypeName): string {
  return type.nullable ? printNullable(type) : `${printNullable(type)} NOT NULL`;
}

function printNullable(type: TypeName): string {
  switch (type.kind) {
    case "BasicType":
      return printBasic(type);
    case "IntervalType":
      return `INTERVAL ${printIntervalQualifier(type.qualifier)}`;
    case "RowType": {
      const fields = type.fields.map(printField);
      if (type.className === null) return `ROW<${fields.join(", ")}>`;
      return `STRUCTURED<${[printString(type.className), ...fields].join(", ")}>`;
    }
    case "ArrayType":
      return `ARRAY<${printType(type.element)}>`;
    case "MapType":
      return `MAP<${printType(type.key)}, ${printType(type.value)}>`;
    case "MultisetType":
      return `MULTISET<${printType(type.element)}>`;
  }
}

function printBasic({ name, precision, scale }: BasicType): string {
  const numbers = precision === null ? "" : scale === null ? `(${precision})` : `(${precision}, ${scale})`;
  return name === "TIMESTAMP_TZ" ? `TIMESTAMP${numbers} WITH TIME ZONE` : name + numbers;
}

function printField(field: RowTypeField): string {
  const comment = field.comment === null ? "" : ` COMMENT ${printString(field.comment)}`;
  return `${printIdentifier(field.name)} ${printType(field.type)}${comment}`;
}

export function printIntervalQualifier(qualifier: IntervalQualifier): string {
  const { from, precision, to, fractionPrecision } = qualifier;
  const fraction = fractionPrecision === null ? "" : `${fractionPrecision}`;
  if (to !== null) {
    const start = precision === null ? from : `${from}(${precision})`;
    return `${start} TO ${to}${fraction === "" ? "" : `(${fraction})`}`;
  }
  if (precision === null) return from;
  return fraction === "" ? `${from}(${precision})` : `${from}(${precision}, ${fraction})`;
}
