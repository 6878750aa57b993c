/** One Nexmark query in this process: what `millrace bench nexmark` starts a fresh process for. */
import { readFile } from "node:fs/promises";
import { ScriptSession } from "millrace";
import type { CommandContext } from "../command-context.ts";
import { ExitCode } from "../exit-code.ts";
import { projectFile } from "../project-folder.ts";
import { stderrReporter } from "../stderr-reporter.ts";
import { provideSideInputFile } from "./side-input-file.ts";

export interface QueryMeasure {
  readonly query: string;
  readonly wallMs: number;
  /** User and system, of the job alone: start-up and planning are left out. */
  readonly cpuMs: number;
  /** Of the whole process. */
  readonly peakRssBytes: number;
  readonly rowsOut: number;
  /** What the operators kept at most, each at its own time, and in how many entries: keys, groups, rows. */
  readonly stateBytes: number;
  readonly stateEntries: number;
}

/** `source` is the content of the WITH clause. Prints a QueryMeasure as JSON. */
export async function runNexmarkQuery(query: string, source: string, { out }: CommandContext): Promise<number> {
  const variables = { source, side_input: await provideSideInputFile() };
  const session = new ScriptSession({ variables, reporter: stderrReporter });
  const files = [["tables.sql"], ["side-input.sql"], ["queries", `${query}.sql`]];
  const texts = await Promise.all(files.map((path) => readFile(projectFile("benchmarks", "nexmark", ...path), "utf8")));
  for (const text of texts) {
    for (const statement of session.parse(text)) {
      const prepared = await session.prepare(statement, text);
      if (prepared.kind !== "job") continue;
      let rowsOut = 0;
      const cpuBefore = process.cpuUsage();
      const startedAt = performance.now();
      const handle = prepared.start({
        collect: (batch) => {
          rowsOut += batch.length;
        },
      });
      await handle.done;
      const wallMs = performance.now() - startedAt;
      const cpu = process.cpuUsage(cpuBefore);
      const cpuMs = (cpu.user + cpu.system) / 1000;
      const peakRssBytes = process.resourceUsage().maxRSS * 1024;
      const operators = handle.metrics().map(({ values }) => values);
      const stateBytes = operators.reduce((sum, { peakStateBytes = 0 }) => sum + peakStateBytes, 0);
      const stateEntries = operators.reduce((sum, { peakStateEntries = 0 }) => sum + peakStateEntries, 0);
      const measure: QueryMeasure = { query, wallMs, cpuMs, peakRssBytes, rowsOut, stateBytes, stateEntries };
      await out.write(`${JSON.stringify(measure)}\n`);
    }
  }
  return ExitCode.done;
}
