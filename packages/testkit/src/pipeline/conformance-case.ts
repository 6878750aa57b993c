/** One case of a suite that waits: give it to `it` or `test` of any test runner. */
export interface AsyncConformanceCase {
  readonly name: string;
  readonly run: () => Promise<void>;
}
