import type { ScalarFunction } from "./scalar-function.ts";

export const collectionFunctions: readonly ScalarFunction[] = [];
