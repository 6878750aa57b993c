/**
 * A Date with the microseconds behind its milliseconds: what functions are given of TIMESTAMP(p) and TIMESTAMP_LTZ(p) with p above 3,
 * and may give for them. A plain Date stands for none.
 *
 * @example
 * new PreciseDate(Date.UTC(2020, 0, 1), 250).toISOString() // "2020-01-01T00:00:00.000250Z"
 */
export class PreciseDate extends Date {
  /** From 0 to 999. */
  readonly microseconds: number;

  /** `ms` since the epoch, whole. Throws RangeError if `microseconds` is no integer from 0 to 999. */
  constructor(ms: number, microseconds = 0) {
    super(ms);
    if (!Number.isInteger(microseconds) || microseconds < 0 || microseconds > 999)
      throw new RangeError(`microseconds ${microseconds}: an integer from 0 to 999`);
    this.microseconds = microseconds;
  }

  /** With six digits of fraction. */
  override toISOString(): string {
    return super.toISOString().replace("Z", `${String(this.microseconds).padStart(3, "0")}Z`);
  }
}
