import { createTableFunction, MillraceError, type OperatorFactory, type TableFunctionCondition } from "@millrace/core";
import { type EvaluationContext, evaluate, lookupTableFunction, type PhysicalTableFunction } from "@millrace/plan";

/** Each row with the rows that a function gives for it. */
export function tableFunctionFactory(node: PhysicalTableFunction, evaluation: EvaluationContext): OperatorFactory {
  const { args, condition, fields, input, joinType, passed, withOrdinality } = node;
  const definition = node.definition ?? lookupTableFunction(node.function);
  if (definition === undefined) {
    throw new MillraceError({ code: "INVARIANT", message: `unknown table function ${node.function}` });
  }
  const argTypes = args.map((arg) => input.fields[arg].type);
  const kernel = definition.evaluator(argTypes);
  const functionFields = fields.slice(passed, withOrdinality ? fields.length - 1 : fields.length);
  const base = { kind: "table-function" as const, args, argTypes, passed, functionFields, joinType, withOrdinality };
  if (condition === null) return () => createTableFunction(base, kernel);
  const { inputs: conditionInputs, expression } = condition;
  const conditionTypes = conditionInputs.map((index) => input.fields[index].type);
  const accepts: TableFunctionCondition = (values, result, ordinal) =>
    evaluate(expression, [...values, ...result, ordinal], evaluation) === true;
  return () => createTableFunction({ ...base, conditionInputs, conditionTypes }, kernel, accepts);
}
