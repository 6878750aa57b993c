/** Proves from the import statements that packages, folders of core, and files depend in one direction only. */
import { posix } from "node:path";
import { readTree } from "./source-tree.ts";

/** Package -> the packages it may import. `cli` is the composition root. */
const PACKAGE_LAYERS: Record<string, readonly string[]> = {
  core: [],
  plan: ["core"],
  sql: ["core", "plan"],
  stream: ["core", "plan"],
  runtime: ["core", "plan"],
  formats: ["core"],
  "connectors/*": ["core"],
  testkit: ["core", "plan", "runtime", "stream"],
  millrace: ["core", "plan", "sql", "stream", "runtime", "formats", "connectors/*", "testkit"],
  cli: ["core", "plan", "sql", "stream", "runtime", "formats", "connectors/*", "testkit", "millrace"],
};

/** Inside core: a folder imports only from lower numbers and itself; errors.ts, hash.ts and metrics.ts are 0. */
const CORE_ORDER: Record<string, number> = {
  batch: 1,
  time: 2,
  state: 3,
  window: 4,
  aggregate: 4,
  // Row patterns: the operator of MATCH_RECOGNIZE and that of the pattern API run on it.
  pattern: 4,
  over: 5,
  // Records of programs: JavaScript values, code and state by key.
  record: 5,
  operator: 6,
  connector: 7,
  "index.ts": 8,
};

const IMPORT =
  /(?:^|[;}\s])(?:import|export)\b(\s+type\b)?(?:[^"'`;()]*?\bfrom)?\s*["']([^"'\n]+)["']|\bimport\(\s*["']([^"'\n]+)["']/g;

interface Import {
  readonly name: string;
  /** `import type` and `export type`: nothing is loaded when the program runs. */
  readonly typeOnly: boolean;
}

/** The import and export-from statements of a file, and its calls of import() with a literal. */
export function importsOf(text: string): Import[] {
  const code = text.replace(/\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/.*$/gm, "");
  return [...code.matchAll(IMPORT)].map(([, type, name, dynamic]) => ({
    name: (name ?? dynamic) as string,
    typeOnly: type !== undefined,
  }));
}

/** The violations in a tree of files (path from the repository root -> text), one sentence each. Tests are exempt. */
export function checkLayers(tree: ReadonlyMap<string, string>): string[] {
  const problems: string[] = [];
  const graph = new Map<string, string[]>();
  for (const [path, text] of tree) {
    const from = packageOf(path);
    if (from === undefined || path.endsWith(".test.ts")) continue;
    const layer = from.startsWith("connectors/") ? "connectors/*" : from;
    const allowed = PACKAGE_LAYERS[layer];
    if (allowed === undefined) {
      problems.push(`${path}: the package ${from} is not in the table of layers`);
      continue;
    }
    const edges: string[] = [];
    for (const { name, typeOnly } of importsOf(text)) {
      if (name.startsWith(".")) {
        const target = posix.join(posix.dirname(path), name);
        // Types that are recursive over neighbouring files (a syntax tree) are no cycle of modules.
        if (!typeOnly || posix.dirname(target) !== posix.dirname(path)) edges.push(target);
        if (packageOf(target) !== from) problems.push(`${path}: ${name} leaves the package; import it by its name`);
        else if (from === "core") problems.push(...coreProblems(path, target));
        continue;
      }
      const to = workspacePackage(name);
      if (to !== undefined && !allowed.includes(to)) problems.push(`${path}: ${layer} may not import ${name}`);
      if (from === "core" && to === undefined) problems.push(`${path}: core imports nothing from outside, not ${name}`);
    }
    graph.set(path, edges);
  }
  return [...problems, ...cycles(graph).map((cycle) => `import cycle: ${cycle.join(" -> ")}`)];
}

function coreProblems(path: string, target: string): string[] {
  const [from, to] = [path, target].map((file) => file.slice("packages/core/src/".length)) as [string, string];
  const [fromFolder, toFolder] = [from, to].map((file) => file.split("/")[0]) as [string, string];
  if (fromFolder === toFolder) {
    const betweenOperators = fromFolder === "operator" && to !== "operator/operator.ts";
    return betweenOperators ? [`${path}: operators never import operators, not ${to}`] : [];
  }
  const [fromOrder, toOrder] = [fromFolder, toFolder].map((folder) => CORE_ORDER[folder] ?? 0) as [number, number];
  if (fromOrder === 0) return [`${path}: a leaf of core imports nothing, not ${to}`];
  return toOrder < fromOrder ? [] : [`${path}: ${fromFolder} is below ${toFolder} in core, it may not import ${to}`];
}

/** One cycle per group of files that reach each other, by depth-first search; each ends with the file it starts with. */
function cycles(graph: ReadonlyMap<string, readonly string[]>): string[][] {
  const found: string[][] = [];
  const finished = new Set<string>();
  const path: string[] = [];
  const visit = (file: string): void => {
    if (finished.has(file)) return;
    const start = path.indexOf(file);
    if (start >= 0) {
      found.push([...path.slice(start), file]);
      return;
    }
    path.push(file);
    for (const target of graph.get(file) ?? []) visit(target);
    path.pop();
    finished.add(file);
  };
  for (const file of graph.keys()) visit(file);
  return found;
}

function packageOf(path: string): string | undefined {
  return /^packages\/((?:connectors\/)?[^/]+)\/src\//.exec(path)?.[1];
}

function workspacePackage(name: string): string | undefined {
  if (/^@millrace\/connector-/.test(name)) return "connectors/*";
  return /^@millrace\/([^/]+)/.exec(name)?.[1] ?? (/^millrace(\/|$)/.test(name) ? "millrace" : undefined);
}

if (process.argv[1] === import.meta.filename) {
  const tree = readTree("packages", ".ts");
  const problems = checkLayers(tree);
  for (const problem of problems) console.error(problem);
  console.log(`layers: ${tree.size} files, ${problems.length} problems`);
  process.exitCode = problems.length === 0 ? 0 : 1;
}
