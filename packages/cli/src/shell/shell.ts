/**
 * The SQL shell. On a terminal: prompt, history, Ctrl-C cancels the running query. Piped: no prompt, statements run as they
 * come, the first error ends it.
 */
import { createInterface, type Interface } from "node:readline";
import type { ScriptSession } from "millrace";
import { runScript } from "../command/run-script.ts";
import type { CommandContext } from "../command-context.ts";
import { describeError } from "../describe-error.ts";
import { ExitCode } from "../exit-code.ts";
import { onInterruption } from "../interruption.ts";
import type { SqlOptions } from "../script-options.ts";
import { appendHistory, historyPath, readHistory } from "./history-file.ts";
import { shellHelp } from "./shell-help.ts";
import { StatementBuffer } from "./statement-buffer.ts";

const PROMPT = "millrace> ";
const CONTINUED_PROMPT = "     ...> ";

export async function runShell(session: ScriptSession, options: SqlOptions, context: CommandContext): Promise<number> {
  return process.stdin.isTTY && context.out.isTerminal
    ? new TerminalShell(session, options, context).run()
    : runPiped(session, options, context);
}

async function runPiped(session: ScriptSession, options: SqlOptions, context: CommandContext): Promise<number> {
  const interruption = onInterruption();
  const { signal } = interruption;
  const { result, format } = options;
  const buffer = new StatementBuffer();
  const run = async (text: string): Promise<boolean> => {
    try {
      await runScript(session, { text, fileName: null }, { result, format }, { out: context.out, signal });
      return true;
    } catch (error) {
      process.stderr.write(await describeError(error, context.verbose, { text, fileName: null }));
      return false;
    }
  };
  const isIncomplete = await incompleteTest(session);
  for await (const line of createInterface({ input: process.stdin })) {
    if (signal.aborted || context.out.closed.aborted) break;
    const word = commandWord(line);
    if (buffer.isEmpty && word === "quit") return ExitCode.done;
    if (buffer.isEmpty && word === "help") {
      await context.out.write(shellHelp);
      continue;
    }
    const text = buffer.add(line, isIncomplete);
    if (text !== null && !(await run(text))) return ExitCode.failed;
  }
  if (!buffer.isEmpty && !signal.aborted && !(await run(buffer.take()))) return ExitCode.failed;
  return interruption.exitCode ?? ExitCode.done;
}

class TerminalShell {
  readonly #session: ScriptSession;
  readonly #options: SqlOptions;
  readonly #context: CommandContext;
  readonly #buffer = new StatementBuffer();
  readonly #historyPath = historyPath();
  #running: AbortController | null = null;

  constructor(session: ScriptSession, options: SqlOptions, context: CommandContext) {
    this.#session = session;
    this.#options = options;
    this.#context = context;
  }

  async run(): Promise<number> {
    const isIncomplete = await incompleteTest(this.#session);
    const { completionOf } = await import("./completion.ts");
    const terminal = createInterface({
      input: process.stdin,
      output: process.stdout,
      prompt: PROMPT,
      history: readHistory(this.#historyPath),
      historySize: 1000,
      removeHistoryDuplicates: true,
      completer: completionOf(this.#session),
    });
    process.stdout.write("Millrace SQL. End statements with ';'. HELP shows what there is, \\q leaves.\n");
    terminal.on("SIGINT", () => this.#interrupt(terminal));
    // A running query reads no keys, so that Ctrl-C comes as a signal.
    process.on("SIGINT", () => this.#interrupt(terminal));
    terminal.prompt();
    for await (const line of terminal) {
      const word = this.#buffer.isEmpty ? commandWord(line) : null;
      if (word === "quit") break;
      if (word === "help") process.stdout.write(shellHelp);
      else {
        this.#remember(line);
        const text = this.#buffer.add(line, isIncomplete);
        if (text !== null) await this.#execute(text);
      }
      terminal.setPrompt(this.#buffer.isEmpty ? PROMPT : CONTINUED_PROMPT);
      terminal.prompt();
    }
    terminal.close();
    return ExitCode.done;
  }

  async #execute(text: string): Promise<void> {
    const abort = new AbortController();
    this.#running = abort;
    const { result, format } = this.#options;
    const { out, verbose } = this.#context;
    try {
      const print = { result, format, isTalkative: true };
      await runScript(this.#session, { text, fileName: null }, print, { out, signal: abort.signal });
    } catch (error) {
      process.stderr.write(await describeError(error, verbose, { text, fileName: null }));
    } finally {
      this.#running = null;
    }
  }

  #interrupt(terminal: Interface): void {
    if (this.#running !== null) return this.#running.abort();
    this.#buffer.clear();
    process.stdout.write("\n");
    terminal.setPrompt(PROMPT);
    // Drops what stands in the line.
    terminal.write(null, { ctrl: true, name: "u" });
    terminal.prompt();
  }

  #remember(line: string): void {
    if (line.trim() === "") return;
    const problem = appendHistory(this.#historyPath, line);
    if (problem !== null) process.stderr.write(`millrace: warning: the history is not kept: ${problem}\n`);
  }
}

function commandWord(line: string): "quit" | "help" | null {
  const word = line.trim().replace(/;$/, "").toLowerCase();
  if (["\\q", "quit", "exit"].includes(word)) return "quit";
  return ["help", "\\h", "\\?"].includes(word) ? "help" : null;
}

async function incompleteTest(session: ScriptSession): Promise<(text: string) => boolean> {
  const { SqlError } = await import("@millrace/sql");
  return (text) => {
    try {
      session.parse(text);
      return false;
    } catch (error) {
      if (error instanceof SqlError) return error.incomplete;
      throw error;
    }
  };
}
