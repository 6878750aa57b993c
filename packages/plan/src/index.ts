export * from "./catalog/catalog.ts";
export * from "./catalog/catalog-table.ts";
export * from "./catalog/function-catalog.ts";
export { compileCalc } from "./codegen/compile-calc.ts";
export { compileMatch, matchSpecOf } from "./codegen/compile-match.ts";
export { compilePairPredicate } from "./codegen/compile-predicate.ts";
export { failedConstant } from "./codegen/failed-row.ts";
export { foldConstants } from "./codegen/fold-constants.ts";
export * from "./codegen/kernel.ts";
export { type ExplainOptions, explainJob } from "./explain/explain.ts";
export { defaultEvaluationContext, evaluate } from "./expression/evaluate.ts";
export * from "./expression/expression.ts";
export { expressionKey } from "./expression/expression-key.ts";
export { formatExpression } from "./expression/format-expression.ts";
export * from "./expression/rewrite.ts";
export {
  aggregateFunctions,
  type BoundAggregate,
  bindAggregate,
  bindJsonAggregate,
  isAggregateFunction,
} from "./function/aggregate.ts";
export { bindCast } from "./function/cast.ts";
export { castBetween } from "./function/cast-value.ts";
export type { Evaluate, EvaluationContext } from "./function/evaluate.ts";
export { jsonOf } from "./function/json-text.ts";
export { type BoundOver, bindOver, isOverFunction, overFunctions } from "./function/over.ts";
export { bindCall, functionFamilies, functionOf, listFunctions, lookupFunction } from "./function/registry.ts";
export * from "./function/scalar-function.ts";
export { isClassName } from "./function/structured.ts";
export * from "./function/table-function.ts";
export * from "./logical/logical-plan.ts";
export * from "./logical/match-value.ts";
export { uniqueKeyOf } from "./logical/unique-key.ts";
export { intervalBoundsOf } from "./physical/interval-bounds.ts";
export * from "./physical/physical-plan.ts";
export { type PlannedJob, type PlannerOptions, type PlanRoot, planJob } from "./physical/physical-planner.ts";
export { defaultSinkRules, type SinkRules } from "./physical/plan-sink.ts";
export { replaceNodes } from "./physical/replace-nodes.ts";
export type { StateWarning } from "./physical/state-warnings.ts";
export * from "./physical/stream-node.ts";
export { postOrder } from "./post-order.ts";
export { topologicalOrder } from "./rule/plan-graph.ts";
export { lookupHintOptions, lookupSettings } from "./setting/lookup-settings.ts";
export { restartSettings } from "./setting/restart-settings.ts";
export * from "./type/coercion.ts";
export * from "./type/numeric.ts";
export { serializedType } from "./type/serialized-type.ts";
export { fromUser, toUser } from "./user-function/boundary.ts";
export { PreciseDate } from "./user-function/precise-date.ts";
export { type SqlType, types, type ValueOf } from "./user-function/sql-type.ts";
export { bindUserAggregate, userAggregateOf } from "./user-function/user-aggregate.ts";
export { signatureOf } from "./user-function/user-form.ts";
export {
  type AggregateDefinition,
  type Arguments,
  type AsyncScalarDefinition,
  aggregateFunction,
  asyncScalarFunction,
  isUserFunction,
  overloaded,
  type ScalarDefinition,
  scalarFunction,
  type TableDefinition,
  tableFunction,
  type UserFunction,
  type UserFunctionKind,
} from "./user-function/user-function.ts";
export { type AsyncCode, asyncCodeOf, bindUserScalar } from "./user-function/user-scalar.ts";
export { type BoundTableFunction, bindUserTableFunction } from "./user-function/user-table-function.ts";
