import { type DataType, formatDate, formatDecimal, formatFloat, formatTime, formatTimestamp } from "@millrace/core";

/**
 * A value as Flink's print connector shows it: Java's text of it. Times keep their seconds where Java leaves out :00.
 */
export function valueText(value: unknown, type: DataType): string {
  if (value === null || value === undefined) return "null";
  switch (type.kind) {
    case "float":
      return doubleText(value as number, formatFloat(value as number));
    case "double":
      return doubleText(value as number, String(value));
    case "decimal":
      return formatDecimal(value as number | bigint, type.scale);
    case "date":
      return formatDate(value as number);
    case "time":
      return withoutZeroFraction(formatTime(value as number, 6));
    case "timestamp":
      return withoutZeroFraction(formatTimestamp(value as number, 6).replace(" ", "T"));
    case "timestamp_ltz":
      return `${withoutZeroFraction(formatTimestamp(value as number, 6).replace(" ", "T"))}Z`;
    case "binary":
    case "varbinary":
      return `[${Array.from(value as Uint8Array, (byte) => (byte << 24) >> 24).join(", ")}]`;
    case "row": {
      const values = value as readonly unknown[];
      return `+I[${type.fields.map((field, i) => valueText(values[i], field.type)).join(", ")}]`;
    }
    case "bitmap":
      return `{${(value as readonly number[]).join(",")}}`;
    case "array":
      return `[${(value as readonly unknown[]).map((element) => valueText(element, type.element)).join(", ")}]`;
    case "map":
      return mapText(value as ReadonlyMap<unknown, unknown>, type.key, type.value);
    case "multiset":
      return mapText(value as ReadonlyMap<unknown, unknown>, type.element, { kind: "int", nullable: false });
    default:
      return String(value);
  }
}

function mapText(map: ReadonlyMap<unknown, unknown>, keyType: DataType, type: DataType): string {
  return `{${Array.from(map, ([key, value]) => `${valueText(key, keyType)}=${valueText(value, type)}`).join(", ")}}`;
}

/** Groups of three digits, none if all are zero, as java.time prints. */
function withoutZeroFraction(text: string): string {
  return text.replace(/(?:\.000000|(?<=\.\d{3})000)$/, "");
}

/** Double.toString and Float.toString: always a fraction, exponents outside [1e-3, 1e7). `shortest` is JavaScript's text. */
function doubleText(value: number, shortest: string): string {
  if (!Number.isFinite(value)) return shortest;
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e7)) {
    const [digits, exponent] = Number(shortest).toExponential().split("e");
    return `${digits.includes(".") ? digits : `${digits}.0`}E${Number(exponent)}`;
  }
  const text = Object.is(value, -0) ? "-0" : shortest;
  return text.includes(".") ? text : `${text}.0`;
}
