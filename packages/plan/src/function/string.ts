import type { ScalarFunction } from "./scalar-function.ts";

export const stringFunctions: readonly ScalarFunction[] = [];
