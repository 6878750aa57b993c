/** Where a table's reading starts and ends, checked when the table is opened, before anything is connected. */
import type { OptionValues } from "@millrace/core";
import { invalid, list, numeric, text } from "./kafka-options.ts";

export type OffsetRule =
  | { readonly kind: "earliest" }
  | { readonly kind: "latest" }
  | { readonly kind: "group"; readonly groupId: string }
  | { readonly kind: "timestamp"; readonly timestamp: number }
  | { readonly kind: "specific"; readonly offsets: ReadonlyMap<number, number> };

/** What to do where a group has no offset, or an offset is no longer there. */
export type OffsetReset = "earliest" | "latest" | "none";

export interface OffsetOptions {
  readonly start: OffsetRule;
  /** Null: reading never ends. */
  readonly stop: OffsetRule | null;
  /** Null: not given. */
  readonly reset: OffsetReset | null;
}

export function isBounded(options: OptionValues): boolean {
  return (text(options, "scan.bounded.mode") ?? "unbounded") !== "unbounded";
}

/** Errors: OPTION_INVALID. */
export function offsetOptions(options: OptionValues, owner: string): OffsetOptions {
  const groupId = text(options, "properties.group.id");
  const startMode = text(options, "scan.startup.mode") ?? (groupId === undefined ? "earliest-offset" : "group-offsets");
  return {
    start: ruleOf(startMode, "startup", options, owner),
    stop: isBounded(options) ? ruleOf(text(options, "scan.bounded.mode") ?? "", "bounded", options, owner) : null,
    reset: (text(options, "properties.auto.offset.reset") as OffsetReset | undefined) ?? null,
  };
}

function ruleOf(mode: string, end: "startup" | "bounded", options: OptionValues, owner: string): OffsetRule {
  const missing = (name: string) => invalid(owner, `'scan.${end}.mode' = '${mode}' needs the option '${name}'`);
  switch (mode) {
    case "latest-offset":
      return { kind: "latest" };
    case "group-offsets": {
      const groupId = text(options, "properties.group.id");
      if (groupId === undefined) throw missing("properties.group.id");
      return { kind: "group", groupId };
    }
    case "timestamp": {
      const timestamp = numeric(options, `scan.${end}.timestamp-millis`);
      if (timestamp === undefined) throw missing(`scan.${end}.timestamp-millis`);
      return { kind: "timestamp", timestamp };
    }
    case "specific-offsets": {
      const name = `scan.${end}.specific-offsets`;
      const value = text(options, name);
      if (value === undefined) throw missing(name);
      if (list(options, "topic").length !== 1)
        throw invalid(owner, `'scan.${end}.mode' = 'specific-offsets' is for one topic`);
      return { kind: "specific", offsets: parseOffsets(value, name, owner) };
    }
    default:
      return { kind: "earliest" };
  }
}

/** `partition:0,offset:42;partition:1,offset:300` as a map. */
function parseOffsets(value: string, name: string, owner: string): Map<number, number> {
  const offsets = new Map<number, number>();
  for (const part of value.split(";").filter((each) => each.trim() !== "")) {
    const match = /^\s*partition\s*:\s*(\d+)\s*,\s*offset\s*:\s*(\d+)\s*$/.exec(part);
    if (match === null) throw invalid(owner, `'${name}': '${part}' is not of the form partition:0,offset:42`);
    offsets.set(Number(match[1]), Number(match[2]));
  }
  if (offsets.size === 0)
    throw invalid(owner, `'${name}' is empty; write it as partition:0,offset:42;partition:1,offset:300`);
  return offsets;
}
