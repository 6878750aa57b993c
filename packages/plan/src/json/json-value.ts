/** JSON as values that keep what JavaScript's own parser loses: all digits of numbers, 1.0 as not 1, the order of keys. */
import { JsonDecimal } from "./json-decimal.ts";

/** Whole numbers are `number`, or `bigint` where they are not safe; those written with a fraction or an exponent JsonDecimal. */
export type JsonValue = null | boolean | string | number | bigint | JsonDecimal | JsonValue[] | JsonObject;
export type JsonObject = Map<string, JsonValue>;

export function isScalar(value: JsonValue): boolean {
  return !Array.isArray(value) && !(value instanceof Map);
}

/**
 * The first value in the text, with nothing but blanks before it; what follows is looked at only if `whole`. Of equal keys of an
 * object the last counts, unless they are `distinct`.
 */
export function parseJson(text: string, whole: boolean, distinct = false): JsonValue {
  const parser = new Parser(text, distinct);
  const value = parser.value(0);
  if (whole) parser.end();
  return value;
}

const BLANKS = /[ \t\n\r]*/y;
const NUMBER = /-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?(?![\w.])/y;
const STRING = /"(?:[ !#-[\]-\uffff]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const WORD = /(?:true|false|null)(?!\w)/y;
const MAX_DEPTH = 1000;

class Parser {
  readonly #text: string;
  readonly #distinct: boolean;
  #at = 0;

  constructor(text: string, distinct: boolean) {
    this.#text = text;
    this.#distinct = distinct;
  }

  value(depth: number): JsonValue {
    if (depth > MAX_DEPTH) throw this.#error("nested too deep");
    this.#match(BLANKS);
    switch (this.#text[this.#at]) {
      case "{":
        return this.#object(depth);
      case "[":
        return this.#array(depth);
      case '"':
        return this.#string();
    }
    const word = this.#match(WORD);
    if (word !== null) return word[0] === "null" ? null : word[0] === "true";
    const number = this.#match(NUMBER);
    if (number === null) throw this.#error("no value");
    if (number[1] !== undefined || number[2] !== undefined) return new JsonDecimal(number[0]);
    const whole = Number(number[0]);
    return Number.isSafeInteger(whole) ? whole + 0 : BigInt(number[0]);
  }

  end(): void {
    this.#match(BLANKS);
    if (this.#at < this.#text.length) throw this.#error("text behind the value");
  }

  #error(reason: string): SyntaxError {
    return new SyntaxError(`${reason} at ${this.#at}`);
  }

  #match(expression: RegExp): RegExpExecArray | null {
    expression.lastIndex = this.#at;
    const found = expression.exec(this.#text);
    if (found !== null) this.#at += found[0].length;
    return found;
  }

  #accept(symbol: string): boolean {
    this.#match(BLANKS);
    if (this.#text[this.#at] !== symbol) return false;
    this.#at++;
    return true;
  }

  #string(): string {
    const found = this.#match(STRING);
    if (found === null) throw this.#error("malformed string");
    return found[0].includes("\\") ? (JSON.parse(found[0]) as string) : found[0].slice(1, -1);
  }

  #object(depth: number): JsonObject {
    const object: JsonObject = new Map();
    this.#at++;
    if (this.#accept("}")) return object;
    do {
      this.#match(BLANKS);
      const key = this.#string();
      if (this.#distinct && object.has(key)) throw this.#error(`the key '${key}' comes twice`);
      if (!this.#accept(":")) throw this.#error("':' expected");
      object.set(key, this.value(depth + 1));
    } while (this.#accept(","));
    if (!this.#accept("}")) throw this.#error("'}' expected");
    return object;
  }

  #array(depth: number): JsonValue[] {
    const array: JsonValue[] = [];
    this.#at++;
    if (this.#accept("]")) return array;
    do array.push(this.value(depth + 1));
    while (this.#accept(","));
    if (!this.#accept("]")) throw this.#error("']' expected");
    return array;
  }
}
