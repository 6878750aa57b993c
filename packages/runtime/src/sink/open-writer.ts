import type { Clock, ProcessingTime, Reporter, Sink, SinkWriter } from "@millrace/core";
import { Outage } from "../retry/outage.ts";
import type { RetryPolicy } from "../retry/retry-policy.ts";

export interface OpenWriterOptions {
  /** For messages: `table 'out'`. */
  readonly owner: string;
  readonly policy: RetryPolicy;
  readonly clock: Clock;
  readonly reporter: Reporter;
  readonly signal: AbortSignal;
  /** What the writer sets its timer through. */
  readonly time: ProcessingTime;
}

/** Opens a sink, trying again while its target cannot be reached; null if `signal` aborted meanwhile. */
export async function openWriter(sink: Sink, options: OpenWriterOptions): Promise<SinkWriter | null> {
  const { owner, policy, clock, reporter, signal, time } = options;
  const outage = new Outage<Sink>(owner, policy, clock, reporter);
  while (!signal.aborted) {
    try {
      const writer = await unlessAborted(sink.createWriter(time), signal);
      outage.succeeded(sink);
      return writer;
    } catch (error) {
      const retryAt = outage.failed(sink, error);
      await clock.sleep(retryAt - clock.now(), signal);
    }
  }
  return null;
}

/** The writer, or null once aborted; one that comes too late is closed. */
function unlessAborted(opening: Promise<SinkWriter>, signal: AbortSignal): Promise<SinkWriter | null> {
  return new Promise((resolve, reject) => {
    const stop = () => resolve(null);
    signal.addEventListener("abort", stop);
    opening.then(
      (writer) => {
        signal.removeEventListener("abort", stop);
        if (signal.aborted) writer.close().then(stop, reject);
        else resolve(writer);
      },
      (error) => {
        signal.removeEventListener("abort", stop);
        if (signal.aborted) stop();
        else reject(error);
      },
    );
  });
}
