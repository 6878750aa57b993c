import type { Expression } from "../ast/expression.ts";
import type { Query } from "../ast/query.ts";
import type { Statement } from "../ast/statement.ts";
import type { TypeName } from "../ast/type-name.ts";
import { printExpression } from "./print-expression.ts";
import { printQuery } from "./print-query.ts";
import { printStatement } from "./print-statement.ts";
import { printType } from "./print-type.ts";
import type { Printer } from "./printer.ts";

const statementKinds: ReadonlySet<string> = new Set<Statement["kind"]>([
  "AlterDatabase",
  "AlterTable",
  "AlterView",
  "CreateCatalog",
  "CreateDatabase",
  "CreateFunction",
  "AlterFunction",
  "CreateTable",
  "CreateView",
  "DescribeStatement",
  "DropStatement",
  "ExplainStatement",
  "InsertStatement",
  "QueryStatement",
  "ResetStatement",
  "SetStatement",
  "ShowStatement",
  "StatementSet",
  "UseStatement",
]);
const typeKinds: ReadonlySet<string> = new Set<TypeName["kind"]>([
  "ArrayType",
  "BasicType",
  "IntervalType",
  "MapType",
  "MultisetType",
  "RowType",
]);

const printer: Printer = {
  expression: (expression, least) => printExpression(printer, expression, least),
  query: (query) => printQuery(printer, query),
};

/**
 * A tree as SQL text that parses back to an equal tree (spans aside). Parentheses only where they are needed;
 * words of the language in upper case.
 *
 * @example
 * printSql(parseExpression("(a+1)*2")) // "(a + 1) * 2"
 */
export function printSql(node: Statement | Query | Expression | TypeName): string {
  if (node.kind === "Query") return printer.query(node);
  if (statementKinds.has(node.kind)) return printStatement(printer, node as Statement);
  if (typeKinds.has(node.kind)) return printType(node as TypeName);
  return printer.expression(node as Expression);
}
