/** Filters of paths: `@.price < 10 && @.name == 'x'`, `@.tag in ['a', 'b']`, `@.name =~ /x.*\/i`, `!@.old`. */
import { JsonDecimal } from "./json-decimal.ts";
import type { JsonValue } from "./json-value.ts";
import type { Path, PathFilter } from "./path-step.ts";
import { numberOf, readPath } from "./read-path.ts";

/** What parses the text of a path; see `PathCursor`. */
interface Cursor {
  match(expression: RegExp): RegExpExecArray | null;
  expect(expression: RegExp, what: string): RegExpExecArray;
  error(reason: string): SyntaxError;
  path(start: "$" | "@"): Path;
}

type Operand = (item: JsonValue, root: JsonValue) => JsonValue | undefined;

export function parseFilter(cursor: Cursor): PathFilter {
  let left = parseConjunction(cursor);
  while (cursor.match(/\s*\|\|\s*/y) !== null) {
    const [a, b] = [left, parseConjunction(cursor)];
    left = (item, root) => a(item, root) || b(item, root);
  }
  return left;
}

function parseConjunction(cursor: Cursor): PathFilter {
  let left = parseTerm(cursor);
  while (cursor.match(/\s*&&\s*/y) !== null) {
    const [a, b] = [left, parseTerm(cursor)];
    left = (item, root) => a(item, root) && b(item, root);
  }
  return left;
}

function parseTerm(cursor: Cursor): PathFilter {
  cursor.match(/\s+/y);
  if (cursor.match(/!(?!=)\s*/y) !== null) {
    const inner = parseTerm(cursor);
    return (item, root) => !inner(item, root);
  }
  if (cursor.match(/\(/y) !== null) {
    const inner = parseFilter(cursor);
    cursor.expect(/\s*\)/y, "')'");
    return inner;
  }
  const left = parseOperand(cursor);
  const pattern = cursor.match(/\s*=~\s*\/((?:[^/\\]|\\.)*)\/(i?)/y);
  if (pattern !== null) {
    const expression = new RegExp(`^(?:${pattern[1]})$`, pattern[2]);
    return (item, root) => {
      const value = left(item, root);
      return typeof value === "string" && expression.test(value);
    };
  }
  const list = cursor.match(/\s*\b(in|nin)\s*\[\s*/y);
  if (list !== null) {
    const members: Operand[] = [];
    do members.push(parseOperand(cursor));
    while (cursor.match(/\s*,\s*/y) !== null);
    cursor.expect(/\s*\]/y, "']'");
    return (item, root) => {
      const value = left(item, root);
      return members.some((member) => compare("==", value, member(item, root))) === (list[1] === "in");
    };
  }
  const operator = cursor.match(/\s*(==|!=|<=|>=|<|>)\s*/y);
  if (operator === null) return (item, root) => left(item, root) !== undefined;
  const right = parseOperand(cursor);
  return (item, root) => compare(operator[1], left(item, root), right(item, root));
}

function parseOperand(cursor: Cursor): Operand {
  const root = cursor.match(/(?=\$)/y);
  const path = root !== null || cursor.match(/(?=@)/y) !== null ? cursor.path(root === null ? "@" : "$") : null;
  if (path !== null) return (item, top) => readPath(path, root === null ? item : top, true);
  const text = cursor.match(/'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"/y);
  if (text !== null) return () => (text[1] ?? text[2]).replace(/\\(.)/g, "$1");
  const word = cursor.match(/(?:true|false|null)\b/y);
  if (word !== null) return () => (word[0] === "null" ? null : word[0] === "true");
  const number = cursor.expect(/-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y, "a value");
  return () => new JsonDecimal(number[0]);
}

function compare(operator: string, a: JsonValue | undefined, b: JsonValue | undefined): boolean {
  const [x, y] = [numberOf(a) ?? a, numberOf(b) ?? b];
  if (operator === "==" || operator === "!=") return (x === y) === (operator === "==");
  const isOrdered =
    (typeof x === "number" && typeof y === "number") || (typeof x === "string" && typeof y === "string");
  if (!isOrdered) return false;
  switch (operator) {
    case "<":
      return x < y;
    case "<=":
      return x <= y;
    case ">":
      return x > y;
    default:
      return x >= y;
  }
}
