import { describe, expect, test } from "vitest";
import { compilePath } from "./json-path.ts";
import { parseJson } from "./json-value.ts";
import { readPath } from "./read-path.ts";
import { writeJson } from "./write-json.ts";

const shop = parseJson(
  `{"book": [{"title": "Sayings", "price": 8.95, "tags": ["a"]}, {"title": "Sword", "price": 12.99, "old": true},
    {"title": "Moby", "price": 8.99, "tags": ["b", "c"]}], "limit": 10, "bike": {"color": "red", "price": 19.95}}`,
  true,
);

function read(path: string): string | undefined {
  const found = readPath(compilePath(path), shop, false);
  return found === undefined ? undefined : writeJson(found);
}

describe("filters, which Flink's own jars cannot run without another library", () => {
  test.each([
    ["$.book[?(@.old)].title", '["Sword"]'],
    ["$.book[?(!@.old)].title", '["Sayings","Moby"]'],
    ["$.book[?(@.price < 10)].title", '["Sayings","Moby"]'],
    ["$.book[?(@.price >= 8.99 && @.price <= 12.99)].title", '["Sword","Moby"]'],
    ["$.book[?(@.title == 'Moby' || @.price == 8.95)].price", "[8.95,8.99]"],
    ["$.book[?(@.price > $.limit)].title", '["Sword"]'],
    ["$.book[?(@.title =~ /s.*/i)].title", '["Sayings","Sword"]'],
    ["$.book[?(@.title in ['Moby', 'Sword'])].price", "[12.99,8.99]"],
    ["$.book[?(@.title nin ['Moby', 'Sword'])].price", "[8.95]"],
    ["$.book[?(@.title != 'Moby')].title", '["Sayings","Sword"]'],
    ["$.book[?((@.price < 9) && (@.tags))].title", '["Sayings","Moby"]'],
    ["$..[?(@.color)].price", "[19.95]"],
    ["$.book[?(@.title < 1)]", "[]"],
  ])("%s", (path, expected) => expect(read(path)).toBe(expected));
});

describe("steps", () => {
  test.each([
    ["$.book[0,2].title", '["Sayings","Moby"]'],
    ["$.book[1:].title", '["Sword","Moby"]'],
    ["$.book[:-1].title", '["Sayings","Sword"]'],
    ["$.book[-1]['title']", '"Moby"'],
    ["$.bike['color','price','x']", '{"color":"red","price":19.95}'],
    ["$['book','bike']['color','price']", '[{"color":"red","price":19.95}]'],
    ["$..price", "[8.95,12.99,8.99,19.95]"],
    ["$..tags[0]", '["a","b"]'],
    ["$.book.length()", "3"],
    ["$.bike.keys()", '["color","price"]'],
    ["$..price.max()", "19.95"],
    ["$.book[9]", undefined],
  ])("%s", (path, expected) => expect(read(path)).toBe(expected));

  test.each(["$.", "$[", "$.a[", "$.a[x]", "$.a b", "$.b[1 to 2]", "$.b[?(@.x]", "$.b[?(@.x =~ x)]", ""])(
    "'%s' is no path",
    (path) => expect(() => compilePath(path)).toThrow(SyntaxError),
  );
});

test("values keep their digits and the last of equal keys; keys come out in order", () => {
  const text = '{"b":1.50,"a":[12345678901234567890,-0,1E5,"\\u00e4\\n\\u0001"],"b":2.0}';
  expect(writeJson(parseJson(text, true))).toBe('{"a":[12345678901234567890,0,1E+5,"ä\\n\\u0001"],"b":2.0}');
});

test.each(["", "{", '{"a"}', "[1,]", "01", "1.", "+1", "'a'", '"\n"', "nul", "{a:1}", "[1 2]", '{"a":1,}', "\u00a01"])(
  "%j is no JSON",
  (text) => expect(() => parseJson(text, false)).toThrow(SyntaxError),
);

test("what follows the first value counts only if asked for", () => {
  expect(parseJson("[1] x", false)).toEqual([1]);
  expect(() => parseJson("[1] x", true)).toThrow(SyntaxError);
});
