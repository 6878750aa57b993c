/** Random texts of the characters that matter, cut anywhere, against a plain parser on strings. */
import { parseOptions, STRING, valueAt } from "@millrace/core";
import { seededRandom } from "@millrace/testkit";
import { expect, test } from "vitest";
import { csvFormat } from "./csv-format.ts";

interface Rules {
  readonly quote: string;
  readonly escape: string;
  readonly comments: boolean;
}

const MEANINGS: { readonly [letter: string]: string } = { "0": "\0", n: "\n", r: "\r", t: "\t" };

/** Records as lists of fields, or null for those with damaged quotes; with the line that each begins on. */
function parse(text: string, rules: Rules): { readonly line: number; readonly fields: string[] | null }[] {
  const records: { line: number; fields: string[] | null }[] = [];
  for (let at = 0, line = 0; at < text.length; ) {
    const feed = text.indexOf("\n", at);
    const lineEnd = feed < 0 ? text.length : feed + 1;
    if (rules.comments && text[at] === "#") {
      at = lineEnd;
      line++;
      continue;
    }
    const { fields, next } = parseRecord(text, at, rules) ?? { fields: null, next: lineEnd };
    const isBlank = fields !== null && /^\r?\n?$/.test(text.slice(at, next));
    if (!isBlank) records.push({ line, fields });
    line += Math.max(
      1,
      text.slice(at, next).split("\n").length - 1 + (next === text.length && text[next - 1] !== "\n" ? 1 : 0),
    );
    at = next;
  }
  return records;
}

function parseRecord(text: string, from: number, { quote, escape: mark }: Rules) {
  const fields: string[] = [];
  for (let at = from; ; ) {
    let value = "";
    if (quote !== "" && text[at] === quote) {
      for (at++; ; at++) {
        if (at >= text.length) return null;
        if (mark !== "" && text[at] === mark) {
          if (++at >= text.length) return null;
          value += MEANINGS[text[at]] ?? text[at];
        } else if (text[at] !== quote) value += text[at];
        else if (text[at + 1] === quote) value += text[++at];
        else break;
      }
      at++;
      const rest = text.slice(at, at + 2);
      fields.push(value);
      if (rest === "" || rest === "\r") return { fields, next: text.length };
      if (rest === "\r\n") return { fields, next: at + 2 };
      if (rest[0] === "\n") return { fields, next: at + 1 };
      if (rest[0] !== ",") return null;
      at++;
      continue;
    }
    let isEscaped = false;
    for (; at < text.length && text[at] !== "," && text[at] !== "\n"; at++) {
      isEscaped = mark !== "" && text[at] === mark && at + 1 < text.length;
      if (isEscaped) at++;
      value += isEscaped ? (MEANINGS[text[at]] ?? text[at]) : text[at];
    }
    if (text[at] === ",") {
      fields.push(value);
      at++;
      continue;
    }
    // A return in front of the line end is part of it.
    fields.push(!isEscaped && value.endsWith("\r") ? value.slice(0, -1) : value);
    return { fields, next: Math.min(at + 1, text.length) };
  }
}

const seed = Number(process.env.MILLRACE_TEST_SEED ?? Date.now() & 0x7fffffff);
const WIDTH = 2;

test.each<[string, Rules, Record<string, string>]>([
  ["quotes", { quote: '"', escape: "", comments: false }, {}],
  ["comments", { quote: '"', escape: "", comments: true }, { "allow-comments": "true" }],
  ["escapes", { quote: '"', escape: "\\", comments: true }, { "escape-character": "\\", "allow-comments": "true" }],
  [
    "no quotes",
    { quote: "", escape: "\\", comments: false },
    { "disable-quote-character": "true", "escape-character": "\\" },
  ],
])(`texts with %s (seed ${seed})`, (_name, rules, options) => {
  const random = seededRandom(seed);
  const below = (limit: number) => Math.floor(random() * limit);
  const schema = { fields: ["a", "b"].map((name) => ({ name, type: STRING })) };
  const fields = schema.fields.map(({ name, type }) => ({ path: [name], type }));
  const values = parseOptions(csvFormat.options, options, "csv");
  for (let round = 0; round < 3000; round++) {
    const alphabet = round % 2 === 0 ? 'ab,,,"\n' : 'an,,"""\n\n\r\\#é';
    const characters = [...alphabet];
    const text = Array.from({ length: below(60) }, () => characters[below(characters.length)]).join("");
    const expected = parse(text, rules);
    const bytes = new TextEncoder().encode(text);
    const bad: number[] = [];
    const rows: unknown[][] = [];
    const decoder = csvFormat.createDecoder?.({ fields, metadata: [], predicates: [] }, schema, values, (...told) => {
      bad.push(told[4]);
    });
    if (decoder === undefined) throw new Error("csv cannot be read");
    for (let at = 0, end = 0; at < bytes.length; ) {
      end = Math.min(bytes.length, end + 1 + below(20));
      at = decoder.decodeDelimited(bytes, at, end, end === bytes.length);
      const taken = decoder.take();
      for (let i = 0; i < taken.length; i++) rows.push(taken.columns.map((column) => valueAt(column, i, STRING)));
    }
    const told = `round ${round}: ${JSON.stringify(text)}`;
    const good = expected.filter((record) => record.fields?.length === WIDTH);
    expect(rows, told).toEqual(good.map((record) => record.fields));
    const wrong = expected.filter((record) => record.fields?.length !== WIDTH);
    expect(bad, told).toEqual(wrong.map(({ line }) => line));
  }
});
