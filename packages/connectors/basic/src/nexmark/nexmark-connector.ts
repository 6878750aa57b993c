import {
  type Column,
  type ConnectorFactory,
  type DataType,
  type Json,
  MillraceError,
  type OptionSchema,
  type OptionValues,
  type PushedPredicate,
  type ReadField,
  type ReadRequest,
  type RecordBatch,
  recordBatch,
  type Source,
  type SplitPosition,
  type SplitProgress,
  type SplitReader,
  type TableContext,
  valueAt,
} from "@millrace/core";
import { Pacer } from "../pacer.ts";
import { DisorderedStream, type EventStream, OrderedStream } from "./event-stream.ts";
import { NexmarkGenerator } from "./generator.ts";
import { checkNexmarkField, eventNames, nexmarkSchema } from "./schema.ts";

const options: OptionSchema = {
  seed: {
    type: "integer",
    description: "Start of the random numbers; the same seed gives the same events.",
    default: "1",
    min: 0,
  },
  rate: { type: "number", description: "Events per second of event time.", default: "10000", min: 0.001 },
  disorder: {
    type: "duration",
    description: "Events come late by up to this much event time (whole milliseconds).",
    default: "0",
  },
  count: { type: "integer", description: "Number of events; without it the stream never ends.", min: 0 },
  "events-per-second": {
    type: "number",
    description: "Events per second of wall-clock time; without it as fast as they are taken.",
    min: 0.001,
  },
  "base-time": {
    type: "string",
    description: "Event time of the first event: 'yyyy-MM-dd HH:mm:ss' (UTC), ms since the epoch, or 'now'.",
    default: "2015-07-15 00:00:00",
  },
};

/** The auction site of the Nexmark benchmark as a table, without any input: `WITH ('connector' = 'nexmark')`. */
export const nexmarkConnector: ConnectorFactory = {
  name: "nexmark",
  options,
  defaultSchema: nexmarkSchema,
  isBounded: (values) => values.count !== undefined,
  createSource(request, context) {
    for (const field of request.fields) checkNexmarkField(field, context.tableName);
    const settings = readSettings(context.options, context.tableName);
    return new NexmarkSource(request, settings, context);
  },
};

interface Settings {
  readonly seed: number;
  readonly rate: number;
  readonly disorderMs: number;
  readonly count: number;
  readonly eventsPerSecond: number | undefined;
  readonly baseTime: number | "now";
}

function readSettings(values: OptionValues, tableName: string): Settings {
  const number = (name: string) => values[name] as number | undefined;
  return {
    seed: number("seed") ?? 1,
    rate: number("rate") ?? 10_000,
    disorderMs: Math.floor(number("disorder") ?? 0),
    count: number("count") ?? Number.POSITIVE_INFINITY,
    eventsPerSecond: number("events-per-second"),
    baseTime: readBaseTime((values["base-time"] as string | undefined) ?? "2015-07-15 00:00:00", tableName),
  };
}

function readBaseTime(text: string, tableName: string): number | "now" {
  if (text === "now") return text;
  if (/^\d+$/.test(text)) return Number(text);
  const ms = /^\d{4}-\d\d-\d\d([ T]\d\d:\d\d(:\d\d(\.\d{1,3})?)?)?$/.test(text)
    ? Date.parse(text.length === 10 ? text : `${text.replace(" ", "T")}Z`)
    : Number.NaN;
  if (ms >= 0) return ms;
  throw new MillraceError({
    code: "OPTION_INVALID",
    message: `table '${tableName}', option 'base-time' = '${text}': expected 'yyyy-MM-dd HH:mm:ss' since 1970, ms since the epoch, or 'now'`,
  });
}

class NexmarkSource implements Source {
  readonly boundedness: "bounded" | "unbounded";
  readonly #request: ReadRequest;
  readonly #settings: Settings;
  readonly #context: TableContext;

  constructor(request: ReadRequest, settings: Settings, context: TableContext) {
    this.boundedness = settings.count === Number.POSITIVE_INFINITY ? "unbounded" : "bounded";
    this.#request = request;
    this.#settings = settings;
    this.#context = context;
  }

  async discoverSplits() {
    return [{ id: "nexmark", properties: null }];
  }

  createReader(_split: unknown, position: SplitPosition | null): SplitReader {
    return new NexmarkReader(this.#request, this.#settings, this.#context, position);
  }
}

class NexmarkReader implements SplitReader {
  readonly #stream: EventStream;
  readonly #outputs: readonly OutputColumn[];
  readonly #pacer: Pacer;
  readonly #count: number;
  readonly #baseTime: number;
  readonly #closed = new AbortController();
  readonly #signal: AbortSignal;

  constructor(request: ReadRequest, settings: Settings, context: TableContext, position: SplitPosition | null) {
    this.#count = settings.count;
    this.#pacer = new Pacer(context.clock, settings.eventsPerSecond);
    this.#signal = AbortSignal.any([context.signal, this.#closed.signal]);
    this.#baseTime =
      baseTimeOf(position) ?? (settings.baseTime === "now" ? Math.floor(context.clock.now()) : settings.baseTime);
    const generator = new NexmarkGenerator(
      { seed: settings.seed, rate: settings.rate, baseTime: this.#baseTime },
      new Set(request.fields.flatMap((field) => leafNames(field))),
      eventNames.map((_, type) => mayKeep(type, request.predicates)),
    );
    this.#outputs = request.fields.map((field) => outputColumn(field, generator));
    this.#stream =
      settings.disorderMs > 0
        ? new DisorderedStream(generator, settings.count, settings.disorderMs, settings.rate, position)
        : new OrderedStream(generator, settings.count, position);
  }

  get ended(): boolean {
    return this.#stream.ended;
  }

  poll(): RecordBatch | null {
    const allowance = this.#pacer.allowance();
    if (allowance < 1 || this.#stream.ended) return null;
    const before = this.#stream.emitted;
    const rows = this.#stream.fill(allowance);
    this.#pacer.take(this.#stream.emitted - before);
    return rows === 0
      ? null
      : recordBatch(
          rows,
          this.#outputs.map((output) => output(rows)),
        );
  }

  async ready(): Promise<void> {
    if (!this.#stream.ended) await this.#pacer.wait(this.#signal);
  }

  position(): SplitPosition {
    return { ...(this.#stream.position() as { readonly [key: string]: Json }), baseTime: this.#baseTime };
  }

  progress(): SplitProgress {
    const total = this.#count === Number.POSITIVE_INFINITY ? null : this.#count;
    return { done: this.#stream.emitted, total, unit: "records" };
  }

  async close(): Promise<void> {
    this.#closed.abort();
  }
}

function baseTimeOf(position: SplitPosition | null): number | undefined {
  const value =
    position !== null && typeof position === "object" && "baseTime" in position ? position.baseTime : undefined;
  return typeof value === "number" ? value : undefined;
}

/** The column of a request for the first `rows` rows of the generator. */
type OutputColumn = (rows: number) => Column;

function outputColumn(field: ReadField, generator: NexmarkGenerator): OutputColumn {
  const { type } = field;
  const name = field.path.join(".");
  if (type.kind !== "row") {
    const column = generator.column(name);
    return () => column;
  }
  const nulls = generator.mask((eventNames as readonly string[]).indexOf(name));
  const children = type.fields.map((child) => ({
    type: child.type,
    column: generator.column(`${name}.${child.name}`),
  }));
  return (rows) => {
    const values: unknown[] = [];
    for (let row = 0; row < rows; row++) {
      values.push(
        nulls !== null && nulls[row] === 1 ? null : children.map((child) => valueAt(child.column, row, child.type)),
      );
    }
    return { kind: "value", values, nulls };
  };
}

function leafNames(field: { readonly path: readonly string[]; readonly type: DataType }): string[] {
  const { type, path } = field;
  return type.kind === "row" ? type.fields.map((child) => [...path, child.name].join(".")) : [path.join(".")];
}

/** Whether events of a type satisfy all predicates on `event_type`; other predicates are left to the plan. */
function mayKeep(eventType: number, predicates: readonly PushedPredicate[]): boolean {
  return predicates
    .filter(({ field }) => field.path.length === 1 && field.path[0] === "event_type")
    .every(({ operator, values }) => satisfies(eventType, operator, values));
}

function satisfies(value: number, operator: PushedPredicate["operator"], values: readonly unknown[]): boolean {
  const numbers = values.map(Number);
  switch (operator) {
    case "=":
    case "in":
      return numbers.includes(value);
    case "<>":
      return value !== numbers[0];
    case "<":
      return value < numbers[0];
    case "<=":
      return value <= numbers[0];
    case ">":
      return value > numbers[0];
    case ">=":
      return value >= numbers[0];
  }
}
