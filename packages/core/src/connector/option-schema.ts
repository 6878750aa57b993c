/**
 * Options of connectors, formats and commands as data: one description serves checking, error texts, `--help` and docs.
 */
import { MillraceError } from "../errors.ts";
import { nearest } from "../nearest.ts";

export type OptionType = "string" | "integer" | "number" | "boolean" | "duration" | "bytes" | "enum" | "list";

export interface OptionSpec {
  readonly type: OptionType;
  /** One sentence. */
  readonly description: string;
  readonly required?: boolean;
  readonly default?: string;
  /** The values of an `enum`. */
  readonly values?: readonly string[];
  /** Smallest number allowed. */
  readonly min?: number;
  readonly max?: number;
}

/** Option specs by name. A name that ends in `*` stands for all names with that prefix (`properties.*`). */
export type OptionSchema = { readonly [name: string]: OptionSpec };

/** Checked values by name: string, number (duration in ms, bytes), boolean or list of strings; absent if not given and without default. */
export type OptionValues = { readonly [name: string]: string | number | boolean | readonly string[] | undefined };

/**
 * Checks raw options against a schema. `owner` says whose they are: "table 'events', connector 'filesystem'".
 * All faults are told at once, with the known options.
 */
export function parseOptions(
  schema: OptionSchema,
  raw: { readonly [name: string]: string },
  owner: string,
): OptionValues {
  const faults: string[] = [];
  const values: Record<string, string | number | boolean | readonly string[] | undefined> = {};
  for (const [name, text] of Object.entries(raw)) {
    const spec = schema[name] ?? specOfPrefix(schema, name);
    if (spec === undefined) {
      faults.push(`unknown option '${name}'${suggest(name, Object.keys(schema))}`);
      continue;
    }
    const value = parseOption(spec, text);
    if (value instanceof Error) faults.push(`option '${name}' = '${text}': ${value.message}`);
    else values[name] = value;
  }
  for (const [name, spec] of Object.entries(schema)) {
    if (name.endsWith("*") || Object.hasOwn(raw, name)) continue;
    if (spec.default !== undefined) values[name] = parseDefault(spec, spec.default);
    else if (spec.required === true) faults.push(`missing option '${name}' (${spec.description})`);
  }
  if (faults.length > 0) {
    const known = Object.entries(schema).map(([name, spec]) => (spec.required === true ? `${name} (required)` : name));
    throw new MillraceError({
      code: "OPTION_INVALID",
      message: `${owner}: ${faults.join("; ")}. Known options: ${known.length === 0 ? "none" : known.join(", ")}`,
    });
  }
  return values;
}

function specOfPrefix(schema: OptionSchema, name: string): OptionSpec | undefined {
  return Object.entries(schema).find(([key]) => key.endsWith("*") && name.startsWith(key.slice(0, -1)))?.[1];
}

function parseDefault(spec: OptionSpec, text: string) {
  const value = parseOption(spec, text);
  if (value instanceof Error) throw value;
  return value;
}

function parseOption(spec: OptionSpec, text: string): string | number | boolean | readonly string[] | Error {
  switch (spec.type) {
    case "string":
      return text;
    case "list":
      return text
        .split(/[;,]/)
        .map((part) => part.trim())
        .filter((part) => part !== "");
    case "enum": {
      const value = spec.values?.find((candidate) => candidate.toLowerCase() === text.toLowerCase());
      return value ?? new Error(`expected one of ${spec.values?.join(", ")}`);
    }
    case "boolean":
      return /^true$/i.test(text) ? true : /^false$/i.test(text) ? false : new Error("expected true or false");
    case "integer":
      return inRange(spec, /^[+-]?\d+$/.test(text.trim()) ? Number(text) : Number.NaN, "a whole number");
    case "number":
      return inRange(spec, text.trim() === "" ? Number.NaN : Number(text), "a number");
    case "duration":
      return inRange(spec, parseDuration(text) ?? Number.NaN, "a duration such as '500 ms', '10 s', '5 min' or '1 h'");
    case "bytes":
      return inRange(spec, parseBytes(text) ?? Number.NaN, "a size such as '64 kb', '16 mb' or '1 gb'");
  }
}

function inRange(spec: OptionSpec, value: number, expected: string): number | Error {
  if (!Number.isFinite(value)) return new Error(`expected ${expected}`);
  if (spec.min !== undefined && value < spec.min) return new Error(`must be at least ${spec.min}`);
  if (spec.max !== undefined && value > spec.max) return new Error(`must be at most ${spec.max}`);
  return value;
}

const durationUnits: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const unitAliases: Record<string, string> = {
  "": "ms",
  milli: "ms",
  millis: "ms",
  millisecond: "ms",
  milliseconds: "ms",
  sec: "s",
  secs: "s",
  second: "s",
  seconds: "s",
  min: "m",
  mins: "m",
  minute: "m",
  minutes: "m",
  hour: "h",
  hours: "h",
  day: "d",
  days: "d",
};

/** Ms of a text such as "5s", "500 ms", "1 h"; a bare number is ms (as in Flink). Undefined if it is none. */
export function parseDuration(text: string): number | undefined {
  const match = /^\s*(\d+(?:\.\d+)?)\s*([a-zA-Z]*)\s*$/.exec(text);
  if (match === null) return undefined;
  const unit = match[2].toLowerCase();
  const factor = durationUnits[unitAliases[unit] ?? unit];
  return factor === undefined ? undefined : Number(match[1]) * factor;
}

const byteUnits: Record<string, number> = {
  "": 1,
  b: 1,
  k: 1 << 10,
  kb: 1 << 10,
  kib: 1 << 10,
  m: 1 << 20,
  mb: 1 << 20,
  mib: 1 << 20,
  g: 1 << 30,
  gb: 1 << 30,
  gib: 1 << 30,
};

/** Bytes of a text such as "64 kb" (1 kb = 1,024); undefined if it is none. */
export function parseBytes(text: string): number | undefined {
  const match = /^\s*(\d+(?:\.\d+)?)\s*([a-zA-Z]*)\s*$/.exec(text);
  const factor = match === null ? undefined : byteUnits[match[2].toLowerCase()];
  return match === null || factor === undefined ? undefined : Math.floor(Number(match[1]) * factor);
}

/** ` (did you mean 'path'?)` for the nearest known name, or an empty text. */
export function suggest(name: string, known: readonly string[]): string {
  // Options of a driver stand under a prefix that is easily left out: bootstrap.servers, properties.bootstrap.servers.
  const best = nearest(name, known) ?? known.find((each) => each.endsWith(`.${name}`)) ?? null;
  return best === null ? "" : ` (did you mean '${best}'?)`;
}
