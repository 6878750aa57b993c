/** The document of what packages export, made of declarations and their doc comments. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { readTree, repositoryRoot } from "./source-tree.ts";

interface ExportedName {
  readonly name: string;
  /** Where it comes from: a file or a package. */
  readonly from: string;
}

interface Declaration {
  readonly kind: "function" | "class" | "interface" | "type" | "const";
  /** The source from the word `export` on. */
  readonly source: string;
  readonly comment: string;
}

/** What users import, by the module. */
const MODULES: readonly (readonly [string, string])[] = [
  ["millrace", "packages/millrace/src/index.ts"],
  ["millrace/kafka", "packages/millrace/src/connect/kafka.ts"],
  ["millrace/testing", "packages/millrace/src/testing.ts"],
];

export function apiDocument(): string {
  const sources = new Map([...readTree("packages", ".ts")].filter(([path]) => !/\.(test|test-d)\.ts$/.test(path)));
  const sections = MODULES.flatMap(([module, path]) => {
    const entries = exportsOf(readFileSync(join(repositoryRoot, path), "utf8"), path)
      .sort((a, b) => (a.name.toLowerCase() < b.name.toLowerCase() ? -1 : 1))
      .map((exported) => entryOf(exported, sources));
    return [`## ${module}`, ...entries];
  });
  return `${[
    "# What the packages export",
    "Generated from the code by `node scripts/generate-reference.ts`; do not edit. What it is for stands in the guide: [pipelines](../guide/pipelines.md),\n[windows](../guide/windows.md), [joins and patterns](../guide/joins-and-patterns.md), [functions](../guide/functions.md), [getting started](../guide/getting-started.md).",
    ...sections,
  ].join("\n\n")}\n`;
}

function exportsOf(text: string, path: string): ExportedName[] {
  const names: ExportedName[] = [];
  for (const [, list, from] of text.matchAll(/export (?:type )?\{([^}]*)\} from "([^"]+)"/g)) {
    for (const part of (list ?? "").split(",")) {
      const name = part.trim().replace(/^type /, "");
      if (name !== "") names.push({ name, from: resolved(from ?? "", path) });
    }
  }
  for (const [, name] of text.matchAll(/^export (?:async )?(?:function\*?|class|interface|type|const) (\w+)/gm)) {
    if (name !== undefined) names.push({ name, from: path });
  }
  return names.filter(({ name }, i) => names.findIndex((each) => each.name === name) === i);
}

/** The file, or the folder of the package. */
function resolved(from: string, path: string): string {
  if (from.startsWith(".")) return join(path, "..", from);
  return `packages/${from.replace(/^@millrace\//, "").replace(/^connector-/, "connectors/")}/`;
}

function entryOf({ name, from }: ExportedName, sources: ReadonlyMap<string, string>): string {
  const own = [...sources].filter(([path]) => path.startsWith(from));
  const declaration = [...own, ...sources].map(([, text]) => declarationOf(name, text)).find((each) => each !== null);
  if (declaration == null) throw new Error(`${name} is exported from ${from}, but not declared anywhere`);
  const { kind, source, comment } = declaration;
  const { description, example } = parted(comment);
  const members = kind === "class" ? membersOf(source) : [];
  return [
    `### ${name}`,
    ...(description === "" ? [] : [description]),
    `\`\`\`ts\n${signatureOf(declaration)}\n\`\`\``,
    ...(example === "" ? [] : [`\`\`\`ts\n${example}\n\`\`\``]),
    ...(members.length === 0 ? [] : [members.join("\n")]),
  ].join("\n\n");
}

function declarationOf(name: string, text: string): Declaration | null {
  const start = new RegExp(
    `^export (?:declare )?(?:abstract )?(?:async )?(function\\*?|class|interface|type|const) ${name}\\b`,
    "m",
  );
  const match = start.exec(text);
  if (match === null) return null;
  const before = text.slice(0, match.index);
  const comment = /\/\*\*(?:(?!\*\/)[\s\S])*\*\/\n$/.exec(before)?.[0] ?? "";
  const kind = (match[1] as string).replace("*", "") as Declaration["kind"];
  return { kind, source: text.slice(match.index), comment: comment.slice(comment.lastIndexOf("/**")) };
}

function signatureOf({ kind, source }: Declaration): string {
  const text = source.replace(/^export (declare )?/, "");
  if (kind === "interface") return text.slice(0, text.indexOf("\n}") + 2);
  if (kind === "type") return text.slice(0, endOf(text, ";"));
  if (kind === "class") return text.slice(0, bodyOf(text)).trim();
  if (kind === "const") return text.slice(0, Math.min(endOf(text, "="), endOf(text, ";"))).trim();
  const head = /^(?:async )?function\*? (\w+)/.exec(text)?.[1] ?? "";
  const overloads = [...text.matchAll(new RegExp(`^(?:export )?function ${head}\\b[^{]*?;$`, "gm"))].map(([each]) =>
    each.replace("export ", ""),
  );
  return overloads.length > 0 ? overloads.join("\n") : text.slice(0, bodyOf(text)).trim();
}

/** The public methods and properties of a class. */
function membersOf(source: string): string[] {
  const end = source.indexOf("\n}");
  const lines = source.slice(0, end).split("\n");
  const members: string[] = [];
  for (let i = 1; i < lines.length; i++) {
    const line = lines[i] ?? "";
    if (!/^ {2}(?:readonly |get |async |\*)?\[?\w/.test(line)) continue;
    if (/^ {2}(?:constructor|protected|readonly #|readonly node)\b/.test(line) || line.includes("#")) continue;
    let first = i;
    if (/^ {3}?\*\//.test(lines[i - 1] ?? "") || /^ {2}\/\*\*.*\*\/$/.test(lines[i - 1] ?? "")) {
      first = i - 1;
      while (!(lines[first] ?? "").startsWith("  /**")) first--;
    }
    const rest = lines.slice(i).join("\n").slice(2);
    const isMethod = /^(?:get |async |\*)?(?:\w+|\[[\w.]+\])[<(]/.test(rest);
    const stop = Math.min(bodyOf(rest), endOf(rest, ";"), isMethod ? rest.length : endOf(rest, "="));
    // What follows overloads is how they are done.
    const name = /^(?:get |async |\*)?([\w[\].]+)/.exec(rest)?.[1];
    const isOverloaded = /^- `(?:get |async |\*)?([\w[\].]+)/.exec(members.at(-1) ?? "")?.[1] === name;
    if (isMethod && isOverloaded && rest[stop] !== ";") continue;
    const { description } = parted(lines.slice(first, i).join("\n"));
    const signature = rest.slice(0, stop).trim().replace(/\s+/g, " ");
    if (!/^(?:return|if|for|const|while|switch|throw|await|this|yield)\b/.test(signature)) {
      members.push(`- \`${signature}\`${description === "" ? "" : `: ${description.replace(/\n/g, " ")}`}`);
    }
  }
  return members;
}

/** Where a character stands outside of brackets; the length of the text if nowhere. */
function endOf(code: string, wanted: string): number {
  const text = withoutProse(code);
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    const each = text[i] as string;
    const isArrow = wanted === "=" && (text[i + 1] === ">" || /[=<>!]/.test(text[i - 1] ?? ""));
    if (depth === 0 && each === wanted && !isArrow) return i;
    if ("({[".includes(each)) depth++;
    else if (")}]".includes(each)) depth--;
    if (depth < 0) return i;
  }
  return text.length;
}

/** Where the body of a function or class begins: the first brace that is no type. */
function bodyOf(code: string): number {
  const text = withoutProse(code);
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    const each = text[i] as string;
    const before = text.slice(0, i).trimEnd();
    if (each === "{" && depth === 0 && !/[:|&=<,(?]$|=>$|\b(?:extends|is|infer|readonly)$/.test(before)) return i;
    if ("({[".includes(each)) depth++;
    else if (")}]".includes(each)) depth--;
  }
  return text.length;
}

/** The code with comments and texts blanked out, of the same length. */
function withoutProse(code: string): string {
  const blank = (text: string) => text.replace(/[^\n]/g, "_");
  return code.slice(0, 20_000).replace(/\/\*[\s\S]*?\*\/|\/\/.*|"[^"\n]*"|`[^`]*`/g, blank);
}

/** A doc comment without its stars: the text, and the code of its example. */
function parted(comment: string): { readonly description: string; readonly example: string } {
  const lines = comment
    .replace(/^\s*\/\*\*|\*\/\s*$/g, "")
    .split("\n")
    .map((line) => line.replace(/^\s*\* ?/, ""));
  const text = lines.join("\n");
  const [description = "", example = ""] = text.split(/^@example\s*$/m);
  return { description: description.trim(), example: example.trim() };
}
