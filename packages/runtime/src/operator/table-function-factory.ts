import { createTableFunction, MillraceError, type OperatorFactory } from "@millrace/core";
import { lookupTableFunction, type PhysicalTableFunction } from "@millrace/plan";

/** Each row with the rows that a function gives for it. */
export function tableFunctionFactory(node: PhysicalTableFunction): OperatorFactory {
  const { args, fields, input, joinType, passed, withOrdinality } = node;
  const definition = node.definition ?? lookupTableFunction(node.function);
  if (definition === undefined) {
    throw new MillraceError({ code: "INVARIANT", message: `unknown table function ${node.function}` });
  }
  const argTypes = args.map((arg) => input.fields[arg].type);
  const evaluate = definition.evaluator(argTypes);
  const functionFields = fields.slice(passed, withOrdinality ? fields.length - 1 : fields.length);
  const spec = { kind: "table-function" as const, args, argTypes, passed, functionFields, joinType, withOrdinality };
  return () => createTableFunction(spec, evaluate);
}
