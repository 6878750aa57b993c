/** PRINTF: java.util.Formatter, as far as numbers, text and booleans go. */
import { type DataType, formatDecimal, formatTimestamp } from "@millrace/core";
import { castBetween } from "./cast-value.ts";

/** What the pattern cannot be filled with gives NULL, as in Flink. */
class FormatMismatch extends Error {}

const SPECIFIER = /%(?:(\d+)\$|(<))?([-#+ 0,(]*)(\d+)?(?:\.(\d+))?([a-zA-Z%])/y;

interface Specifier {
  readonly flags: string;
  readonly width: number;
  readonly precision: number | undefined;
  readonly conversion: string;
}

/** The pattern filled with values of the given types; NULL if it is malformed or a value does not fit. */
export function printf(pattern: string, values: readonly unknown[], types: readonly DataType[]): string | null {
  try {
    return format(pattern, values, types);
  } catch (error) {
    if (error instanceof FormatMismatch) return null;
    throw error;
  }
}

function format(pattern: string, values: readonly unknown[], types: readonly DataType[]): string {
  let out = "";
  let next = 0;
  let last = -1;
  for (let at = 0; at < pattern.length; ) {
    if (pattern[at] !== "%") {
      const end = pattern.indexOf("%", at);
      out += pattern.slice(at, end < 0 ? undefined : end);
      at = end < 0 ? pattern.length : end;
      continue;
    }
    SPECIFIER.lastIndex = at;
    const match = SPECIFIER.exec(pattern);
    if (match === null) throw new FormatMismatch();
    at = SPECIFIER.lastIndex;
    const [, index, previous, flags, width, precision, conversion] = match;
    const specifier: Specifier = {
      flags,
      width: Number(width ?? 0),
      precision: precision === undefined ? undefined : Number(precision),
      conversion,
    };
    if (width === undefined && /[-0]/.test(flags)) throw new FormatMismatch();
    if (conversion === "n" || conversion === "%") {
      out += conversion === "n" ? "\n" : padded("%", specifier);
      continue;
    }
    last = previous !== undefined ? last : index !== undefined ? Number(index) - 1 : next++;
    if (last < 0 || last >= values.length) throw new FormatMismatch();
    out += converted(specifier, values[last], types[last]);
  }
  return out;
}

function converted(specifier: Specifier, value: unknown, type: DataType): string {
  const lower = specifier.conversion.toLowerCase();
  const isUpper = lower !== specifier.conversion;
  const text = padded(body(specifier, lower, value, type), specifier);
  if (isUpper && !"sbxeg".includes(lower)) throw new FormatMismatch();
  return isUpper ? text.toUpperCase() : text;
}

function padded(text: string, { flags, width }: Specifier): string {
  return flags.includes("-") ? text.padEnd(width) : text.padStart(width);
}

function body(specifier: Specifier, conversion: string, value: unknown, type: DataType): string {
  const cut = (text: string) => (specifier.precision === undefined ? text : text.slice(0, specifier.precision));
  switch (conversion) {
    case "s":
      return cut(value === null ? "null" : textOf(value, type));
    case "b":
      return cut(value === null ? "false" : String(type.kind === "boolean" ? value : true));
    case "d":
    case "x":
    case "o":
      if (value === null) return "null";
      if (!["tinyint", "smallint", "int", "bigint"].includes(type.kind) || specifier.precision !== undefined) break;
      return integer(specifier, conversion, BigInt(value as number | bigint), type);
    case "f":
    case "e":
    case "g":
      if (value === null) return "null";
      if (type.kind !== "float" && type.kind !== "double") break;
      return double(specifier, conversion, value as number);
  }
  throw new FormatMismatch();
}

function textOf(value: unknown, type: DataType): string {
  if (type.kind === "decimal") return formatDecimal(value as number | bigint, type.scale);
  if (type.kind === "boolean") return value === true ? "true" : "false";
  if (type.kind === "date") return String(value);
  if (type.kind === "timestamp") {
    const text = formatTimestamp(value as number, 6).replace(" ", "T");
    return text.replace(/(?::00)?\.?0*$/, (zeros) => (zeros.startsWith(":") || zeros.startsWith(".") ? "" : zeros));
  }
  const cast = castBetween(type, { kind: "varchar", length: 2147483647, nullable: true });
  if (cast === undefined) throw new FormatMismatch();
  return String(cast(value as never, "UTC"));
}

const bits: Partial<Record<DataType["kind"], number>> = { tinyint: 8, smallint: 16, int: 32 };

function integer(specifier: Specifier, conversion: string, value: bigint, type: DataType): string {
  if (conversion === "d") return signed(specifier, String(value < 0n ? -value : value), value < 0n);
  const digits = BigInt.asUintN(bits[type.kind] ?? 64, value).toString(conversion === "x" ? 16 : 8);
  const prefix = specifier.flags.includes("#") ? (conversion === "x" ? "0x" : "0") : "";
  const zeros = specifier.flags.includes("0") ? specifier.width - prefix.length : 0;
  return prefix + digits.padStart(zeros, "0");
}

function double(specifier: Specifier, conversion: string, value: number): string {
  const isNegative = value < 0 || Object.is(value, -0);
  if (!Number.isFinite(value))
    return Number.isNaN(value)
      ? "NaN"
      : signed({ ...specifier, flags: specifier.flags.replace("0", "") }, "Infinity", isNegative);
  const magnitude = Math.abs(value);
  const { precision = 6 } = specifier;
  if (conversion === "e") return signed(specifier, exponential(magnitude, precision), isNegative);
  if (conversion === "f") return signed(specifier, fixed(magnitude, precision), isNegative);
  const digits = precision === 0 ? 1 : precision;
  const rounded = Number(magnitude.toPrecision(digits));
  const inRange = rounded === 0 || (rounded >= 1e-4 && rounded < 10 ** digits);
  const whole = rounded === 0 ? 1 : Math.floor(Math.log10(rounded)) + 1;
  return signed(
    specifier,
    inRange ? fixed(magnitude, Math.max(0, digits - whole)) : exponential(magnitude, digits - 1),
    isNegative,
  );
}

/** Half up on the shortest decimal form, as Java. */
function fixed(magnitude: number, places: number): string {
  const [digits, exponent = "0"] = magnitude.toExponential().split("e");
  const [first, rest = ""] = digits.split(".");
  const drop = rest.length - Number(exponent) - places;
  const all = BigInt(first + rest);
  const unscaled = drop <= 0 ? all * 10n ** BigInt(-drop) : (all / 10n ** BigInt(drop - 1) + 5n) / 10n;
  return formatDecimal(unscaled, places);
}

function exponential(magnitude: number, places: number): string {
  const [digits, exponent] = magnitude.toExponential(Math.min(places, 100)).split("e");
  const power = Number(exponent);
  return `${digits}e${power < 0 ? "-" : "+"}${String(Math.abs(power)).padStart(2, "0")}`;
}

/** Sign, groups of thousands and leading zeros by the flags. */
function signed({ flags, width }: Specifier, digits: string, isNegative: boolean): string {
  const grouped = flags.includes(",")
    ? digits.replace(/^\d+/, (whole) => whole.replace(/\B(?=(?:\d{3})+$)/g, ","))
    : digits;
  const [open, close] = isNegative
    ? flags.includes("(")
      ? ["(", ")"]
      : ["-", ""]
    : [flags.includes("+") ? "+" : flags.includes(" ") ? " " : "", ""];
  const zeros = flags.includes("0") ? width - open.length - close.length : 0;
  return open + grouped.padStart(zeros, "0") + close;
}
