/** All scalar functions, operators included, by name. */
import type { CallExpression, Expression } from "../expression/expression.ts";
import { addressFunctions } from "./address.ts";
import { arithmeticFunctions } from "./arithmetic.ts";
import { bitmapFunctions } from "./bitmap.ts";
import { castFunctions } from "./cast.ts";
import { collectionFunctions } from "./collection.ts";
import { comparisonFunctions } from "./comparison.ts";
import { conditionalFunctions } from "./conditional.ts";
import { encodingFunctions } from "./encoding.ts";
import { hashFunctions } from "./hash.ts";
import { jsonFunctions } from "./json.ts";
import { logicFunctions } from "./logic.ts";
import { numericFunctions } from "./numeric.ts";
import { patternFunctions } from "./pattern.ts";
import { FunctionError, type ScalarFunction } from "./scalar-function.ts";
import { stringFunctions } from "./string.ts";
import { textSearchFunctions } from "./text-search.ts";
import { textTestFunctions } from "./text-test.ts";
import { timeFunctions } from "./time.ts";
import { variantFunctions } from "./variant.ts";

export interface FunctionFamily {
  readonly title: string;
  readonly functions: readonly ScalarFunction[];
}

/** All functions by what they are about, in the order of the reference. */
export const functionFamilies: readonly FunctionFamily[] = [
  { title: "Comparison", functions: comparisonFunctions },
  { title: "Logic", functions: logicFunctions },
  { title: "Conditions and types", functions: [...conditionalFunctions, ...castFunctions] },
  { title: "Numbers", functions: [...arithmeticFunctions, ...numericFunctions] },
  { title: "Text", functions: [...stringFunctions, ...textSearchFunctions, ...textTestFunctions] },
  { title: "Patterns and regular expressions", functions: patternFunctions },
  { title: "Encodings, hashes, addresses", functions: [...encodingFunctions, ...hashFunctions, ...addressFunctions] },
  { title: "Time", functions: timeFunctions },
  { title: "Arrays, maps, rows", functions: collectionFunctions },
  { title: "Bitmaps", functions: bitmapFunctions },
  { title: "JSON", functions: [...jsonFunctions, ...variantFunctions] },
];

const all: readonly ScalarFunction[] = functionFamilies.flatMap(({ functions }) => functions);

const byName = new Map<string, ScalarFunction>();
for (const each of all) for (const name of [each.name, ...(each.aliases ?? [])]) byName.set(name, each);

/** The function of that name or alias, in any case; undefined if there is none. */
export function lookupFunction(name: string): ScalarFunction | undefined {
  return byName.get(name) ?? byName.get(name.toLowerCase());
}

/** All functions, each once, for SHOW FUNCTIONS and the reference. */
export function listFunctions(): readonly ScalarFunction[] {
  return all;
}

/**
 * A call with its arguments coerced and its type known. Throws FunctionError, whose message says what does not fit.
 *
 * @example
 * bindCall("+", [column(0, INT), literal(1, INT)]).type // INT
 */
export function bindCall(name: string, args: readonly Expression[]): Expression {
  const definition = lookupFunction(name);
  if (definition === undefined) throw new FunctionError(`there is no function ${name}`);
  return definition.bind(args);
}

/** The function of a call; undefined if there is none of its name. */
export function functionOf(call: CallExpression): ScalarFunction | undefined {
  return (call.definition as ScalarFunction | undefined) ?? lookupFunction(call.name);
}

/** Whether the value of an expression may change from row to row although its columns do not. */
export function isVolatile(call: CallExpression): boolean {
  return functionOf(call)?.isVolatile === true;
}
