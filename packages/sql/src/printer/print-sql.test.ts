// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables of SQL look like that
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Expression } from "../ast/expression.ts";
import type { Identifier } from "../ast/identifier.ts";
import type { Query, QueryBody } from "../ast/query.ts";
import type { TableExpression } from "../ast/table-expression.ts";
import type { TypeName } from "../ast/type-name.ts";
import { parseExpression, parseQuery, parseStatement, parseTypeName } from "../parser/parse.ts";
import { printSql } from "./print-sql.ts";

/** The tree without its places. */
function bare(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(bare);
  if (typeof node !== "object" || node === null) return node;
  return Object.fromEntries(
    Object.entries(node).flatMap(([name, value]) => (name === "span" ? [] : [[name, bare(value)]])),
  );
}

describe("statements print as they are meant to be read", () => {
  test.each([
    [
      "select (a+1)*2, -(-a), (a or b) and not (c and d) from t",
      "SELECT (a + 1) * 2, - -a, (a OR b) AND NOT (c AND d) FROM t",
    ],
    [
      "select a-(b-c), (a-b)-c, (a=b) is null, a=(b is null)",
      "SELECT a - (b - c), a - b - c, a = b IS NULL, a = (b IS NULL)",
    ],
    ["select `a b`, `order`, 'it''s' from `x`.y as `z`", "SELECT `a b`, `order`, 'it''s' FROM `x`.y AS `z`"],
    [
      "(select 1 union select 2) except (select 3 union select 4)",
      "SELECT 1 UNION SELECT 2 EXCEPT (SELECT 3 UNION SELECT 4)",
    ],
    ["select * from a, (b join c on true)", "SELECT * FROM a, b JOIN c ON TRUE"],
    ["select * from a join (b, c) on true", "SELECT * FROM a JOIN (b, c) ON TRUE"],
    [
      "select * from table(hop(table bid, descriptor(ts), interval '2' second, interval '10' second))",
      "SELECT * FROM TABLE(hop(TABLE bid, DESCRIPTOR(ts), INTERVAL '2' SECOND, INTERVAL '10' SECOND))",
    ],
    [
      "create table t (a int not null, b as a+1, watermark for ts as ts, primary key (a) not enforced) with ('k'='v')",
      "CREATE TABLE t (\n  a INT NOT NULL,\n  b AS a + 1,\n  WATERMARK FOR ts AS ts,\n  PRIMARY KEY (a) NOT ENFORCED\n)\nWITH (\n  'k' = 'v'\n)",
    ],
    ["select '$${a}'", "SELECT '$${a}'"],
  ])("%s", (text, printed) => {
    expect(printSql(parseStatement(text))).toBe(printed);
  });
});

test.each([
  "CREATE TEMPORARY TABLE IF NOT EXISTS t (a ROW<x INT COMMENT 'c'>, b INT METADATA FROM 'k' VIRTUAL COMMENT 'd') COMMENT 'e' DISTRIBUTED BY HASH (a) INTO 3 BUCKETS PARTITIONED BY (a, b) WITH ('k'='v') LIKE s (EXCLUDING ALL INCLUDING OPTIONS)",
  "CREATE TABLE t (a INT CONSTRAINT pk PRIMARY KEY NOT ENFORCED) AS SELECT 1",
  "CREATE TEMPORARY VIEW IF NOT EXISTS v (a, b) COMMENT 'c' AS SELECT 1, 2",
  "CREATE TEMPORARY SYSTEM FUNCTION IF NOT EXISTS f AS 'x' LANGUAGE TYPESCRIPT",
  "CREATE DATABASE IF NOT EXISTS d COMMENT 'c' WITH ('a'='b')",
  "CREATE CATALOG c WITH ('type'='x')",
  "DROP TEMPORARY SYSTEM FUNCTION IF EXISTS f",
  "DROP DATABASE d RESTRICT",
  "ALTER TABLE IF EXISTS t RENAME TO u",
  "ALTER TABLE t RENAME a.b TO c",
  "ALTER TABLE t SET ('a'='b')",
  "ALTER TABLE t RESET ('a', 'b')",
  "ALTER TABLE t MODIFY (a INT FIRST, b STRING AFTER a, WATERMARK FOR c AS c, PRIMARY KEY (a) NOT ENFORCED)",
  "ALTER TABLE t DROP (a, b)",
  "ALTER TABLE t DROP PRIMARY KEY",
  "ALTER TABLE t DROP CONSTRAINT c",
  "ALTER TABLE t DROP WATERMARK",
  "ALTER VIEW v RENAME TO w",
  "ALTER DATABASE d SET ('a'='b')",
  "INSERT INTO t /*+ OPTIONS('a'='b') */ PARTITION (a = 'x') (b) (SELECT 1 LIMIT 1) LIMIT 2",
  "EXECUTE STATEMENT SET BEGIN INSERT INTO a SELECT 1; INSERT INTO b VALUES (1), (2); END",
  "SET",
  "SET k.v = some value 10s",
  "RESET",
  "RESET 'a'",
  "EXPLAIN JSON_EXECUTION_PLAN, PLAN_ADVICE INSERT INTO t SELECT 1",
  "EXPLAIN ANALYZE SELECT 1",
  "USE CATALOG c",
  "USE d",
  "SHOW CURRENT DATABASE",
  "SHOW COLUMNS IN t NOT LIKE 'a'",
  "SHOW CREATE VIEW v",
  "DESCRIBE EXTENDED t",
  "SELECT JSON_QUERY(a, 'b' RETURNING STRING WITH CONDITIONAL ARRAY WRAPPER EMPTY ARRAY ON EMPTY NULL ON ERROR), JSON_EXISTS(a, 'b' FALSE ON ERROR), JSON_ARRAYAGG(a ABSENT ON NULL) FILTER (WHERE b), JSON_OBJECT(), JSON_ARRAY(NULL ON NULL)",
  "SELECT LAG(a) IGNORE NULLS OVER w, LISTAGG(DISTINCT a, ',') WITHIN GROUP (ORDER BY b DESC) FILTER (WHERE c) FROM t WINDOW w AS (v PARTITION BY a ORDER BY b RANGE BETWEEN INTERVAL '1' DAY PRECEDING AND UNBOUNDED FOLLOWING), x AS (ROWS UNBOUNDED PRECEDING)",
  "SELECT * FROM (a JOIN b ON TRUE) MATCH_RECOGNIZE (PARTITION BY k ORDER BY ts MEASURES RUNNING LAST(B.x) AS x ALL ROWS PER MATCH AFTER MATCH SKIP TO LAST B PATTERN (A (B C)*? (C | D E){2,} PERMUTE(A, B)?) WITHIN INTERVAL '1' HOUR SUBSET S = (A, B) DEFINE A AS A.x > 1) AS m (p, q)",
  "SELECT * FROM LATERAL (SELECT 1) AS a LEFT JOIN LATERAL TABLE(f(x => 1, TABLE t PARTITION BY (a, b) ORDER BY (c DESC))) AS b (c) ON TRUE, UNNEST(a, b) WITH ORDINALITY",
  "SELECT GROUPING(a) FROM t GROUP BY GROUPING SETS ((a, b), ROLLUP (a, (b, c)), ()), CUBE (a), ROW(a, b) QUALIFY a",
  "SELECT LEFT(a, 1), DATE(a), TRIM(BOTH 'x' FROM a), TRIM(a), POSITION((a IN (1)) IN b), x'00', TIMESTAMP WITH TIME ZONE 'a'",
])("%s prints to what parses to the same tree", (text) => {
  const tree = parseStatement(text);
  expect(bare(parseStatement(printSql(tree)))).toEqual(bare(tree));
});

// A generated tree, printed and parsed, is the same tree.

const span = { start: 0, end: 0 };
const plainNames = ["a", "b", "value", "ts", "count", "Größe"];
const identifier: fc.Arbitrary<Identifier> = fc.oneof(
  fc.constantFrom(...plainNames).map((name) => ({ kind: "Identifier" as const, span, name, quoted: false })),
  fc
    .oneof(fc.string({ minLength: 1, maxLength: 5 }), fc.constantFrom("select", "a`b", "date", "${x}"))
    .map((name) => ({ kind: "Identifier" as const, span, name, quoted: true })),
);
const text = fc.oneof(fc.string({ maxLength: 6 }), fc.constantFrom("'", "''", "${a}", "$${a}", "--", "/*", "\\", "\n"));
const className = fc.option(text.map((value) => ({ kind: "StringLiteral" as const, span, value })));
const flag = fc.boolean();
const unit = fc.constantFrom("YEAR" as const, "DAY" as const, "HOUR" as const, "SECOND" as const);
const columnReference = fc
  .array(identifier, { minLength: 1, maxLength: 3 })
  .map((parts) => ({ kind: "ColumnReference" as const, span, parts }));

interface Trees {
  expression: Expression;
  query: Query;
  body: QueryBody;
  table: TableExpression;
  type: TypeName;
}

const noCall = {
  star: false,
  starOf: null,
  bare: false,
  quantifier: null,
  orderBy: [],
  withinGroup: [],
  nullTreatment: null,
};

const trees = fc.letrec<Trees>((tie: fc.LetrecTypedTie<Trees>) => {
  const expression = tie("expression");
  const some = fc.array(expression, { minLength: 1, maxLength: 3 });
  const node = <K extends Expression["kind"], F extends object>(
    kind: K,
    fields: { [P in keyof F]: fc.Arbitrary<F[P]> },
  ) => fc.record(fields).map((values) => ({ kind, span, ...values }) as unknown as Expression);
  return {
    expression: fc.oneof(
      { maxDepth: 5, depthSize: "small" },
      fc.oneof(
        columnReference,
        fc.constantFrom<Expression>({ kind: "NullLiteral", span }, { kind: "BooleanLiteral", span, value: true }),
        fc
          .nat(999)
          .map((value) => ({ kind: "NumberLiteral" as const, span, text: `${value}`, numberType: "integer" as const })),
        text.map((value) => ({ kind: "StringLiteral" as const, span, value })),
        fc.record({ text, negative: flag, from: unit }).map((values) => ({
          kind: "IntervalLiteral" as const,
          span,
          text: values.text,
          negative: values.negative,
          qualifier: {
            kind: "IntervalQualifier" as const,
            span,
            from: values.from,
            precision: 2,
            to: null,
            fractionPrecision: null,
          },
        })),
      ) as fc.Arbitrary<Expression>,
      node("BinaryExpression", {
        operator: fc.constantFrom("=", "<>", "<", "+", "-", "*", "/", "%", "||", "OVERLAPS"),
        left: expression,
        right: expression,
      }),
      node("UnaryExpression", { operator: fc.constantFrom("NOT", "-", "+"), operand: expression }),
      node("LogicalExpression", {
        operator: fc.constantFrom("AND", "OR"),
        operands: fc.array(expression, { minLength: 2, maxLength: 3 }),
      }),
      node("IsPredicate", { operand: expression, test: fc.constantFrom("NULL", "TRUE", "JSON ARRAY"), negated: flag }),
      node("DistinctPredicate", { left: expression, right: expression, negated: flag }),
      node("BetweenPredicate", {
        operand: expression,
        low: expression,
        high: expression,
        symmetric: flag,
        negated: flag,
      }),
      node("InListPredicate", { operand: expression, list: fc.tuple(expression, expression), negated: flag }),
      node("InQueryPredicate", { operand: expression, query: tie("query"), negated: flag }),
      node("LikePredicate", {
        operator: fc.constantFrom("LIKE", "SIMILAR TO"),
        operand: expression,
        pattern: expression,
        escape: fc.option(expression),
        negated: flag,
      }),
      node("QuantifiedComparison", {
        operator: fc.constantFrom("=", ">"),
        quantifier: fc.constantFrom("ANY", "ALL"),
        left: expression,
        query: tie("query"),
        list: fc.constant(null),
      }),
      node("ScalarSubquery", { query: tie("query") }),
      node("ExistsPredicate", { query: tie("query") }),
      node("CaseExpression", {
        operand: fc.option(expression),
        branches: fc.tuple(
          fc.record({ kind: fc.constant("CaseBranch"), span: fc.constant(span), when: expression, result: expression }),
        ),
        otherwise: fc.option(expression),
      }),
      node("CastExpression", { operand: expression, type: tie("type"), safe: flag }),
      node("FieldAccess", {
        operand: expression,
        field: identifier,
      }),
      node("ElementAccess", { operand: expression, index: expression }),
      node("RowConstructor", { items: some }),
      node("ArrayConstructor", { items: some }),
      fc.record({ part: identifier, arguments: some, filter: fc.option(expression) }).map((values) => ({
        kind: "FunctionCall" as const,
        span,
        name: { kind: "QualifiedName" as const, span, parts: [values.part] },
        arguments: values.arguments,
        ...noCall,
        filter: values.filter,
        over: null,
      })),
    ) as fc.Arbitrary<Expression>,
    body: fc.oneof(
      { maxDepth: 3, depthSize: "small" },
      fc.record({ items: some, from: fc.option(tie("table")), where: fc.option(expression) }).map((values) => ({
        kind: "Select" as const,
        span,
        hints: [],
        quantifier: null,
        items: values.items.map((item) => ({ kind: "SelectExpression" as const, span, expression: item, alias: null })),
        from: values.from,
        where: values.where,
        groupBy: null,
        having: null,
        windows: [],
        qualify: null,
      })),
      fc.array(some, { minLength: 1, maxLength: 2 }).map((rows) => ({
        kind: "Values" as const,
        span,
        rows: rows.map((items) => ({ kind: "ValuesRow" as const, span, items })),
      })),
      fc.record({
        kind: fc.constant("SetOperation" as const),
        span: fc.constant(span),
        operator: fc.constantFrom("UNION" as const, "INTERSECT" as const, "EXCEPT" as const),
        all: flag,
        left: tie("body"),
        right: tie("body"),
      }),
      // A query as a body has a clause of its own, or it would not have been kept.
      fc.tuple(tie("body"), expression).map(([body, limit]) => queryOf(body, limit)),
    ) as fc.Arbitrary<QueryBody>,
    query: fc
      .tuple(tie("body"), fc.option(expression))
      .map(([body, limit]) => (limit === null && body.kind === "Query" ? body : queryOf(body, limit))),
    table: fc.oneof(
      { maxDepth: 3, depthSize: "small" },
      identifier.map((part) => ({
        kind: "TableReference" as const,
        span,
        name: { kind: "QualifiedName" as const, span, parts: [part] },
        hints: [],
        systemTime: null,
        alias: null,
      })),
      fc.record({ query: tie("query"), lateral: flag, name: identifier }).map((values) => ({
        kind: "DerivedTable" as const,
        span,
        query: values.query,
        lateral: values.lateral,
        alias: { kind: "TableAlias" as const, span, name: values.name, columns: [] },
      })),
      fc.record({ left: tie("table"), right: tie("table"), on: expression }).map((values) => ({
        kind: "Join" as const,
        span,
        joinType: "LEFT" as const,
        natural: false,
        ...values,
        using: [],
      })),
      fc
        .record({ left: tie("table"), right: tie("table"), joinType: fc.constantFrom("COMMA", "CROSS") })
        .map((values) => ({
          kind: "Join" as const,
          span,
          natural: false,
          ...values,
          on: null,
          using: [],
        })),
    ) as fc.Arbitrary<TableExpression>,
    type: fc.oneof(
      { maxDepth: 3, depthSize: "small" },
      fc.record({
        kind: fc.constant("BasicType"),
        span: fc.constant(span),
        name: fc.constantFrom("TIMESTAMP", "TIMESTAMP_TZ", "CHAR", "TIME"),
        precision: fc.option(fc.nat(9)),
        scale: fc.constant(null),
        nullable: flag,
      }),
      fc.record({ kind: fc.constant("ArrayType"), span: fc.constant(span), element: tie("type"), nullable: flag }),
      fc.record({
        kind: fc.constant("MapType"),
        span: fc.constant(span),
        key: tie("type"),
        value: tie("type"),
        nullable: flag,
      }),
      fc.record({ className, name: identifier, type: tie("type"), nullable: flag }).map((values) => ({
        kind: "RowType",
        span,
        className: values.className,
        fields: [{ kind: "RowTypeField", span, name: values.name, type: values.type, comment: null }],
        nullable: values.nullable,
      })),
    ) as unknown as fc.Arbitrary<TypeName>,
  };
});

function queryOf(body: QueryBody, limit: Expression | null): Query {
  return { kind: "Query", span, with: [], body, orderBy: [], limit, offset: null };
}

describe("a generated tree, printed and parsed, is the same", () => {
  test("expressions", () => {
    fc.assert(
      fc.property(trees.expression, (tree) => {
        const printed = printSql(tree);
        expect(bare(parseExpression(printed)), printed).toEqual(bare(tree));
      }),
      { numRuns: 600 },
    );
  });

  test("queries", () => {
    fc.assert(
      fc.property(trees.query, (tree) => {
        const printed = printSql(tree);
        expect(bare(parseQuery(printed)), printed).toEqual(bare(tree));
      }),
      { numRuns: 300 },
    );
  });

  test("types", () => {
    fc.assert(
      fc.property(trees.type, (tree) => {
        const printed = printSql(tree);
        expect(bare(parseTypeName(printed)), printed).toEqual(bare(tree));
      }),
      { numRuns: 300 },
    );
  });
});
