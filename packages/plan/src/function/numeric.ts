import type { ScalarFunction } from "./scalar-function.ts";

export const numericFunctions: readonly ScalarFunction[] = [];
