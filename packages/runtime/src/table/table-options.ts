/**
 * Splits the WITH options of a table by owner, the connector, its formats and the engine, and checks them in one go: what is
 * unknown, missing or malformed is told in one error with everything that is known.
 */
import {
  type ConnectorFactory,
  type FormatFactory,
  MillraceError,
  type OptionSchema,
  type OptionSpec,
  type OptionValues,
  parseOptions,
} from "@millrace/core";
import { type LookupOptions, lookupOptionSchema, lookupOptionsOf } from "../lookup/lookup-options.ts";
import type { Registry } from "../registry.ts";
import type { BadRecordPolicy } from "./bad-records.ts";

/** Options that every table has, whatever its connector. */
export const tableOptionSchema: OptionSchema = {
  "bad-records": {
    type: "enum",
    values: ["fail", "skip", "dead-letter"],
    description: "What to do with a record that cannot be decoded",
  },
  "bad-records.path": { type: "string", description: "File that bad-records = dead-letter appends to" },
  "scan.watermark.idle-timeout": {
    type: "duration",
    description: "A quiet partition holds the watermark back for this long",
  },
};

/** A format in use by a table, under the option that names it. */
export interface TableFormat {
  readonly factory: FormatFactory;
  readonly options: OptionValues;
}

export interface TableOptions {
  readonly connector: ConnectorFactory;
  /** The connector's own. */
  readonly options: OptionValues;
  /** By option: `format`, `key.format`, `value.format`. */
  readonly formats: ReadonlyMap<string, TableFormat>;
  readonly badRecords: BadRecordPolicy;
  /** Ms; null if not given. */
  readonly idleTimeoutMs: number | null;
  /** How it is looked up. */
  readonly lookup: LookupOptions;
}

/** Checks the options of a table. `owner` stands before messages: `table 'events'`. Errors: OPTION_INVALID. */
export function parseTableOptions(
  raw: { readonly [name: string]: string },
  registry: Registry,
  owner: string,
): TableOptions {
  if (raw.connector === undefined) {
    throw new MillraceError({
      code: "OPTION_INVALID",
      message: `${owner}: missing option 'connector'. Known connectors: ${registry.connectorNames.join(", ") || "none"}`,
    });
  }
  const connector = registry.connector(raw.connector, owner);
  const schema: Record<string, OptionSpec> = { ...connector.options };
  const formatsInUse: { readonly option: string; readonly factory: FormatFactory; readonly prefix: string }[] = [];
  for (const option of connector.formatOptions ?? []) {
    schema[option] ??= { type: "string", description: "Format of the records", values: registry.formatNames };
    const name = raw[option];
    if (name === undefined) continue;
    const factory = registry.format(name, owner);
    const prefix = `${option.slice(0, -"format".length)}${factory.name}.`;
    formatsInUse.push({ option, factory, prefix });
    for (const [key, spec] of Object.entries(factory.options)) schema[prefix + key] = spec;
  }
  const { connector: _name, ...given } = raw;
  // Those of look-ups are many: they are told apart, so that an error about another option need not list them.
  const isOfLookup = (option: string) => option.startsWith("lookup.") && schema[option] === undefined;
  const pick = (isPicked: (option: string) => boolean) =>
    Object.fromEntries(Object.entries(given).filter(([option]) => isPicked(option)));
  const who = `${owner}, connector '${connector.name}'`;
  const values = parseOptions(
    { ...schema, ...tableOptionSchema },
    pick((option) => !isOfLookup(option)),
    who,
  );
  const lookup = lookupOptionsOf(parseOptions(lookupOptionSchema, pick(isOfLookup), who), owner);

  const formats = new Map<string, TableFormat>();
  for (const { option, factory, prefix } of formatsInUse) {
    formats.set(option, { factory, options: withPrefix(values, prefix, factory.options) });
  }
  const idleTimeout = values["scan.watermark.idle-timeout"];
  return {
    connector,
    options: withPrefix(values, "", connector.options),
    formats,
    badRecords: badRecordPolicyOf(values, formats, owner),
    idleTimeoutMs: typeof idleTimeout === "number" ? idleTimeout : null,
    lookup,
  };
}

/** The values that belong to `schema`, under its names. */
function withPrefix(values: OptionValues, prefix: string, schema: OptionSchema): OptionValues {
  const own: Record<string, OptionValues[string]> = {};
  for (const name of Object.keys(schema)) {
    if (!name.endsWith("*")) {
      if (values[prefix + name] !== undefined) own[name] = values[prefix + name];
      continue;
    }
    const start = prefix + name.slice(0, -1);
    for (const [key, value] of Object.entries(values)) if (key.startsWith(start)) own[key.slice(prefix.length)] = value;
  }
  return own;
}

function badRecordPolicyOf(
  values: OptionValues,
  formats: ReadonlyMap<string, TableFormat>,
  owner: string,
): BadRecordPolicy {
  const path = values["bad-records.path"];
  const kind = values["bad-records"];
  if (kind === "dead-letter") {
    if (typeof path === "string") return { kind, path };
    throw new MillraceError({
      code: "OPTION_INVALID",
      message: `${owner}: 'bad-records' = 'dead-letter' needs the option 'bad-records.path': the file to append to`,
    });
  }
  if (path !== undefined) {
    throw new MillraceError({
      code: "OPTION_INVALID",
      message: `${owner}: 'bad-records.path' is used only with 'bad-records' = 'dead-letter'`,
    });
  }
  if (kind === "skip" || kind === "fail") return { kind };
  const isIgnoring = [...formats.values()].some(({ options }) => options["ignore-parse-errors"] === true);
  return { kind: isIgnoring ? "skip" : "fail" };
}
