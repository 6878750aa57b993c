import { describe, expect, test } from "vitest";
import type { Node } from "../ast/node.ts";
import { walk } from "../ast/walk.ts";
import { parseExpression, parseQuery, parseScript, parseStatement, parseTypeName } from "./parse.ts";

/** A tree in a short form: the obvious nodes by their text, the others as (Kind field:value …), empty fields left out. */
function brief(node: unknown): string {
  if (Array.isArray(node)) return `[${node.map(brief).join(" ")}]`;
  if (typeof node !== "object" || node === null) return String(node);
  const tree = node as Node;
  // Any other kind is printed by its fields.
  // oxlint-disable-next-line typescript/switch-exhaustiveness-check
  switch (tree.kind) {
    case "Identifier":
      return tree.quoted ? `\`${tree.name}\`` : tree.name;
    case "QualifiedName":
    case "ColumnReference":
      return tree.parts.map(brief).join(".");
    case "NumberLiteral":
      return tree.text;
    case "StringLiteral":
      return `'${tree.value}'`;
    case "NullLiteral":
      return "null";
    case "BooleanLiteral":
      return String(tree.value ?? "unknown");
    case "UnaryExpression":
      return `(${tree.operator} ${brief(tree.operand)})`;
    case "BinaryExpression":
      return `(${tree.operator} ${brief(tree.left)} ${brief(tree.right)})`;
    case "LogicalExpression":
      return `(${tree.operator} ${tree.operands.map(brief).join(" ")})`;
    case "IsPredicate":
      return `(IS${tree.negated ? " NOT" : ""} ${tree.test} ${brief(tree.operand)})`;
    case "Option":
      return `${brief(tree.key)}=${brief(tree.value)}`;
    case "IntervalQualifier": {
      const p = tree.precision === null ? "" : `(${tree.precision})`;
      const f = tree.fractionPrecision === null ? "" : `(${tree.fractionPrecision})`;
      return `${tree.from}${p}${tree.to === null ? "" : ` TO ${tree.to}`}${f}`;
    }
    case "BasicType": {
      const numbers = [tree.precision, tree.scale].filter((number) => number !== null);
      return `${tree.name}${numbers.length > 0 ? `(${numbers})` : ""}${tree.nullable ? "" : "!"}`;
    }
    case "SelectExpression":
      return tree.alias === null ? brief(tree.expression) : `${brief(tree.expression)}:${brief(tree.alias)}`;
    case "SelectStar":
      return tree.qualifier === null ? "*" : `${brief(tree.qualifier)}.*`;
    case "TableAlias":
      return brief(tree.name) + (tree.columns.length > 0 ? brief(tree.columns) : "");
    case "QueryStatement":
      return brief(tree.query);
    case "Query":
      if (tree.with.length + tree.orderBy.length === 0 && tree.limit === null && tree.offset === null) {
        return brief(tree.body);
      }
  }
  const fields = Object.entries(tree).filter(
    ([name, value]) =>
      !["kind", "span"].includes(name) &&
      value !== null &&
      (name === "nullable" ? value === false : value !== false) &&
      !(Array.isArray(value) && value.length === 0),
  );
  return `(${[tree.kind, ...fields.map(([name, value]) => `${name}:${brief(value)}`)].join(" ")})`;
}

describe("expressions", () => {
  test.each([
    // Literals.
    ["1", "1"],
    [".5", ".5"],
    ["1e3", "1e3"],
    ["'it''s'", "'it's'"],
    ["U&'\\00e9\\\\'", "'é\\'"],
    ["x'0aFF'", "(BinaryLiteral hex:0aFF)"],
    ["DATE '2024-01-02'", "(TemporalLiteral temporalType:DATE text:2024-01-02)"],
    ["TIMESTAMP WITH LOCAL TIME ZONE 'x'", "(TemporalLiteral temporalType:TIMESTAMP_LTZ text:x)"],
    ["INTERVAL '10' SECOND", "(IntervalLiteral text:10 qualifier:SECOND)"],
    ["INTERVAL 5 MINUTES", "(IntervalLiteral text:5 qualifier:MINUTE)"],
    ["INTERVAL -'1 2' DAY(3) TO SECOND(6)", "(IntervalLiteral text:1 2 negative:true qualifier:DAY(3) TO SECOND(6))"],
    ["UNKNOWN", "unknown"],
    // Words of types and units are names where no literal follows.
    ["timestamp", "timestamp"],
    ["t.date + value", "(+ t.date value)"],
    ["interval * 2", "(* interval 2)"],
    ["`select`.`a``b`", "`select`.`a`b`"],
    // Precedence.
    ["a + b * c - d", "(- (+ a (* b c)) d)"],
    ["a || b * c", "(* (|| a b) c)"],
    ["(a + b) * c", "(* (+ a b) c)"],
    ["-a * b", "(* (- a) b)"],
    ["- -a", "(- (- a))"],
    ["a OR b AND c OR d", "(OR a (AND b c) d)"],
    ["a AND (b AND c)", "(AND a (AND b c))"],
    ["NOT a = b", "(NOT (= a b))"],
    ["NOT a IS NULL", "(NOT (IS NULL a))"],
    ["a = b IS NOT TRUE", "(IS NOT TRUE (= a b))"],
    ["a != b", "(<> a b)"],
    ["a = b IN (1)", "(= a (InListPredicate operand:b list:[1]))"],
    ["a IS NOT DISTINCT FROM b + 1", "(DistinctPredicate left:a right:(+ b 1) negated:true)"],
    // BETWEEN does not eat the conjunction.
    ["a BETWEEN 1 AND 2 AND b", "(AND (BetweenPredicate operand:a low:1 high:2) b)"],
    [
      "a NOT BETWEEN SYMMETRIC b + 1 AND c",
      "(BetweenPredicate operand:a low:(+ b 1) high:c symmetric:true negated:true)",
    ],
    ["a NOT IN (1, 2)", "(InListPredicate operand:a list:[1 2] negated:true)"],
    ["a IN (SELECT b FROM t)", "(InQueryPredicate operand:a query:(Select items:[b] from:(TableReference name:t)))"],
    ["a LIKE 'x%' ESCAPE '!'", "(LikePredicate operator:LIKE operand:a pattern:'x%' escape:'!')"],
    ["a NOT SIMILAR TO b", "(LikePredicate operator:SIMILAR TO operand:a pattern:b negated:true)"],
    ["a > ALL (SELECT 1)", "(QuantifiedComparison operator:> quantifier:ALL left:a query:(Select items:[1]))"],
    ["a = SOME (1, 2)", "(QuantifiedComparison operator:= quantifier:ANY left:a list:[1 2])"],
    ["EXISTS (SELECT 1)", "(ExistsPredicate query:(Select items:[1]))"],
    ["a IS JSON OBJECT", "(IS JSON OBJECT a)"],
    ["(a, b) OVERLAPS (c, d)", "(OVERLAPS (RowConstructor items:[a b]) (RowConstructor items:[c d]))"],
    // CASE.
    [
      "CASE a WHEN 1 THEN 'x' ELSE 'y' END",
      "(CaseExpression operand:a branches:[(CaseBranch when:1 result:'x')] otherwise:'y')",
    ],
    ["CASE WHEN a THEN 1 END", "(CaseExpression branches:[(CaseBranch when:a result:1)])"],
    // Special forms.
    ["CAST(a AS DECIMAL(4, 3))", "(CastExpression operand:a type:DECIMAL(4,3))"],
    ["TRY_CAST(a AS INT)", "(CastExpression operand:a type:INT safe:true)"],
    ["EXTRACT(HOUR FROM ts)", "(ExtractExpression unit:HOUR operand:ts)"],
    ["TRIM(a)", "(TrimExpression side:BOTH operand:a)"],
    ["TRIM(LEADING 'x' FROM a)", "(TrimExpression side:LEADING characters:'x' operand:a)"],
    ["TRIM('x' FROM a)", "(TrimExpression side:BOTH characters:'x' operand:a)"],
    ["TRIM(TRAILING FROM a)", "(TrimExpression side:TRAILING operand:a)"],
    ["SUBSTRING(a FROM 2 FOR 3)", "(FunctionCall name:SUBSTRING arguments:[a 2 3])"],
    ["POSITION('x' IN a || b)", "(FunctionCall name:POSITION arguments:['x' (|| a b)])"],
    ["OVERLAY(a PLACING b FROM 1)", "(FunctionCall name:OVERLAY arguments:[a b 1])"],
    ["FLOOR(ts TO DAY)", "(RoundToUnitExpression direction:FLOOR operand:ts unit:DAY)"],
    ["CEIL(1.5)", "(FunctionCall name:CEIL arguments:[1.5])"],
    ["TIMESTAMPDIFF(SECOND, a, b)", "(TimestampArithmetic operation:TIMESTAMPDIFF unit:SECOND left:a right:b)"],
    ["TIMESTAMPADD(SQL_TSI_DAY, 1, b)", "(TimestampArithmetic operation:TIMESTAMPADD unit:DAY left:1 right:b)"],
    // Calls.
    ["COUNT(*)", "(FunctionCall name:COUNT star:true)"],
    [
      "COUNT(DISTINCT a) FILTER (WHERE b < 1)",
      "(FunctionCall name:COUNT arguments:[a] quantifier:DISTINCT filter:(< b 1))",
    ],
    ["db.f(a => 1)", "(FunctionCall name:db.f arguments:[(NamedArgument name:a value:1)])"],
    ["LEFT(a, 2)", "(FunctionCall name:LEFT arguments:[a 2])"],
    ["CURRENT_DATE", "(FunctionCall name:CURRENT_DATE bare:true)"],
    [
      "ARRAY_AGG(a ORDER BY b DESC NULLS LAST)",
      "(FunctionCall name:ARRAY_AGG arguments:[a] orderBy:[(SortItem expression:b direction:DESC nulls:LAST)])",
    ],
    ["LAG(a, 1) IGNORE NULLS OVER w", "(FunctionCall name:LAG arguments:[a 1] nullTreatment:IGNORE over:w)"],
    [
      "SUM(a) OVER (PARTITION BY b ORDER BY c ROWS BETWEEN 9 PRECEDING AND CURRENT ROW)",
      "(FunctionCall name:SUM arguments:[a] over:(WindowSpecification partitionBy:[b] orderBy:[(SortItem expression:c)]" +
        " frame:(WindowFrame mode:ROWS start:(FrameBound bound:PRECEDING offset:9) end:(FrameBound bound:CURRENT ROW))))",
    ],
    [
      "JSON_VALUE(a, '$.b' RETURNING INT DEFAULT 1 ON EMPTY ERROR ON ERROR)",
      "(JsonFunctionCall name:JSON_VALUE arguments:[a '$.b'] returning:INT" +
        " onEmpty:(JsonBehavior action:DEFAULT default:1) onError:(JsonBehavior action:ERROR))",
    ],
    [
      "JSON_OBJECT(KEY 'a' VALUE b, 'c' VALUE 1 ABSENT ON NULL)",
      "(JsonFunctionCall name:JSON_OBJECT entries:[(JsonEntry key:'a' value:b) (JsonEntry key:'c' value:1)] onNull:ABSENT)",
    ],
    // Composite values.
    ["ARRAY[1, 2][1]", "(ElementAccess operand:(ArrayConstructor items:[1 2]) index:1)"],
    ["MAP['a', 1]", "(MapConstructor entries:[(MapEntry key:'a' value:1)])"],
    ["ROW(a, 1)", "(RowConstructor items:[a 1])"],
    ["(a).b", "(FieldAccess operand:a field:b)"],
    ["a[1].b", "(FieldAccess operand:(ElementAccess operand:a index:1) field:b)"],
    ["((SELECT 1) + 2)", "(+ (ScalarSubquery query:(Select items:[1])) 2)"],
    ["FINAL LAST(A.price)", "(MatchSemantics semantics:FINAL operand:(FunctionCall name:LAST arguments:[A.price]))"],
  ])("%s", (text, expected) => {
    expect(brief(parseExpression(text))).toBe(expected);
  });
});

describe("types", () => {
  test.each([
    ["INTEGER NOT NULL", "INT!"],
    ["double precision", "DOUBLE"],
    ["NUMERIC(10, 2)", "DECIMAL(10,2)"],
    ["TIMESTAMP(3) WITH LOCAL TIME ZONE", "TIMESTAMP_LTZ(3)"],
    ["TIMESTAMP_LTZ(3) NULL", "TIMESTAMP_LTZ(3)"],
    ["TIME WITHOUT TIME ZONE", "TIME"],
    ["MAP<STRING, ARRAY<INT NOT NULL>>", "(MapType key:STRING value:(ArrayType element:INT!))"],
    ["INT ARRAY NOT NULL", "(ArrayType element:INT nullable:false)"],
    ["INTERVAL DAY TO SECOND(3)", "(IntervalType qualifier:DAY TO SECOND(3))"],
    ["ROW<>", "(RowType)"],
    [
      "ROW<a INT COMMENT 'x', `b c` ROW(d DATE)>",
      "(RowType fields:[(RowTypeField name:a type:INT comment:'x')" +
        " (RowTypeField name:`b c` type:(RowType fields:[(RowTypeField name:d type:DATE)]))])",
    ],
  ])("%s", (text, expected) => {
    expect(brief(parseTypeName(text))).toBe(expected);
  });
});

describe("queries", () => {
  test.each([
    [
      "SELECT DISTINCT a b, t.*, * FROM t",
      "(Select quantifier:DISTINCT items:[a:b t.* *] from:(TableReference name:t))",
    ],
    // A set operation binds INTERSECT first and leans to the left.
    [
      "SELECT 1 UNION ALL SELECT 2 INTERSECT SELECT 3 EXCEPT VALUES (4)",
      "(SetOperation operator:EXCEPT left:(SetOperation operator:UNION all:true left:(Select items:[1])" +
        " right:(SetOperation operator:INTERSECT left:(Select items:[2]) right:(Select items:[3])))" +
        " right:(Values rows:[(ValuesRow items:[4])]))",
    ],
    [
      "(SELECT 1 LIMIT 1) ORDER BY a OFFSET 2 ROWS FETCH NEXT 3 ROWS ONLY",
      "(Query body:(Query body:(Select items:[1]) limit:1) orderBy:[(SortItem expression:a)] limit:3 offset:2)",
    ],
    [
      "WITH c (x) AS (SELECT 1) SELECT x FROM c",
      "(Query with:[(CommonTable name:c columns:[x] query:(Select items:[1]))] body:(Select items:[x] from:(TableReference name:c)))",
    ],
    // A comma binds looser than JOIN.
    [
      "SELECT * FROM a, b LEFT JOIN c ON b.x = c.x",
      "(Select items:[*] from:(Join joinType:COMMA left:(TableReference name:a) right:(Join joinType:LEFT" +
        " left:(TableReference name:b) right:(TableReference name:c) on:(= b.x c.x))))",
    ],
    [
      "SELECT * FROM a NATURAL FULL OUTER JOIN (b CROSS JOIN c)",
      "(Select items:[*] from:(Join joinType:FULL natural:true left:(TableReference name:a) right:(Join joinType:CROSS" +
        " left:(TableReference name:b) right:(TableReference name:c))))",
    ],
    [
      "SELECT * FROM a JOIN b USING (x, y)",
      "(Select items:[*] from:(Join joinType:INNER left:(TableReference name:a) right:(TableReference name:b) using:[x y]))",
    ],
    [
      "SELECT * FROM o JOIN r /*+ OPTIONS('k'='v') */ FOR SYSTEM_TIME AS OF o.ts AS r2 ON TRUE",
      "(Select items:[*] from:(Join joinType:INNER left:(TableReference name:o) right:(TableReference name:r" +
        " hints:[(Hint name:OPTIONS arguments:['k'='v'])] systemTime:o.ts alias:r2) on:true))",
    ],
    [
      "SELECT /*+ BROADCAST(t), STATE_TTL('a'='1d') */ 1",
      "(Select hints:[(Hint name:BROADCAST arguments:[t]) (Hint name:STATE_TTL arguments:['a'='1d'])] items:[1])",
    ],
    [
      "SELECT * FROM TABLE(SESSION(TABLE bid PARTITION BY bidder, DESCRIPTOR(ts), INTERVAL '10' SECOND)) AS s",
      "(Select items:[*] from:(TableFunctionCall name:SESSION arguments:[(TableArgument input:bid partitionBy:[bidder])" +
        " (Descriptor columns:[ts]) (IntervalLiteral text:10 qualifier:SECOND)] alias:s))",
    ],
    // Flink's newer form needs no TABLE( ), and arguments may be named.
    [
      "SELECT * FROM HOP(DATA => TABLE bid, TIMECOL => DESCRIPTOR(ts))",
      "(Select items:[*] from:(TableFunctionCall name:HOP arguments:[(NamedArgument name:DATA value:(TableArgument input:bid))" +
        " (NamedArgument name:TIMECOL value:(Descriptor columns:[ts]))]))",
    ],
    [
      "SELECT * FROM t CROSS JOIN UNNEST(t.a) WITH ORDINALITY AS u (x, n), LATERAL TABLE(f(x)) AS v(y)",
      "(Select items:[*] from:(Join joinType:COMMA left:(Join joinType:CROSS left:(TableReference name:t)" +
        " right:(UnnestTable expressions:[t.a] withOrdinality:true alias:u[x n]))" +
        " right:(TableFunctionCall name:f arguments:[x] lateral:true alias:v[y])))",
    ],
    [
      "SELECT * FROM (VALUES (1, 'a'), ROW(2, 'b')) AS v (n, s)",
      "(Select items:[*] from:(DerivedTable query:(Values rows:[(ValuesRow items:[1 'a']) (ValuesRow items:[2 'b'])]) alias:v[n s]))",
    ],
    [
      "SELECT * FROM ((SELECT 1) UNION SELECT 2) AS u",
      "(Select items:[*] from:(DerivedTable query:(SetOperation operator:UNION left:(Select items:[1]) right:(Select items:[2])) alias:u))",
    ],
    [
      "SELECT * FROM ((SELECT 1) AS a CROSS JOIN b)",
      "(Select items:[*] from:(Join joinType:CROSS left:(DerivedTable query:(Select items:[1]) alias:a) right:(TableReference name:b)))",
    ],
    [
      "SELECT a FROM t WHERE b GROUP BY a, (b, c), (), ROLLUP (d), GROUPING SETS ((a), ()) HAVING e QUALIFY f",
      "(Select items:[a] from:(TableReference name:t) where:b groupBy:(GroupBy elements:[(GroupingKeys expressions:[a])" +
        " (GroupingKeys expressions:[b c]) (GroupingKeys) (GroupingRollup operator:ROLLUP elements:[(GroupingKeys expressions:[d])])" +
        " (GroupingSets elements:[(GroupingKeys expressions:[a]) (GroupingKeys)])]) having:e qualify:f)",
    ],
    [
      "SELECT 1 FROM t WINDOW w AS (ORDER BY a), v AS (w)",
      "(Select items:[1] from:(TableReference name:t) windows:[(NamedWindow name:w specification:(WindowSpecification" +
        " orderBy:[(SortItem expression:a)])) (NamedWindow name:v specification:(WindowSpecification base:w))])",
    ],
    [
      "SELECT * FROM t MATCH_RECOGNIZE (PARTITION BY k ORDER BY ts MEASURES LAST(B.x) AS x ONE ROW PER MATCH" +
        " AFTER MATCH SKIP TO FIRST B PATTERN (A B+? (C | D){2,}) WITHIN INTERVAL '1' HOUR DEFINE A AS A.x > 1) AS m",
      "(Select items:[*] from:(MatchRecognize input:(TableReference name:t) partitionBy:[k] orderBy:[(SortItem expression:ts)]" +
        " measures:[(Measure expression:(FunctionCall name:LAST arguments:[B.x]) alias:x)] rowsPerMatch:ONE" +
        " afterMatch:(AfterMatch skip:TO FIRST variable:B) pattern:(PatternSequence patterns:[(PatternVariable name:A)" +
        " (PatternRepetition pattern:(PatternVariable name:B) least:1 reluctant:true)" +
        " (PatternRepetition pattern:(PatternAlternation patterns:[(PatternVariable name:C) (PatternVariable name:D)]) least:2)])" +
        " within:(IntervalLiteral text:1 qualifier:HOUR) define:[(PatternDefinition name:A condition:(> A.x 1))] alias:m))",
    ],
  ])("%s", (text, expected) => {
    expect(brief(parseQuery(text))).toBe(expected);
  });
});

describe("statements", () => {
  test.each([
    [
      "CREATE TEMPORARY TABLE IF NOT EXISTS c.d.t (a INT NOT NULL COMMENT 'x', b AS a + 1, `offset` BIGINT METADATA VIRTUAL," +
        " ts TIMESTAMP(3) METADATA FROM 'timestamp', WATERMARK FOR ts AS ts - INTERVAL '4' SECOND," +
        " CONSTRAINT pk PRIMARY KEY (a) NOT ENFORCED) COMMENT 'c' PARTITIONED BY (a) WITH ('k' = 'v')",
      "(CreateTable name:c.d.t temporary:true ifNotExists:true columns:[(PhysicalColumn name:a type:INT! comment:'x')" +
        " (ComputedColumn name:b expression:(+ a 1)) (MetadataColumn name:`offset` type:BIGINT virtual:true)" +
        " (MetadataColumn name:ts type:TIMESTAMP(3) key:'timestamp')] watermark:(WatermarkDefinition column:ts" +
        " expression:(- ts (IntervalLiteral text:4 qualifier:SECOND))) primaryKey:(PrimaryKey name:pk columns:[a])" +
        " comment:'c' partitionedBy:[a] options:['k'='v'])",
    ],
    [
      "CREATE TABLE t (id INT PRIMARY KEY NOT ENFORCED, value STRING) DISTRIBUTED BY HASH (id) INTO 4 BUCKETS",
      "(CreateTable name:t columns:[(PhysicalColumn name:id type:INT) (PhysicalColumn name:value type:STRING)]" +
        " primaryKey:(PrimaryKey columns:[id]) distribution:(Distribution algorithm:HASH columns:[id] buckets:4))",
    ],
    [
      "CREATE TABLE t WITH ('a'='b') LIKE s (INCLUDING ALL OVERWRITING OPTIONS)",
      "(CreateTable name:t options:['a'='b'] like:(LikeClause source:s options:[(LikeOption strategy:INCLUDING feature:ALL)" +
        " (LikeOption strategy:OVERWRITING feature:OPTIONS)]))",
    ],
    ["CREATE TABLE t AS SELECT 1", "(CreateTable name:t query:(Select items:[1]))"],
    [
      "CREATE VIEW IF NOT EXISTS v (a) AS SELECT 1",
      "(CreateView name:v ifNotExists:true columns:[a] query:(Select items:[1]))",
    ],
    [
      "CREATE TEMPORARY SYSTEM FUNCTION f AS 'file.ts#f' LANGUAGE TypeScript",
      "(CreateFunction name:f temporary:true system:true implementation:'file.ts#f' language:TYPESCRIPT)",
    ],
    ["CREATE DATABASE d WITH ('a' = 'b')", "(CreateDatabase name:d options:['a'='b'])"],
    ["DROP DATABASE IF EXISTS d CASCADE", "(DropStatement object:DATABASE name:d ifExists:true behavior:CASCADE)"],
    ["ALTER TABLE t RENAME a TO b", "(AlterTable name:t action:(RenameColumn from:a to:b))"],
    [
      "ALTER TABLE t ADD (c INT AFTER a, d AS c)",
      "(AlterTable name:t action:(ChangeColumns operation:ADD columns:[(PlacedColumn column:(PhysicalColumn name:c type:INT)" +
        " position:a) (PlacedColumn column:(ComputedColumn name:d expression:c))]))",
    ],
    ["ALTER VIEW v AS SELECT 1", "(AlterView name:v action:(Select items:[1]))"],
    [
      "INSERT OVERWRITE t PARTITION (p = 1) (a, b) VALUES (1, 2)",
      "(InsertStatement table:t overwrite:true partition:[(PartitionAssignment column:p value:1)] columns:[a b]" +
        " query:(Values rows:[(ValuesRow items:[1 2])]))",
    ],
    ["INSERT INTO t (SELECT 1)", "(InsertStatement table:t query:(Select items:[1]))"],
    [
      "EXECUTE STATEMENT SET BEGIN INSERT INTO a SELECT 1; INSERT INTO b SELECT 2; END",
      "(StatementSet inserts:[(InsertStatement table:a query:(Select items:[1])) (InsertStatement table:b query:(Select items:[2]))])",
    ],
    [
      "BEGIN STATEMENT SET; INSERT INTO a SELECT 1; END",
      "(StatementSet inserts:[(InsertStatement table:a query:(Select items:[1]))])",
    ],
    ["SET", "(SetStatement)"],
    ["SET 'a.b' = '1'", "(SetStatement key:'a.b' value:'1')"],
    ["SET table.exec.state-ttl = 10 s", "(SetStatement key:'table.exec.state-ttl' value:'10 s')"],
    ["RESET 'a'", "(ResetStatement key:'a')"],
    [
      "EXPLAIN CHANGELOG_MODE, ESTIMATED_COST SELECT 1",
      "(ExplainStatement details:[CHANGELOG_MODE ESTIMATED_COST] statement:(Select items:[1]))",
    ],
    ["EXPLAIN PLAN FOR SELECT 1", "(ExplainStatement statement:(Select items:[1]))"],
    ["EXPLAIN ANALYZE SELECT 1", "(ExplainStatement analyze:true statement:(Select items:[1]))"],
    ["USE CATALOG c", "(UseStatement object:CATALOG name:c)"],
    ["SHOW TABLES FROM d NOT LIKE 'a%'", "(ShowStatement object:TABLES name:d like:'a%' notLike:true)"],
    ["SHOW CREATE TABLE t", "(ShowStatement object:CREATE TABLE name:t)"],
    ["DESC EXTENDED t", "(DescribeStatement object:TABLE name:t extended:true)"],
    ["TABLE t", "(ExplicitTable name:t)"],
  ])("%s", (text, expected) => {
    expect(brief(parseStatement(text))).toBe(expected);
  });
});

describe("scripts", () => {
  test("statements are separated by semicolons, empty ones and comments are skipped", () => {
    const script = ";; SELECT 1; -- ;\n/* ; */ ; SELECT ';' ;; ";
    expect(parseScript(script).map(brief)).toEqual(["(Select items:[1])", "(Select items:[';'])"]);
    expect(parseScript(" \n-- nothing")).toEqual([]);
  });

  test("spans cut out the text of every node", () => {
    const text = "SELECT (a + b) * c AS x FROM t AS u WHERE f(a) IS NULL";
    const pieces: string[] = [];
    walk(parseQuery(text), {
      BinaryExpression: ({ span }) => void pieces.push(text.slice(span.start, span.end)),
      IsPredicate: ({ span }) => void pieces.push(text.slice(span.start, span.end)),
      SelectExpression: ({ span }) => void pieces.push(text.slice(span.start, span.end)),
      TableReference: ({ span }) => void pieces.push(text.slice(span.start, span.end)),
    });
    expect(pieces).toEqual(["(a + b) * c AS x", "(a + b) * c", "a + b", "t AS u", "f(a) IS NULL"]);
  });

  test("a visitor that answers false does not go deeper", () => {
    const names: string[] = [];
    walk(parseQuery("SELECT a, (SELECT b)"), {
      ScalarSubquery: () => false,
      ColumnReference: (column) => void names.push(column.parts[0]!.name),
    });
    expect(names).toEqual(["a"]);
  });

  test("nodes and their arrays are frozen", () => {
    const check = (node: object): void => {
      expect(Object.isFrozen(node), JSON.stringify(node)).toBe(true);
      for (const field of Object.values(node)) if (typeof field === "object" && field !== null) check(field);
    };
    check(parseStatement("CREATE TABLE t (a INT, b AS f(a, 1) + 2) WITH ('k' = 'v')"));
    check(parseQuery("SELECT f(a), b FROM t GROUP BY a"));
  });
});
