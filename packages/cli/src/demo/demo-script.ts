import type { Statement } from "@millrace/sql";

type CreateTable = Extract<Statement, { readonly kind: "CreateTable" }>;

export interface DemoSpeed {
  readonly eventsPerSecond: number;
  /** Null: without end. */
  readonly count: number | null;
}

/** The script's statement with the generator set to another speed and length; other statements as they are. */
export function withSpeed(statement: Statement, { eventsPerSecond, count }: DemoSpeed): Statement {
  if (statement.kind !== "CreateTable") return statement;
  const connector = statement.options.find((option) => option.key.value === "connector")?.value.value;
  if (connector !== "nexmark") return statement;
  const settings: Record<string, string | null> = {
    "events-per-second": String(eventsPerSecond),
    count: count === null ? null : String(count),
  };
  const kept = statement.options.filter((option) => !(option.key.value in settings));
  const set = Object.entries(settings).flatMap(([key, value]) =>
    value === null ? [] : [optionOf(statement, key, value)],
  );
  return { ...statement, options: [...kept, ...set] };
}

function optionOf({ span }: CreateTable, key: string, value: string): CreateTable["options"][number] {
  const text = (content: string) => ({ kind: "StringLiteral" as const, span, value: content });
  return { kind: "Option", span, key: text(key), value: text(value) };
}
