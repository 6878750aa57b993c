/** All functions of time. */
import { currentTimeFunctions } from "./current-time.ts";
import { timeArithmeticFunctions } from "./time-arithmetic.ts";
import { timeFieldFunctions } from "./time-field.ts";
import { timeRoundingFunctions } from "./time-rounding.ts";
import { timeTextFunctions } from "./time-text.ts";

export const timeFunctions = [
  ...timeFieldFunctions,
  ...timeRoundingFunctions,
  ...timeArithmeticFunctions,
  ...timeTextFunctions,
  ...currentTimeFunctions,
];
