/** A set of paths (column, field, field ...) in which a path covers all its extensions. */
export class PathSet {
  readonly #paths = new Map<string, readonly number[]>();

  static key(path: readonly number[]): string {
    return path.join(".");
  }

  /** The key of the same path in an output whose first column is at `offset`. */
  static shift(key: string, offset: number): string {
    const [column, ...fields] = key.split(".");
    return [Number(column) + offset, ...fields].join(".");
  }

  add(path: readonly number[]): void {
    for (let length = 1; length <= path.length; length++) {
      if (this.#paths.has(PathSet.key(path.slice(0, length)))) return;
    }
    const prefix = `${PathSet.key(path)}.`;
    for (const key of this.#paths.keys()) if (key.startsWith(prefix)) this.#paths.delete(key);
    this.#paths.set(PathSet.key(path), path);
  }

  addAll(paths: readonly (readonly number[])[]): void {
    for (const path of paths) this.add(path);
  }

  /** In the order of columns, then fields. */
  paths(): readonly (readonly number[])[] {
    return [...this.#paths.values()].sort(comparePaths);
  }
}

function comparePaths(a: readonly number[], b: readonly number[]): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) if (a[i] !== b[i]) return a[i] - b[i];
  return a.length - b.length;
}
