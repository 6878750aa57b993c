/** `millrace bench nexmark`: each query in a fresh process, so that peak memory and compiled code are its own. */
import { spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import { basename, resolve } from "node:path";
import { MillraceError, suggest } from "@millrace/core";
import type { CommandContext } from "../command-context.ts";
import { ExitCode } from "../exit-code.ts";
import { textTableOf } from "../output/table-output.ts";
import { projectFile } from "../project-folder.ts";
import { UsageError } from "../usage-error.ts";
import { cachedEventFile, provideEventFile } from "./event-file.ts";
import { flinkCpuSecondsPerMillion } from "./flink-figures.ts";
import { geometricMean } from "./geometric-mean.ts";
import type { QueryMeasure } from "./nexmark-query.ts";

export interface NexmarkOptions {
  readonly queries: string;
  readonly events: number;
  readonly source: "file" | "generator";
  readonly file?: string;
  readonly rate: number;
  readonly runs: number;
  readonly json?: boolean;
}

interface QueryResult {
  readonly query: string;
  readonly eventsPerSecond: number;
  readonly cpuSecondsPerMillion: number;
  readonly peakRssMiB: number;
  readonly rowsOut: number;
  readonly stateMiB: number;
  /** Null without state. */
  readonly stateBytesPerEntry: number | null;
  /** Null where Flink was not measured: see flink-figures.ts. */
  readonly flinkCpuSecondsPerMillion: number | null;
}

export async function runNexmark(options: NexmarkOptions, { out }: CommandContext): Promise<number> {
  const queries = chosenQueries(options.queries);
  const { source, events } = await inputOf(options);
  const results: QueryResult[] = [];
  let exitCode: number = ExitCode.done;
  for (const query of queries) {
    try {
      const result = await bestOf(query, source, events, options);
      results.push(result);
      if (options.json === true) await out.write(`${JSON.stringify(result)}\n`);
    } catch (error) {
      if (!(error instanceof MillraceError)) throw error;
      process.stderr.write(`millrace: ${error.message}\n`);
      exitCode = ExitCode.failed;
    }
  }
  if (options.json !== true) await out.write(reportOf(results, events));
  return exitCode;
}

function chosenQueries(list: string): readonly string[] {
  const known = readdirSync(projectFile("benchmarks", "nexmark", "queries"))
    .map((file) => basename(file, ".sql"))
    .sort((a, b) => Number(a.slice(1)) - Number(b.slice(1)));
  if (list === "all") return known;
  const chosen = list.split(",").map((name) => name.trim());
  for (const name of chosen) {
    if (!known.includes(name)) {
      throw new UsageError(`--queries: unknown query '${name}'${suggest(name, known)}; there are ${known.join(", ")}`);
    }
  }
  return chosen;
}

/** The WITH clause of the events, and how many there are. */
async function inputOf(options: NexmarkOptions): Promise<{ readonly source: string; readonly events: number }> {
  const { events, rate } = options;
  if (options.source === "generator") {
    if (options.file !== undefined) throw new UsageError("--file goes with --source file");
    return { source: `'connector' = 'nexmark', 'count' = '${events}', 'rate' = '${rate}'`, events };
  }
  const file = await provideEventFile(resolve(options.file ?? cachedEventFile(events, rate)), events, rate);
  const path = file.path.replaceAll("'", "''");
  return { source: `'connector' = 'filesystem', 'path' = '${path}', 'format' = 'json'`, events: file.events };
}

async function bestOf(
  query: string,
  source: string,
  events: number,
  { runs, source: kind }: NexmarkOptions,
): Promise<QueryResult> {
  const measures: QueryMeasure[] = [];
  for (let run = 0; run < runs; run++) measures.push(await measureInChild(query, source));
  return {
    query,
    eventsPerSecond: Math.round((events * 1000) / Math.min(...measures.map(({ wallMs }) => wallMs))),
    cpuSecondsPerMillion: (Math.min(...measures.map(({ cpuMs }) => cpuMs)) * 1000) / events,
    peakRssMiB: Math.max(...measures.map(({ peakRssBytes }) => peakRssBytes)) / 2 ** 20,
    rowsOut: measures[0].rowsOut,
    stateMiB: measures[0].stateBytes / 2 ** 20,
    stateBytesPerEntry: measures[0].stateEntries === 0 ? null : measures[0].stateBytes / measures[0].stateEntries,
    flinkCpuSecondsPerMillion: flinkCpuSecondsPerMillion(query, kind),
  };
}

/** Runs the query in a process of its own. Rejects if the process fails; it has told why. */
function measureInChild(query: string, source: string): Promise<QueryMeasure> {
  return new Promise((resolveMeasure, reject) => {
    const args = [...process.execArgv, process.argv[1], "bench", "nexmark-query", query, source];
    const env = { ...process.env, MILLRACE_ENSURED: "1" };
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"], env });
    let output = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
    child.on("error", reject);
    child.on("close", (code) => {
      if (code === 0) resolveMeasure(JSON.parse(output) as QueryMeasure);
      else reject(new MillraceError({ code: "INVARIANT", message: `${query} failed with exit code ${code}` }));
    });
  });
}

const columns = [
  "query",
  "events/s",
  "CPU s/M events",
  "peak RSS MiB",
  "state MiB",
  "state B/entry",
  "Flink CPU s/M",
  "ratio",
  "rows out",
] as const;

function reportOf(results: readonly QueryResult[], events: number): string {
  if (results.length === 0) return "";
  const rows = results.map((result) => [
    result.query,
    grouped(result.eventsPerSecond),
    result.cpuSecondsPerMillion.toFixed(3),
    result.peakRssMiB.toFixed(0),
    result.stateMiB.toFixed(1),
    result.stateBytesPerEntry?.toFixed(0) ?? "",
    result.flinkCpuSecondsPerMillion?.toFixed(1) ?? "",
    ratioOf(result)?.toFixed(1) ?? "",
    grouped(result.rowsOut),
  ]);
  const ratios = results.map(ratioOf).filter((ratio) => ratio !== null);
  rows.push([
    "geom. mean",
    grouped(Math.round(geometricMean(results.map(({ eventsPerSecond }) => eventsPerSecond)))),
    geometricMean(results.map(({ cpuSecondsPerMillion }) => cpuSecondsPerMillion)).toFixed(3),
    geometricMean(results.map(({ peakRssMiB }) => peakRssMiB)).toFixed(0),
    "",
    "",
    "",
    ratios.length === 0 ? "" : geometricMean(ratios).toFixed(1),
    "",
  ]);
  const table = textTableOf(
    columns.map((name, i) => ({ name, align: i === 0 ? "left" : "right" })),
    rows,
  );
  return `${table}${grouped(events)} events, one thread, Node ${process.versions.node}\n`;
}

/** How many times Flink's CPU time the query saves. */
function ratioOf({ cpuSecondsPerMillion, flinkCpuSecondsPerMillion }: QueryResult): number | null {
  return flinkCpuSecondsPerMillion === null ? null : flinkCpuSecondsPerMillion / cpuSecondsPerMillion;
}

function grouped(value: number): string {
  return new Intl.NumberFormat("en-US").format(value);
}
