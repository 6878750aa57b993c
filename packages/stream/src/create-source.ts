/** Sources that programs write. */
import { type Json, MillraceError, type Source, type Split } from "@millrace/core";
import { ChunkReader } from "./chunk-reader.ts";
import { type Duration, durationMs } from "./duration.ts";
import type { StreamSource } from "./source-node.ts";
import type { WatermarkStrategy } from "./watermark-strategy.ts";

/** Records that were read together, and where to go on behind them. */
export interface SourceChunk<T, P extends Json> {
  readonly records: readonly T[];
  /** Given to `read` again when reading goes on here: after an outage, or from a checkpoint. */
  readonly position: P;
}

export interface ReadContext<P extends Json> {
  /** One of `splits`. */
  readonly split: string;
  /** Behind the last records that were taken; null: from the start. */
  readonly position: P | null;
  /** Aborts when the job stops: give it to `fetch` and to timers. */
  readonly signal: AbortSignal;
  /** Resolves after a time, or when the job stops. */
  readonly sleep: (duration: Duration) => Promise<void>;
}

export interface SourceDefinition<T, P extends Json> {
  readonly name: string;
  /** Whether it ends by itself. Default: `unbounded`. */
  readonly boundedness?: "bounded" | "unbounded";
  /** The parts that are read on their own, each in its order. Default: one. */
  readonly splits?: () => readonly string[] | Promise<readonly string[]>;
  /** How often `splits` is asked again for new ones. Default: never. */
  readonly discoveryInterval?: Duration;
  /**
   * Reads a split: an async generator of chunks. It runs ahead of the job by a few chunks, then waits. What it throws is taken for
   * an outage: it is called again, after a while, at the last position (`retry: "never"`: the job fails).
   */
  readonly read: (context: ReadContext<P>) => AsyncIterable<SourceChunk<T, P>>;
  readonly retry?: "backoff" | "never";
  /** Notes outside how far the job has come, once all that came of the records before is durable. */
  readonly commit?: (positions: ReadonlyMap<string, P>) => Promise<void>;
  readonly commitInterval?: Duration;
  /** How records get their event time, where `from` does not say. */
  readonly watermark?: WatermarkStrategy<T>;
}

/**
 * A source of your own.
 *
 * @example
 * const pages = createSource<string, number>({
 *   name: "pages",
 *   boundedness: "bounded",
 *   async *read({ position }) {
 *     for (let page = position ?? 0; page < 3; page++) yield { records: [`page ${page}`], position: page + 1 };
 *   },
 * });
 * pages.boundedness // "bounded"
 */
export function createSource<T, P extends Json = Json>(definition: SourceDefinition<T, P>): StreamSource<T> {
  const { name, boundedness = "unbounded", splits, discoveryInterval, commit, commitInterval, watermark } = definition;
  return {
    name,
    boundedness,
    watermark,
    createSource: ({ clock, signal }): Source => ({
      boundedness,
      discoverSplits: async () => {
        const ids = splits === undefined ? [name] : await asUnavailable(definition, async () => splits());
        return ids.map((id): Split => ({ id, properties: null }));
      },
      ...(discoveryInterval === undefined
        ? {}
        : { discoveryIntervalMs: durationMs(discoveryInterval, "discoveryInterval", 1) }),
      createReader: (split, position) =>
        new ChunkReader<P>(
          `${name}, ${split.id}`,
          position,
          (from, closed) => {
            const stop = AbortSignal.any([signal, closed]);
            return definition.read({
              split: split.id,
              position: from,
              signal: stop,
              sleep: (duration) => clock.sleep(durationMs(duration, "sleep"), stop),
            });
          },
          (error) => unavailable(definition, error),
        ),
      ...(commit === undefined
        ? {}
        : {
            commitIntervalMs: durationMs(commitInterval ?? "5s", "commitInterval", 1),
            commit: (positions) => {
              const own = [...positions].map(([id, position]) => [id, ChunkReader.positionIn<P>(position)] as const);
              return commit(new Map(own.filter((each): each is readonly [string, P] => each[1] !== null)));
            },
          }),
    }),
  };
}

async function asUnavailable<R>(
  definition: { readonly name: string; readonly retry?: "backoff" | "never" },
  call: () => Promise<R>,
): Promise<R> {
  try {
    return await call();
  } catch (error) {
    throw unavailable(definition, error);
  }
}

function unavailable(
  { name, retry = "backoff" }: { readonly name: string; readonly retry?: "backoff" | "never" },
  cause: unknown,
) {
  if (cause instanceof MillraceError) return cause;
  const text = cause instanceof Error ? cause.message : String(cause);
  return new MillraceError({ code: "SOURCE_UNAVAILABLE", message: `source '${name}': ${text}`, retry, cause });
}
