import { type DataType, MAX_LENGTH, normalizeExact, parseDecimal, parseDuration } from "@millrace/core";
import { childrenOf, type FieldOptions, integerRange } from "./field-options.ts";
import { HashRandom } from "./hash-random.ts";

/** Makes the value of a field in a row, in the form of `valueAt`. */
export type ValueGenerator = (row: number) => unknown;

export interface GeneratorContext {
  readonly seed: number;
  readonly options: ReadonlyMap<string, FieldOptions>;
  /** Ms since the epoch. */
  readonly now: () => number;
}

const DAY_MS = 86_400_000;
const DEFAULT_TEXT_LENGTH = 100;
const DEFAULT_COLLECTION_LENGTH = 3;
/** Element `i` of the collection in row `r` is value `r * MAX_COLLECTION + i` of its elements. */
const MAX_COLLECTION = 4096;
const NO_OPTIONS: FieldOptions = {};

/** `name`: dotted, as in `fields.<name>.kind`; it also chooses the random numbers, so a field's values depend on nothing else. */
export function createValueGenerator(name: string, type: DataType, context: GeneratorContext): ValueGenerator {
  const options = context.options.get(name) ?? NO_OPTIONS;
  const nullRate = Number(options["null-rate"] ?? 0);
  const generate = options.kind === "sequence" ? sequence(type, options) : randomValue(name, type, options, context);
  if (nullRate === 0) return generate;
  const random = new HashRandom(context.seed, `${name}?`);
  return (row) => (random.at(row).uniform() < nullRate ? null : generate(row));
}

/** How many values the shortest sequence has; Infinity if there is none. */
export function sequenceLength(options: ReadonlyMap<string, FieldOptions>): number {
  let shortest = Number.POSITIVE_INFINITY;
  for (const { kind, start, end } of options.values()) {
    if (kind === "sequence") shortest = Math.min(shortest, Math.floor(Number(end)) - Math.floor(Number(start)) + 1);
  }
  return Math.max(0, shortest);
}

function sequence(type: DataType, { start }: FieldOptions): ValueGenerator {
  const first = BigInt(Math.floor(Number(start)));
  const exact = /^[+-]?\d+$/.test(start) ? BigInt(start) : first;
  const value = (row: number) => exact + BigInt(row);
  switch (type.kind) {
    case "char":
    case "varchar":
      return (row) => value(row).toString();
    case "decimal":
      return (row) => normalizeExact(value(row) * 10n ** BigInt(type.scale));
    case "bigint":
      return (row) => normalizeExact(value(row));
    default:
      return (row) => Number(value(row));
  }
}

function randomValue(name: string, type: DataType, options: FieldOptions, context: GeneratorContext): ValueGenerator {
  const random = new HashRandom(context.seed, name);
  switch (type.kind) {
    case "boolean":
      return (row) => random.at(row).bits() < 0;
    case "tinyint":
    case "smallint":
    case "int":
    case "bigint": {
      const [least, most] = integerRange(type);
      const min = options.min === undefined ? least : BigInt(options.min);
      const max = options.max === undefined ? most : BigInt(options.max);
      return (row) => normalizeExact(random.at(row).integer(min, max));
    }
    case "float":
    case "double": {
      const limit = type.kind === "float" ? 3.4028234663852886e38 : Number.MAX_VALUE;
      const min = Number(options.min ?? -limit);
      const max = Number(options.max ?? limit);
      const round = type.kind === "float" ? Math.fround : (value: number) => value;
      return (row) => {
        const u = random.at(row).uniform();
        return round(min * (1 - u) + max * u);
      };
    }
    case "decimal": {
      const limit = 10n ** BigInt(type.precision) - 1n;
      const min = unscaledOf(options.min, type.precision, type.scale) ?? -limit;
      const max = unscaledOf(options.max, type.precision, type.scale) ?? limit;
      return (row) => normalizeExact(random.at(row).integer(min, max));
    }
    case "char":
    case "varchar": {
      const length = lengthOf(type.length, options);
      return (row) => hexText(random.at(row), length(random));
    }
    case "binary":
    case "varbinary": {
      const length = lengthOf(type.length, options);
      return (row) => Uint8Array.from({ length: length(random.at(row)) }, () => random.bits() & 0xff);
    }
    case "date":
      return () => Math.floor(context.now() / DAY_MS);
    case "time":
      return () => Math.floor(context.now()) % DAY_MS;
    case "timestamp":
    case "timestamp_ltz": {
      const maxPastMs = parseDuration(options["max-past"] ?? "0") ?? 0;
      return (row) => Math.floor(context.now()) - Math.floor(random.at(row).uniform() * maxPastMs);
    }
    case "interval_day_time":
      return (row) => Number(random.at(row).integer(0n, BigInt(DAY_MS)));
    case "interval_year_month":
      return (row) => Number(random.at(row).integer(0n, 120n));
    case "row": {
      const children = childrenOf(name, type).map((child) => createValueGenerator(child.name, child.type, context));
      return (row) => children.map((child) => child(row));
    }
    case "array": {
      const [element] = childrenOf(name, type).map((child) => createValueGenerator(child.name, child.type, context));
      return elements(options, element);
    }
    case "multiset": {
      const [element] = childrenOf(name, type).map((child) => createValueGenerator(child.name, child.type, context));
      const list = elements(options, element);
      return (row) => {
        const counts = new Map<unknown, number>();
        for (const value of list(row)) counts.set(value, (counts.get(value) ?? 0) + 1);
        return counts;
      };
    }
    case "map": {
      const [key, value] = childrenOf(name, type).map((child) => createValueGenerator(child.name, child.type, context));
      const keys = elements(options, key);
      const mapped = elements(options, value);
      return (row) => {
        const values = mapped(row);
        return new Map(keys(row).map((entry, i) => [entry, values[i]]));
      };
    }
    case "bitmap":
    case "variant":
    case "null":
    case "value":
      return () => null;
  }
}

function elements(options: FieldOptions, element: ValueGenerator): (row: number) => unknown[] {
  const length = Math.min(MAX_COLLECTION, Number(options.length ?? DEFAULT_COLLECTION_LENGTH));
  return (row) => Array.from({ length }, (_, i) => element(row * MAX_COLLECTION + i));
}

function unscaledOf(text: string | undefined, precision: number, scale: number): bigint | undefined {
  const value = text === undefined ? undefined : parseDecimal(text, precision, scale);
  return value === undefined || value === null ? undefined : BigInt(value);
}

/** Fixed, or with `var-len` from 1 to the given one. */
function lengthOf(declared: number, options: FieldOptions): (random: HashRandom) => number {
  const length = Number(options.length ?? (declared === MAX_LENGTH ? DEFAULT_TEXT_LENGTH : declared));
  if (!/^true$/i.test(options["var-len"] ?? "false")) return () => length;
  return (random) => (length === 0 ? 0 : 1 + Math.floor(random.uniform() * length));
}

function hexText(random: HashRandom, length: number): string {
  let text = "";
  while (text.length < length) text += (random.bits() >>> 0).toString(16).padStart(8, "0");
  return text.slice(0, length);
}
