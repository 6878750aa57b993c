/** A number with a fraction or an exponent, all its digits kept. */
export class JsonDecimal {
  /** The number as JSON writes it. */
  readonly source: string;

  constructor(source: string) {
    this.source = source;
  }

  get value(): number {
    return Number(this.source);
  }

  /** As java.math.BigDecimal: 1.50 stays so, 1e20 is 1E+20, 0.0000001 is 1E-7. */
  toString(): string {
    const [, sign, whole, fraction = "", exponent = "0"] = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(
      this.source,
    ) as RegExpExecArray;
    const digits = (whole + fraction).replace(/^0+(?=\d)/, "");
    const scale = fraction.length - Number(exponent);
    const adjusted = digits.length - 1 - scale;
    const negative = /[1-9]/.test(digits) ? sign : "";
    if (scale >= 0 && adjusted >= -6) {
      if (scale === 0) return negative + digits;
      const padded = digits.padStart(scale + 1, "0");
      return `${negative}${padded.slice(0, -scale)}.${padded.slice(-scale)}`;
    }
    const rest = digits.length > 1 ? `.${digits.slice(1)}` : "";
    const power = adjusted === 0 ? "" : `E${adjusted > 0 ? "+" : ""}${adjusted}`;
    return `${negative}${digits[0]}${rest}${power}`;
  }
}
