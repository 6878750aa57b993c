import {
  type ConnectorFactory,
  columnOf,
  type DataType,
  type Json,
  MAX_BATCH_ROWS,
  MillraceError,
  type OptionSchema,
  type OptionValues,
  type ReadField,
  type ReadRequest,
  type RecordBatch,
  recordBatch,
  type Source,
  type SplitPosition,
  type SplitProgress,
  type SplitReader,
  type TableContext,
} from "@millrace/core";
import { Pacer } from "../pacer.ts";
import { type FieldOptions, readFieldOptions } from "./field-options.ts";
import { createValueGenerator, type GeneratorContext, sequenceLength, type ValueGenerator } from "./value-generator.ts";

/** Rows made per poll: fewer than a batch may have, as the values are built one by one. */
const ROWS_PER_POLL = 1024;

const options: OptionSchema = {
  "rows-per-second": {
    type: "number",
    description: "Rows per second of wall-clock time.",
    default: "10000",
    min: 0.001,
  },
  "number-of-rows": {
    type: "integer",
    description: "Number of rows; without it, and without a sequence, the table never ends.",
    min: 0,
  },
  seed: {
    type: "integer",
    description: "Start of the random values; the same seed gives the same ones.",
    default: "1",
    min: 0,
  },
  "fields.*": {
    type: "string",
    description:
      "fields.<name>.kind = random (default) or sequence; .start and .end of a sequence; .min and .max of numbers; .length and .var-len of text and binary; .length of arrays and maps; .max-past of timestamps; .null-rate of all. Nested: fields.<row>.<field>, <array>.element, <map>.key and .value.",
  },
};

/** Rows of random values or of sequences, for trying things out. */
export const datagenConnector: ConnectorFactory = {
  name: "datagen",
  options,
  isBounded: (values) => values["number-of-rows"] !== undefined || hasSequence(values),
  createSource: (request, context) => new DatagenSource(request, context),
};

function hasSequence(values: OptionValues): boolean {
  return Object.entries(values).some(([name, value]) => /^fields\..*\.kind$/.test(name) && value === "sequence");
}

class DatagenSource implements Source {
  readonly boundedness: "bounded" | "unbounded";
  readonly #request: ReadRequest;
  readonly #context: TableContext;
  readonly #fieldOptions: ReadonlyMap<string, FieldOptions>;
  readonly #count: number;

  constructor(request: ReadRequest, context: TableContext) {
    const { options: values, schema, tableName } = context;
    this.#request = request;
    this.#context = context;
    this.#fieldOptions = readFieldOptions(schema, values, tableName);
    const limit = (values["number-of-rows"] as number | undefined) ?? Number.POSITIVE_INFINITY;
    this.#count = Math.min(limit, sequenceLength(this.#fieldOptions));
    this.boundedness = this.#count === Number.POSITIVE_INFINITY ? "unbounded" : "bounded";
  }

  async discoverSplits() {
    return [{ id: "datagen", properties: null }];
  }

  createReader(_split: unknown, position: SplitPosition | null): SplitReader {
    return new DatagenReader(this.#request, this.#context, this.#fieldOptions, this.#count, position);
  }
}

class DatagenReader implements SplitReader {
  readonly #columns: readonly { readonly type: DataType; readonly generate: ValueGenerator }[];
  readonly #pacer: Pacer;
  readonly #count: number;
  readonly #closed = new AbortController();
  readonly #signal: AbortSignal;
  #next: number;

  constructor(
    request: ReadRequest,
    context: TableContext,
    fieldOptions: ReadonlyMap<string, FieldOptions>,
    count: number,
    position: SplitPosition | null,
  ) {
    const { options: values, schema, clock } = context;
    const generatorContext = {
      seed: (values.seed as number | undefined) ?? 1,
      options: fieldOptions,
      now: () => clock.now(),
    };
    this.#columns = request.fields.map((field) => ({
      type: field.type,
      generate: generatorOf(
        field,
        schema.fields.find(({ name }) => name === field.path[0])?.type ?? field.type,
        generatorContext,
      ),
    }));
    this.#pacer = new Pacer(clock, values["rows-per-second"] as number | undefined);
    this.#count = count;
    this.#signal = AbortSignal.any([context.signal, this.#closed.signal]);
    this.#next = readPosition(position);
  }

  get ended(): boolean {
    return this.#next >= this.#count;
  }

  poll(): RecordBatch | null {
    const rows = Math.min(this.#pacer.allowance(), this.#count - this.#next, ROWS_PER_POLL, MAX_BATCH_ROWS);
    if (rows < 1) return null;
    const first = this.#next;
    const columns = this.#columns.map(({ type, generate }) =>
      columnOf(
        type,
        Array.from({ length: rows }, (_, i) => generate(first + i)),
      ),
    );
    this.#next += rows;
    this.#pacer.take(rows);
    return recordBatch(rows, columns);
  }

  async ready(): Promise<void> {
    if (!this.ended) await this.#pacer.wait(this.#signal);
  }

  position(): SplitPosition {
    return { row: this.#next };
  }

  progress(): SplitProgress {
    return { done: this.#next, total: this.#count === Number.POSITIVE_INFINITY ? null : this.#count, unit: "records" };
  }

  async close(): Promise<void> {
    this.#closed.abort();
  }
}

/** The generator of a column, or of a field inside ROWs: NULL where the row around it is. */
function generatorOf(field: ReadField, columnType: DataType, context: GeneratorContext): ValueGenerator {
  let type = columnType;
  let name = field.path[0];
  const outer: ValueGenerator[] = [];
  for (const step of field.path.slice(1)) {
    if (Number(context.options.get(name)?.["null-rate"] ?? 0) > 0)
      outer.push(createValueGenerator(name, type, context));
    type = (type.kind === "row" ? type.fields.find((child) => child.name === step)?.type : undefined) ?? field.type;
    name = `${name}.${step}`;
  }
  const generate = createValueGenerator(name, type, context);
  return outer.length === 0 ? generate : (row) => (outer.some((parent) => parent(row) === null) ? null : generate(row));
}

function readPosition(position: SplitPosition | null): number {
  if (position === null) return 0;
  const { row } = position as { readonly [key: string]: Json | undefined };
  if (typeof row === "number") return row;
  throw new MillraceError({ code: "STATE_INVALID", message: `datagen: ${JSON.stringify(position)} is no position` });
}
