import { UsageError } from "./usage-error.ts";

/** Collects repeated `name=value` options, of which `example` is one; for commander's option parsers. */
export function parseAssignment(option: string, example: string) {
  return (text: string, previous: Readonly<Record<string, string>> = {}): Record<string, string> => {
    const at = text.indexOf("=");
    if (at <= 0) throw new UsageError(`${option} ${text}: expected name=value, as in ${option} ${example}`);
    return { ...previous, [text.slice(0, at)]: text.slice(at + 1) };
  };
}

/** A number with an optional k or M behind it: `80000`, `80k`, `2M`. */
export function parseCount(option: string, min = 1) {
  return (text: string): number => {
    const match = /^(\d+(?:\.\d+)?)([kKmM]?)$/.exec(text);
    const factor = match?.[2] === "" ? 1 : /k/i.test(match?.[2] ?? "") ? 1e3 : 1e6;
    const value = match === null ? Number.NaN : Math.round(Number(match[1]) * factor);
    if (value >= min) return value;
    throw new UsageError(`${option} ${text}: expected a number of at least ${min}, such as 500000, 500k or 2M`);
  };
}
