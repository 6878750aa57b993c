/**
 * Writes docs/reference/options.md from the option schemas in the code, functions.md from the registry of functions, api.md from declarations. With --check only
 * says whether they are up to date.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ConnectorFactory, FormatFactory, OptionSchema, OptionSpec } from "@millrace/core";
import { formatType } from "@millrace/core";
import { aggregateFunctions, functionFamilies } from "@millrace/plan";
import { lookupOptionSchema, tableOptionSchema } from "@millrace/runtime";
import { settingSchema } from "@millrace/sql";
import { ConnectorLoader } from "millrace";
import { apiDocument } from "./api-reference.ts";
import { repositoryRoot } from "./source-tree.ts";

const folder = join(repositoryRoot, "docs", "reference");

/** The documents as they should be, by name. */
async function generateReference(): Promise<ReadonlyMap<string, string>> {
  return new Map([
    ["options.md", await optionsDocument()],
    ["functions.md", functionsDocument()],
    ["api.md", apiDocument()],
  ]);
}

/** Names of documents in the repository that are not what the code gives. */
export async function outdatedReferences(): Promise<readonly string[]> {
  const documents = await generateReference();
  return [...documents].filter(([name, text]) => !isCurrent(name, text)).map(([name]) => name);
}

function isCurrent(name: string, text: string): boolean {
  const path = join(folder, name);
  return existsSync(path) && readFileSync(path, "utf8") === text;
}

function functionsDocument(): string {
  const sections = [
    "# Functions",
    "Generated from the code by `node scripts/generate-reference.ts`; do not edit.",
    "Names, arguments, result types, NULLs and errors are Flink 2.3's, checked against Flink itself: see\n[tests/functions](../../tests/functions/README.md), where the few differences are listed with their reasons.\nAll that Flink has are there. NULL in gives NULL out unless said otherwise. What is wrong with a value (`EXPRESSION_FAILED`) fails the job.",
    "## Aggregates",
    "All of them take `FILTER (WHERE condition)`, leave NULLs out unless said otherwise, and follow rows that are updated or taken back.",
    functionTable(aggregateFunctions),
    ...functionFamilies.flatMap(({ title, functions }) => [`## ${title}`, functionTable(functions)]),
  ];
  return `${sections.join("\n\n")}\n`;
}

function functionTable(
  functions: readonly {
    readonly signature: string;
    readonly description: string;
    readonly aliases?: readonly string[];
  }[],
): string {
  const rows = functions.map(({ signature, description, aliases = [] }) => {
    const others =
      aliases.length === 0 ? "" : ` Also: ${aliases.map((name) => `\`${name.toUpperCase()}\``).join(", ")}.`;
    return [`\`${signature}\``, `${description}${others}`];
  });
  return grid(["function", "gives"], rows);
}

async function optionsDocument(): Promise<string> {
  const { connectors, formats } = await ConnectorLoader.everything();
  const sections = [
    "# Options of tables and settings",
    "Generated from the code by `node scripts/generate-reference.ts`; do not edit.",
    "Durations are texts such as `500 ms`, `10 s`, `5 min`; sizes such as `64 kb`. A name that ends in `*` stands for all names with that\nprefix.",
    "## Every table",
    table({
      connector: { type: "string", required: true, description: "Name of the connector." },
      ...tableOptionSchema,
    }),
    "### Look-ups",
    "Of a table that a [lookup join](sql.md#lookup-joins) looks up.",
    table(lookupOptionSchema),
    ...sorted(connectors).flatMap(connectorSection),
    ...sorted(formats).flatMap(formatSection),
    "## Settings",
    "`SET 'key' = 'value'` in a script or the shell.",
    table(settingSchema),
  ];
  return `${sections.join("\n\n")}\n`;
}

function connectorSection(connector: ConnectorFactory): string[] {
  const uses = [
    ...(connector.createSource === undefined ? [] : ["read"]),
    ...(connector.createLookup === undefined ? [] : ["looked up by key"]),
    ...(connector.createSink === undefined ? [] : ["written"]),
  ];
  const parts = [`## Connector \`${connector.name}\``, `Can be ${uses.join(" and ")}.`];
  const formatOptions = connector.formatOptions ?? [];
  if (formatOptions.length > 0) {
    parts.push(`Takes formats: ${formatOptions.map((name) => `\`'${name}'\``).join(", ")}.`);
  }
  if (Object.keys(connector.options).length > 0) parts.push(table(connector.options));
  if (connector.metadata !== undefined && connector.metadata.length > 0) {
    const rows = connector.metadata.map(({ key, type, writable }) => [
      `\`${key}\``,
      formatType(type),
      writable ? "read and written" : "read",
    ]);
    parts.push("Metadata columns:", grid(["key", "type", "may be"], rows));
  }
  return parts;
}

function formatSection(format: FormatFactory): string[] {
  const title = `## Format \`${format.name}\``;
  if (Object.keys(format.options).length === 0) return [title, "No options."];
  const options = Object.fromEntries(
    Object.entries(format.options).map(([name, spec]) => [`${format.name}.${name}`, spec]),
  );
  return [title, table(options)];
}

function table(schema: OptionSchema): string {
  const rows = Object.entries(schema).map(([name, spec]) => [
    `\`${name}\``,
    typeText(spec),
    spec.required === true ? "required" : spec.default === undefined ? "" : `\`${spec.default}\``,
    spec.description,
  ]);
  return grid(["option", "type", "default", "means"], rows);
}

function typeText({ type, values, min, max }: OptionSpec): string {
  if (type === "enum" && values !== undefined) return values.map((value) => `\`${value}\``).join(", ");
  const bounds = [...(min === undefined ? [] : [`at least ${min}`]), ...(max === undefined ? [] : [`at most ${max}`])];
  return [type, ...bounds].join(", ");
}

function grid(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), `|${head.map(() => "---").join("|")}|`, ...rows.map(line)].join("\n");
}

function sorted<T extends { readonly name: string }>(things: readonly T[]): readonly T[] {
  return things.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

if (process.argv[1] === import.meta.filename) {
  if (!process.argv.includes("--check")) {
    for (const [name, text] of await generateReference()) writeFileSync(join(folder, name), text);
  } else {
    for (const name of await outdatedReferences()) {
      console.error(`docs/reference/${name} is out of date: run node scripts/generate-reference.ts`);
      process.exitCode = 1;
    }
  }
}
