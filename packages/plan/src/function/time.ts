import type { ScalarFunction } from "./scalar-function.ts";

export const timeFunctions: readonly ScalarFunction[] = [];
