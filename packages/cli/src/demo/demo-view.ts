/** What the demo shows, as lines; on a terminal redrawn in place, else one line now and then. */
import { formatTimestamp, MAX_TIMESTAMP, MIN_TIMESTAMP } from "@millrace/core";
import { fitted, wrapped } from "../output/text-width.ts";
import type { ClosedWindow, RankedRow } from "./closed-windows.ts";

export interface DemoState {
  readonly hotItems: ClosedWindow;
  readonly channels: ClosedWindow;
  readonly events: number;
  /** Null: without end. */
  readonly totalEvents: number | null;
  readonly eventsPerSecond: number;
  readonly elapsedMs: number;
  /** Ms; -Infinity before event time has begun. */
  readonly watermark: number;
}

const TOP = 5;
const PANEL_WIDTH = 48;
const counts = new Intl.NumberFormat("en-US");

export const hints: readonly string[] = [
  "This is examples/hot-items.sql: millrace run examples/hot-items.sql prints the same rows.",
  "On Kafka or on a file: put 'connector' = 'kafka' or 'filesystem' into its WITH clause; the lines are in its head.",
];

/** The view for a terminal of so many columns. */
export function screenLines(state: DemoState, columns: number): string[] {
  const hot = panel("Hot items: most bids in 10 s, every 2 s", "auction", state.hotItems);
  const channels = panel("Bids per channel, windows of 10 s", "channel", state.channels);
  const isWide = columns >= 2 * PANEL_WIDTH + 3;
  const body = isWide
    ? hot.map((line, i) => `${fitted(line, PANEL_WIDTH, "left")}   ${channels[i]}`)
    : [...hot, "", ...channels];
  return [
    "",
    ` Millrace: a generated auction site, ${progressText(state)}`,
    ` ${rateText(state)}`,
    "",
    ...body,
    "",
    ...[...hints, "Ctrl-C ends."].flatMap((hint) => wrapped(hint, columns - 2).map((line) => ` ${line}`)),
  ].map((line) => fitted(line, columns - 1, "left").trimEnd());
}

/** The newest windows and the speed in one line each. */
export function plainLine(state: DemoState): string {
  const rows = (window: ClosedWindow) =>
    window
      .top(TOP)
      .map(({ name, count }) => `${name}: ${counts.format(count)}`)
      .join(", ") || "-";
  return [
    `hot items ${clockText(state.hotItems.end)}  ${rows(state.hotItems)}`,
    `channels ${clockText(state.channels.end)}  ${rows(state.channels)}`,
    rateText(state),
  ].join(" | ");
}

export function rateText({ events, eventsPerSecond, watermark }: DemoState): string {
  return `${counts.format(Math.round(eventsPerSecond))} events/s, ${counts.format(events)} in total, watermark ${watermarkText(watermark)}`;
}

function watermarkText(watermark: number): string {
  if (watermark === MAX_TIMESTAMP) return "at the end";
  return watermark === MIN_TIMESTAMP ? "not begun" : formatTimestamp(watermark, 3);
}

function progressText({ elapsedMs, events, totalEvents }: DemoState): string {
  const seconds = `${(elapsedMs / 1000).toFixed(0)} s`;
  return totalEvents === null ? `${seconds}` : `${seconds}, ${Math.floor((100 * events) / totalEvents)} %`;
}

function panel(title: string, unit: string, window: ClosedWindow): string[] {
  const rows = window.top(TOP);
  const most = Math.max(1, ...rows.map(({ count }) => count));
  const end = Number.isFinite(window.end) ? `window until ${clockText(window.end)}` : "no window has closed yet";
  return [
    ` ${title}`,
    ` ${fitted(unit, 14, "left")} ${fitted("bids", 8, "right")}  ${end}`,
    ...Array.from({ length: TOP }, (_, i) => (rows[i] === undefined ? "" : bar(rows[i], most))),
  ];
}

function bar({ name, count }: RankedRow, most: number): string {
  const width = Math.max(1, Math.round((20 * count) / most));
  return ` ${fitted(name, 14, "left")} ${fitted(counts.format(count), 8, "right")}  ${"█".repeat(width)}`;
}

function clockText(ms: number): string {
  return Number.isFinite(ms) ? formatTimestamp(ms, 0).slice(11) : "-";
}
