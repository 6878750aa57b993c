/** A compiled path into JSON. */
import type { JsonValue } from "./json-value.ts";

export interface Path {
  readonly steps: readonly PathStep[];
  readonly isDefinite: boolean;
  /** What is made of the value at the end. */
  readonly apply: PathFunction | null;
}

export type PathFunction = "length" | "keys" | "first" | "last" | "min" | "max" | "avg" | "sum";

export type PathStep =
  | { readonly kind: "names"; readonly names: readonly string[] }
  | { readonly kind: "indexes"; readonly indexes: readonly number[] }
  | { readonly kind: "slice"; readonly from: number; readonly to: number | null }
  | { readonly kind: "all" }
  | { readonly kind: "descendants" }
  | { readonly kind: "filter"; readonly holds: PathFilter };

export type PathFilter = (item: JsonValue, root: JsonValue) => boolean;
