/**
 * Paths into JSON, in the syntax of Jayway's JsonPath, which is what Flink's JSON functions take:
 * `$`, `.name`, `['name', ...]`, `[n, ...]` (negative: from the end), `[from:to]`, `.*`, `..name`, `[?(filter)]`, `.length()`.
 *
 * A path is definite if it can lead to one value at most. Others give an array of what they lead to.
 */
import { parseFilter } from "./path-filter.ts";
import type { Path, PathFunction, PathStep } from "./path-step.ts";

/** @throws SyntaxError if the text is no path */
export function compilePath(text: string): Path {
  const trimmed = text.trim();
  // A name alone is one of the root.
  const cursor = new PathCursor(/^[$@]/.test(trimmed) ? trimmed : `$.${trimmed}`);
  const path = cursor.path("$");
  cursor.end();
  return path;
}

class PathCursor {
  readonly text: string;
  at = 0;

  constructor(text: string) {
    this.text = text;
  }

  error(reason: string): SyntaxError {
    return new SyntaxError(`${reason} at ${this.at} of the path '${this.text}'`);
  }

  match(expression: RegExp): RegExpExecArray | null {
    expression.lastIndex = this.at;
    const found = expression.exec(this.text);
    if (found !== null) this.at += found[0].length;
    return found;
  }

  expect(expression: RegExp, what: string): RegExpExecArray {
    const found = this.match(expression);
    if (found === null) throw this.error(`${what} expected`);
    return found;
  }

  end(): void {
    if (this.at < this.text.length) throw this.error("unexpected text");
  }

  /** From the root (`$`) or, in filters, the current value (`@`). */
  path(start: "$" | "@"): Path {
    if (this.text[this.at] !== start) throw this.error(`'${start}' expected`);
    this.at++;
    const steps: PathStep[] = [];
    let apply: PathFunction | null = null;
    for (;;) {
      const called = this.match(/\.(length|size|min|max|avg|sum|keys|first|last)\(\)/y);
      if (called !== null) {
        apply = (called[1] === "size" ? "length" : called[1]) as PathFunction;
        break;
      }
      const isDeep = this.match(/\.\.(?!\.)/y) !== null;
      const step = this.#step(isDeep);
      if (step === null) break;
      if (isDeep) steps.push({ kind: "descendants" });
      steps.push(step);
    }
    // Several names at the end make one object of them.
    const isDefinite = steps.every(
      (step, i) =>
        (step.kind === "names" && (step.names.length === 1 || i === steps.length - 1)) ||
        (step.kind === "indexes" && step.indexes.length === 1),
    );
    return { steps, isDefinite, apply };
  }

  #step(isDeep: boolean): PathStep | null {
    if (this.text[this.at] === "[") return this.#brackets();
    if (!isDeep && this.match(/\./y) === null) return null;
    if (this.match(/\*/y) !== null) return { kind: "all" };
    const name = this.expect(/[^.[\](),\s='"!<>&|?*@]+/y, "a name");
    return { kind: "names", names: [name[0]] };
  }

  #brackets(): PathStep {
    this.expect(/\[\s*/y, "'['");
    const step = this.#inBrackets();
    this.expect(/\s*\]/y, "']'");
    return step;
  }

  #inBrackets(): PathStep {
    if (this.match(/\*/y) !== null) return { kind: "all" };
    if (this.match(/\?\s*\(/y) !== null) {
      const holds = parseFilter(this);
      this.expect(/\s*\)/y, "')'");
      return { kind: "filter", holds };
    }
    const quoted = /'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"/y;
    if (/['"]/.test(this.text[this.at] ?? "")) {
      const names: string[] = [];
      do {
        const [, single, double] = this.expect(quoted, "a name in quotes");
        names.push((single ?? double).replace(/\\(.)/g, "$1"));
      } while (this.match(/\s*,\s*/y) !== null);
      return { kind: "names", names };
    }
    const slice = this.match(/(-?\d+)?\s*:\s*(-?\d+)?/y);
    if (slice !== null) {
      const [, from, to] = slice;
      return { kind: "slice", from: Number(from ?? 0), to: to === undefined ? null : Number(to) };
    }
    const indexes: number[] = [];
    do indexes.push(Number(this.expect(/-?\d+/y, "an index")[0]));
    while (this.match(/\s*,\s*/y) !== null);
    return { kind: "indexes", indexes };
  }
}
