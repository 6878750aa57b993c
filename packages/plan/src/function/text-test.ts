/** IS_ALPHA, IS_DIGIT, IS_DECIMAL: never NULL. */
import { BOOLEAN, type DataType, formatType } from "@millrace/core";
import { isCharacter } from "../type/coercion.ts";
import { isInteger, isNumeric } from "../type/numeric.ts";
import { FunctionError, type ScalarFunction } from "./scalar-function.ts";

const DECIMAL_TEXT =
  /^[\0- ]*[+-]?(?:NaN|Infinity|(?:\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)[fFdD]?)[\0- ]*$/;

export const textTestFunctions: readonly ScalarFunction[] = [
  textTest("is_alpha", "Whether the text is letters only, and not empty.", /^\p{L}+$/u, () => false),
  textTest("is_digit", "Whether the text is digits only, and not empty; TRUE for an integer.", /^\p{Nd}+$/u, isInteger),
  textTest(
    "is_decimal",
    "Whether the text is that of a number; TRUE for a number that is no DECIMAL.",
    DECIMAL_TEXT,
    (type) => type.kind !== "decimal",
  ),
];

function textTest(
  name: string,
  description: string,
  expression: RegExp,
  ofNumber: (type: DataType) => boolean,
): ScalarFunction {
  const signature = `${name.toUpperCase()}(string)`;
  return {
    name,
    signature,
    description: `${description} FALSE for a NULL text.`,
    seesNull: true,
    bind(args) {
      const type = args[0]?.type;
      if (args.length !== 1 || !(isCharacter(type) || isNumeric(type) || type.kind === "null"))
        throw new FunctionError(`expected ${signature}, not ${args.map((arg) => formatType(arg.type)).join(", ")}`);
      return { kind: "call", name, args, type: { ...BOOLEAN, nullable: false } };
    },
    evaluator: ({ args: [{ type }] }) => {
      if (isNumeric(type)) return () => ofNumber(type);
      return ([value]) => value !== null && expression.test(value as string);
    },
  };
}
