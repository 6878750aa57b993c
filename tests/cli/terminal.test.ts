/** What only a terminal shows. Skipped where there is no `script` command to make a pseudo terminal. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { inTemporaryFolder } from "./run-cli.ts";
import { hasPseudoTerminal, Terminal } from "./terminal.ts";

const PROMPT = "millrace> ";
const CONTINUED = "     ...> ";

if (!hasPseudoTerminal) console.warn("terminal tests skipped: no `script` of util-linux to make a pseudo terminal");

describe.skipIf(!hasPseudoTerminal)("the shell on a terminal", () => {
  test("statements over lines, errors and Ctrl-C do not end it, QUIT does", () =>
    inTemporaryFolder((folder) =>
      withTerminal(["sql"], { MILLRACE_HISTORY: join(folder, "history") }, async (shell) => {
        await shell.until(PROMPT);

        shell.type("SELECT 'ä' AS letter,\r");
        await shell.until(CONTINUED);
        shell.type("  7 AS n;\r");
        expect(await shell.until("1 row\n")).toContain(
          "┌────────┬───┐\n│ letter │ n │\n├────────┼───┤\n│ ä      │ 7 │\n└────────┴───┘\n",
        );
        await shell.until(PROMPT);

        shell.type("SELECT nope;\r");
        expect(await shell.until(PROMPT)).toMatch(/millrace: SQL_BIND: 1:8: .*nope/);

        shell.type("CREATE TABLE g (n BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '100');\r");
        await shell.until("Table g created.");
        await shell.until(PROMPT);
        shell.type("SELECT n FROM g;\r");
        await shell.until("│ +I │");
        shell.type("\x03");
        await shell.until(" rows\n");
        await shell.until(PROMPT);

        shell.type("SELECT 1 +\r");
        await shell.until(CONTINUED);
        shell.type("\x03");
        await shell.until(PROMPT);
        // Three lines back in the history: CREATE TABLE again.
        shell.type("\x1b[A\x1b[A\x1b[A\r");
        await shell.until("'g' exists already");
        await shell.until(PROMPT);
        shell.type("DESCRIB\t");
        await shell.until("DESCRIB");
        await shell.until("E");
        shell.type(" g;\r");
        await shell.until("BIGINT");
        await shell.until(PROMPT);
        shell.type("QUIT;\r");
        expect(await shell.exitCode).toBe(0);
        expect(readFileSync(join(folder, "history"), "utf8")).toContain("SELECT nope;\nCREATE TABLE g");
      }),
    ));

  test("Ctrl-D leaves", () =>
    inTemporaryFolder((folder) =>
      withTerminal(["sql"], { MILLRACE_HISTORY: join(folder, "history") }, async (shell) => {
        await shell.until(PROMPT);
        shell.type("\x04");
        expect(await shell.exitCode).toBe(0);
      }),
    ));
});

describe.skipIf(!hasPseudoTerminal)("on a terminal", () => {
  test("the demo shows its view in place, gives the terminal back at Ctrl-C and leaves the last state", () =>
    withTerminal(["demo", "--unbounded"], {}, async (demo) => {
      expect(await demo.until("window until")).toContain("\x1b[?1049h");
      demo.type("\x03");
      await demo.until("\x1b[?1049l");
      expect(await demo.exitCode).toBe(0);
      expect(await demo.until("Ctrl-C ends.")).toMatch(/events\/s, .* in total, watermark 2015/);
    }));

  test("rows are a table", () =>
    withTerminal(["sql", "-e", "SELECT 1 AS n"], {}, async (command) => {
      await command.until("│ n │\n├───┤\n│ 1 │\n");
      expect(await command.exitCode).toBe(0);
    }));
});

async function withTerminal(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  action: (terminal: Terminal) => Promise<void>,
): Promise<void> {
  const terminal = new Terminal(args, env);
  try {
    await action(terminal);
  } finally {
    terminal.close();
  }
}
