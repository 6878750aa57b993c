/** A number that only grows. Incremented directly in hot paths: `counter.value += n`. */
export interface Counter {
  value: number;
}

/** Named counters and gauges of one operator, source or sink. Names are the field's: `numRecordsIn`, `numLateRecordsDropped`. */
export interface MetricGroup {
  /** The counter of that name, created at 0 at the first call. */
  counter(name: string): Counter;
  /** A value read when somebody asks for it. */
  gauge(name: string, read: () => number): void;
}

/** A metric group that keeps its values in memory; what the runtime gives each operator. */
export function createMetricGroup(): MetricGroup & { read(): Record<string, number> } {
  const counters = new Map<string, Counter>();
  const gauges = new Map<string, () => number>();
  return {
    counter(name) {
      let counter = counters.get(name);
      if (counter === undefined) {
        counter = { value: 0 };
        counters.set(name, counter);
      }
      return counter;
    },
    gauge(name, read) {
      gauges.set(name, read);
    },
    read() {
      const all: Record<string, number> = {};
      for (const [name, counter] of counters) all[name] = counter.value;
      for (const [name, read] of gauges) all[name] = read();
      return all;
    },
  };
}
