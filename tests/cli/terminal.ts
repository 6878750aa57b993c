import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { cliEnvironment, launcher } from "./run-cli.ts";

/** Whether this machine has the `script` of util-linux, which gives a program a pseudo terminal. */
export const hasPseudoTerminal: boolean =
  process.platform === "linux" &&
  spawnSync("script", ["--version"], { encoding: "utf8" }).stdout?.includes("util-linux");

const WAIT_LIMIT_MS = 15_000;

/** The command on a pseudo terminal, as someone who types sees it. */
export class Terminal {
  readonly #process: ChildProcess;
  readonly #ended: Promise<number | null>;
  #output = "";
  #seen = 0;
  #onOutput: () => void = () => undefined;

  constructor(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
    const quoted = [process.execPath, launcher, ...args].map((each) => `'${each}'`).join(" ");
    // `exec`: a shell that stays, as dash does, gets Ctrl-C too, and ends with 130 whatever the command made of it.
    this.#process = spawn("script", ["--quiet", "--return", "--command", `exec ${quoted}`, "/dev/null"], {
      env: { ...cliEnvironment, ...env },
      stdio: ["pipe", "pipe", "inherit"],
    });
    this.#process.stdout?.setEncoding("utf8").on("data", (text: string) => {
      this.#output += text.replaceAll("\r\n", "\n");
      this.#onOutput();
    });
    this.#ended = new Promise((resolve) => this.#process.on("close", resolve));
  }

  /** What keys send: `\r` for Enter, `\x03` for Ctrl-C. */
  type(keys: string): void {
    this.#process.stdin?.write(keys);
  }

  /** Waits for a text in what came since the last wait; gives all of that up to it. */
  async until(text: string): Promise<string> {
    const deadline = Date.now() + WAIT_LIMIT_MS;
    for (;;) {
      const at = this.#output.indexOf(text, this.#seen);
      if (at >= 0) {
        const passage = this.#output.slice(this.#seen, at + text.length);
        this.#seen = at + text.length;
        return passage;
      }
      const rest = deadline - Date.now();
      if (rest <= 0) throw new Error(`no ${JSON.stringify(text)} in ${JSON.stringify(this.#output.slice(this.#seen))}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, rest);
        this.#onOutput = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  /** The exit code, once the command has ended by itself. */
  get exitCode(): Promise<number | null> {
    return this.#ended;
  }

  /** Ends it if it is still there. */
  close(): void {
    this.#process.kill("SIGKILL");
  }
}
