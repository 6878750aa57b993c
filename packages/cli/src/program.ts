/** The command line as commander sees it. Each command's code is loaded when it runs, so that start-up stays small. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Command, CommanderError, Option, type OutputConfiguration } from "commander";
import type { CommandContext } from "./command-context.ts";
import { ExitCode } from "./exit-code.ts";
import { StandardOutput } from "./output/standard-output.ts";
import { packageFolder } from "./package-folder.ts";
import { parseAssignment, parseCount } from "./parse-assignment.ts";
import type { ScriptOptions, SqlOptions } from "./script-options.ts";

/** Runs the command line; resolves to the exit code. Errors of commands are thrown, those of usage are told here. */
export async function runProgram(args: readonly string[]): Promise<number> {
  let exitCode: number = ExitCode.done;
  const out = new StandardOutput();
  const program = createProgram(async (run) => {
    const context: CommandContext = { out, verbose: isVerbose(args) };
    exitCode = await run(context);
  });
  try {
    if (args.length === 0) program.outputHelp();
    else await program.parseAsync(args, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? ExitCode.done : ExitCode.usage;
  }
  await out.flush();
  return exitCode;
}

export function isVerbose(args: readonly string[]): boolean {
  return args.includes("--verbose");
}

type Run = (command: (context: CommandContext) => Promise<number>) => Promise<void>;

function createProgram(run: Run): Command {
  const program = new Command("millrace")
    .description("Stream processing in one Node process: SQL in Flink's dialect over files, Kafka and generators.")
    .version(readVersion(), "-V, --version", "print the version")
    .helpOption("-h, --help", "print help, also for one command: millrace sql --help")
    .configureHelp({ showGlobalOptions: false })
    .configureOutput(errorsOf("millrace"))
    .exitOverride()
    .helpCommand(false)
    .addHelpText(
      "after",
      `
Examples:
  $ millrace demo                                              a live view of a generated auction site
  $ millrace sql -e "SELECT 1 + 1 AS two"
  $ millrace sql                                               a shell
  $ millrace run examples/hot-items.sql
  $ millrace explain -e "SELECT UPPER(name) FROM (VALUES ('a')) AS t(name)"

Exit codes: 0 all was done; 1 something failed; 2 wrong usage; 130 and 143 stopped by SIGINT and SIGTERM.
Guide: docs/guide/getting-started.md`,
    );

  program
    .command("help [command]")
    .description("Print help for a command.")
    .action((name?: string) => {
      const target = name === undefined ? program : program.commands.find((each) => each.name() === name);
      if (target === undefined) return program.error(`error: unknown command '${name}'`);
      target.outputHelp();
    });
  const command = (name: string, description: string, examples: readonly string[]): Command =>
    program
      .command(name)
      .description(description)
      .helpOption("-h, --help", "print this help")
      .option("--verbose", "show stacks of errors")
      .configureOutput(errorsOf(`millrace ${name}`))
      .exitOverride()
      .addHelpText("after", `\nExamples:\n${examples.map((example) => `  $ ${example}`).join("\n")}`);

  scripted(
    command("run", "Run a script: DDL, SET, INSERT INTO, statement sets; the rows of a bare SELECT are printed.", [
      "millrace run examples/hot-items.sql",
      "millrace run job.sql --var path=/tmp/events.jsonl --set table.exec.source.idle-timeout=10s",
    ]).argument("<file>", "a .sql script, or a .ts or .js module"),
  ).action((file: string, options: ScriptOptions) =>
    run(async (context) => (await import("./command/run.ts")).runFile(file, options, context)),
  );

  scripted(
    command("sql", "Run SQL and print the rows of its queries; a shell if neither -e nor -f is given.", [
      `millrace sql -e "SELECT 1 + 1 AS two"`,
      "millrace sql -f query.sql --format jsonl > rows.jsonl",
      "millrace sql -f query.sql --result changelog          each change with its kind: +I -U +U -D",
      "echo 'SELECT 1;' | millrace sql",
    ])
      .argument("[file]", "a script to run, as -f")
      .option("-e, --execute <sql>", "statements to run, separated by semicolons")
      .option("-f, --file <file>", "a script to run; - is stdin"),
  )
    .addOption(
      new Option("--result <kind>", "the final table, or each change; table if the query is bounded").choices([
        "table",
        "changelog",
      ]),
    )
    .addOption(
      new Option("--format <format>", "table on a terminal, else jsonl: one JSON object a line").choices([
        "table",
        "jsonl",
        "csv",
      ]),
    )
    .action((file: string | undefined, options: SqlOptions) =>
      run(async (context) => (await import("./command/sql.ts")).runSqlCommand(file, options, context)),
    );

  scripted(
    command("explain", "Print the plan of each query and INSERT of a script: as written, after the rules, as run.", [
      `millrace explain -e "SELECT COUNT(*) FROM (VALUES (1), (2)) AS t(n) WHERE n > 1"`,
      "millrace explain examples/hot-items.sql",
    ])
      .argument("[file]", "a script")
      .option("-e, --execute <sql>", "statements to explain")
      .option("-f, --file <file>", "a script; - is stdin"),
  ).action((file: string | undefined, options: SqlOptions) =>
    run(async (context) => (await import("./command/explain.ts")).runExplain(file, options, context)),
  );

  scripted(
    command("check", "Parse, bind and plan scripts without running them; exit code 1 if any has an error.", [
      "millrace check examples/*.sql",
      "millrace check job.sql --var path=events.jsonl",
    ]).argument("<files...>", "scripts"),
  ).action((files: string[], options: ScriptOptions) =>
    run(async (context) => (await import("./command/check.ts")).runCheck(files, options, context)),
  );

  const bench = program.command("bench").description("Measure this machine. See millrace bench nexmark --help.");
  bench
    .command("nexmark")
    .description("Run the Nexmark queries, each in a process of its own, on one thread, into nothing.")
    .option("--queries <list>", "such as q0,q5, or all", "all")
    .option("--events <n>", "events to read or generate: 500000, 500k, 2M", parseCount("--events"), 1_000_000)
    .addOption(
      new Option("--source <source>", "a file of JSON lines, or the generator")
        .choices(["file", "generator"])
        .default("file"),
    )
    .option("--file <path>", "JSON lines to read; made with --events events if it is not there")
    .option("--rate <n>", "events per second of event time", parseCount("--rate"), 10_000)
    .option("--runs <n>", "runs of each query; the best one counts", parseCount("--runs"), 1)
    .option("--json", "print one JSON object per query")
    .option("--verbose", "show stacks of errors")
    .helpOption("-h, --help", "print this help")
    .configureOutput(errorsOf("millrace bench nexmark"))
    .exitOverride()
    .addHelpText(
      "after",
      `
Examples:
  $ millrace bench nexmark --queries q0,q1,q5 --events 1M
  $ millrace bench nexmark --source generator --events 5M --runs 3
  $ millrace bench nexmark --file events.jsonl --json`,
    )
    .action((options) => run(async (context) => (await import("./bench/nexmark.ts")).runNexmark(options, context)));

  bench
    .command("nexmark-query <query> <source>", { hidden: true })
    .exitOverride()
    .action((query: string, source: string) =>
      run(async (context) => (await import("./bench/nexmark-query.ts")).runNexmarkQuery(query, source, context)),
    );

  command("demo", "A live view of a generated auction site: hot items and bids per channel.", [
    "millrace demo",
    "millrace demo --unbounded --events-per-second 200k",
    "millrace demo --duration 5 | cat                      plain lines where there is no terminal",
  ])
    .option("--unbounded", "go on until Ctrl-C")
    .option(
      "--events-per-second <n>",
      "speed, in events per second of wall-clock time",
      parseCount("--events-per-second"),
      80_000,
    )
    .option("--duration <seconds>", "how long to go on", parseCount("--duration"), 25)
    .action((options) => run(async (context) => (await import("./demo/demo.ts")).runDemo(options, context)));

  return program;
}

function scripted(command: Command): Command {
  const variable = parseAssignment("--var", "path=/tmp/events.jsonl");
  const setting = parseAssignment("--set", "table.local-time-zone=Europe/Paris");
  return (
    command
      // biome-ignore lint/suspicious/noTemplateCurlyInString: it is what users write
      .option("--var <name=value>", "the value of a ${name} in the script; repeatable", variable)
      .option("--set <key=value>", "as SET 'key' = 'value'; repeatable", setting)
      .option("--catalog <file>", "keep tables, views and functions in a file; check and explain only read it")
  );
}

/** Commander's `error: ...` as one line of ours, suggestion included. */
function errorsOf(command: string): OutputConfiguration {
  return {
    outputError: (text, write) => {
      const line = text.trim().replace(/^error: |\.$/g, "");
      write(`millrace: ${line.replace(/\s*\n\s*/g, " ")}; see ${command} --help\n`);
    },
  };
}

function readVersion(): string {
  const text = readFileSync(join(packageFolder(), "package.json"), "utf8");
  return (JSON.parse(text) as { readonly version: string }).version;
}
