/** One case of a suite that waits: give it to `it` or `test` of any test runner. */
export interface AsyncConformanceCase {
  readonly name: string;
  readonly run: () => Promise<void>;
}

/** A record as JSON, to tell and to compare it; of BIGINTs, `1n`. */
export function recordText(record: unknown): string {
  return JSON.stringify(record, (_, value: unknown) => (typeof value === "bigint" ? `${value}n` : value));
}
