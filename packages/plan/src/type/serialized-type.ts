import { type DataType, formatRow } from "@millrace/core";

/** The type in the form in which Flink stores it: without short names, every length and precision written. */
export function serializedType(type: DataType): string {
  return type.nullable ? bareType(type) : `${bareType(type)} NOT NULL`;
}

function bareType(type: DataType): string {
  switch (type.kind) {
    case "decimal":
      return `DECIMAL(${type.precision}, ${type.scale})`;
    case "char":
    case "varchar":
    case "binary":
    case "varbinary":
      return `${type.kind.toUpperCase()}(${type.length})`;
    case "time":
    case "timestamp":
      return `${type.kind.toUpperCase()}(${type.precision})`;
    case "timestamp_ltz":
      return `TIMESTAMP(${type.precision}) WITH LOCAL TIME ZONE`;
    case "interval_year_month":
      return "INTERVAL MONTH";
    case "interval_day_time":
      return "INTERVAL SECOND(3)";
    case "row":
      return formatRow(type, serializedType);
    case "array":
      return `ARRAY<${serializedType(type.element)}>`;
    case "map":
      return `MAP<${serializedType(type.key)}, ${serializedType(type.value)}>`;
    case "multiset":
      return `MULTISET<${serializedType(type.element)}>`;
    default:
      return type.kind.toUpperCase();
  }
}
