/** `millrace demo`: the inserts of examples/hot-items.sql, their rows shown instead of printed. */
import { type PreparedJob, ScriptSession } from "millrace";
import { withScript } from "../command/with-script.ts";
import type { CommandContext } from "../command-context.ts";
import { ExitCode } from "../exit-code.ts";
import { onInterruption } from "../interruption.ts";
import { projectFile } from "../project-folder.ts";
import { readScript } from "../read-script.ts";
import { stderrReporter } from "../stderr-reporter.ts";
import { ClosedWindow } from "./closed-windows.ts";
import { type DemoSpeed, withSpeed } from "./demo-script.ts";
import { type DemoState, hints, plainLine, rateText, screenLines } from "./demo-view.ts";
import { LiveScreen } from "./live-screen.ts";

export interface DemoOptions {
  readonly unbounded?: boolean;
  readonly eventsPerSecond: number;
  /** Seconds. */
  readonly duration: number;
}

const REDRAW_INTERVAL_MS = 125;
const LINE_INTERVAL_MS = 1000;

export async function runDemo(options: DemoOptions, context: CommandContext): Promise<number> {
  const { eventsPerSecond, duration } = options;
  const script = await readScript(projectFile("examples", "hot-items.sql"));
  const speed: DemoSpeed = { eventsPerSecond, count: options.unbounded === true ? null : eventsPerSecond * duration };
  return withScript(script, context.verbose, async () => {
    const session = new ScriptSession({ reporter: stderrReporter });
    for (const statement of session.parse(script.text)) {
      const prepared = await session.prepare(withSpeed(statement, speed), script.text, { inserts: "collect" });
      if (prepared.kind === "job") await show(prepared, speed, context);
    }
    return ExitCode.done;
  });
}

async function show(job: PreparedJob, speed: DemoSpeed, { out }: CommandContext): Promise<void> {
  const interruption = onInterruption();
  const [hotItems, channels] = job.plan.sinks.map((sink) => new ClosedWindow(sink.fields));
  const windows = new Map(job.plan.sinks.map((sink, i) => [sink, [hotItems, channels][i]]));
  let onFirstWindow: () => void = () => undefined;
  const handle = job.start({
    signal: AbortSignal.any([interruption.signal, out.closed]),
    collect: (batch, sink) => {
      windows.get(sink)?.take(batch);
      if (hotItems.closedCount > 0) onFirstWindow();
    },
  });
  const speedometer = new Speedometer();
  const state = (): DemoState => {
    const progress = handle.progress();
    const events = progress.sources.reduce((sum, { done, recordsIn }) => sum + (done ?? recordsIn), 0);
    const eventsPerSecond = speedometer.measure(events, progress.elapsedMs);
    const { elapsedMs, watermark } = progress;
    return { hotItems, channels, events, totalEvents: speed.count, eventsPerSecond, elapsedMs, watermark };
  };
  const view = out.isTerminal ? terminalView(out, state) : lineView(out, state);
  onFirstWindow = () => {
    onFirstWindow = () => undefined;
    view.draw();
  };
  const timer = setInterval(view.draw, view.intervalMs);
  try {
    await handle.done;
  } finally {
    clearInterval(timer);
    interruption.dispose();
    view.draw();
    view.close();
  }
}

interface View {
  readonly intervalMs: number;
  readonly draw: () => void;
  readonly close: () => void;
}

function terminalView(out: CommandContext["out"], state: () => DemoState): View {
  const screen = new LiveScreen(out);
  const draw = () => screen.show(screenLines(state(), out.size.columns));
  draw();
  // A second Ctrl-C ends the process at once: the terminal must be given back all the same.
  const close = () => screen.close();
  process.once("exit", close);
  return {
    intervalMs: REDRAW_INTERVAL_MS,
    draw,
    close() {
      process.off("exit", close);
      close();
    },
  };
}

function lineView(out: CommandContext["out"], state: () => DemoState): View {
  for (const hint of hints) void out.write(`${hint}\n`);
  const draw = () => void out.write(`${plainLine(state())}\n`);
  return { intervalMs: LINE_INTERVAL_MS, draw, close: () => void out.write(`${rateText(state())}\n`) };
}

/** Events per second over the last few looks. */
class Speedometer {
  #looks: { readonly events: number; readonly atMs: number }[] = [];

  measure(events: number, atMs: number): number {
    this.#looks.push({ events, atMs });
    const recent = this.#looks.filter((look) => look.atMs >= atMs - 2000);
    this.#looks = recent;
    const [first] = recent;
    return atMs > first.atMs
      ? ((events - first.events) * 1000) / (atMs - first.atMs)
      : (events * 1000) / Math.max(1, atMs);
  }
}
