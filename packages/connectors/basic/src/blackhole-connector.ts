import type { ConnectorFactory, RecordBatch, Sink, SinkWriter } from "@millrace/core";

/** Takes any rows and drops them; the metric `numRecordsOut` counts them. For measuring. */
export const blackholeConnector: ConnectorFactory = {
  name: "blackhole",
  options: {},
  createSink({ metrics }): Sink {
    const counter = metrics.counter("numRecordsOut");
    const writer: SinkWriter = {
      write(batch: RecordBatch) {
        counter.value += batch.length;
      },
      flush: () => Promise.resolve(),
      close: () => Promise.resolve(),
    };
    return { changelogMode: "retract", createWriter: () => Promise.resolve(writer) };
  },
};
