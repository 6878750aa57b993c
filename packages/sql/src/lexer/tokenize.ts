import type { Token, TokenKind } from "./token.ts";

/** Why the last token is invalid. */
export interface LexicalError {
  readonly message: string;
  readonly start: number;
  readonly end: number;
  /** The text ended inside a string, a quoted name or a comment. */
  readonly unterminated: boolean;
}

export interface TokenList {
  readonly tokens: readonly Token[];
  readonly error: LexicalError | null;
}

const twoCharacterSymbols: ReadonlySet<string> = new Set(["<=", ">=", "<>", "!=", "||", "=>", "::"]);
const symbols = "()[]{},.;=<>+-*/%?:|^$&~!";
const wordStart = /[\p{L}_]/u;
const wordPart = /[\p{L}\p{N}\p{M}_$]/u;
const space = /\s/u;

/**
 * Cuts a text into tokens.
 *
 * Invariant: tokens are in order and do not overlap; the last one, and only it, is `end` or `invalid`. A text that
 * cannot be cut yields what came before, so that an earlier mistake of grammar is reported first.
 * The opening and the closing mark of a hint are symbols; other comments are dropped.
 * Cost: one pass.
 */
export function tokenize(text: string): TokenList {
  return new Lexer(text).run();
}

class Lexer {
  readonly #text: string;
  readonly #tokens: Token[] = [];
  #index = 0;
  #inHint = false;
  #error: LexicalError | null = null;

  constructor(text: string) {
    this.#text = text;
  }

  run(): TokenList {
    const text = this.#text;
    if (text.charCodeAt(0) === 0xfeff) this.#index = 1;
    while (this.#error === null) {
      this.#skipBlank();
      if (this.#error !== null) break;
      if (this.#index >= text.length) {
        this.#push("end", this.#index, "");
        break;
      }
      this.#next();
    }
    if (this.#error !== null) {
      const { start, end } = this.#error;
      this.#tokens.push({ kind: "invalid", start, end, value: text.slice(start, end), keyword: "" });
    }
    return { tokens: this.#tokens, error: this.#error };
  }

  #next(): void {
    const text = this.#text;
    const start = this.#index;
    const char = text[start] as string;
    const following = text[start + 1] ?? "";
    if (char === "'") return this.#string(start, start + 1);
    if (char === "`") return this.#quotedName(start);
    if ((char === "x" || char === "X") && following === "'") return this.#binary(start);
    if ((char === "u" || char === "U") && following === "&" && text[start + 2] === "'")
      return this.#unicodeString(start);
    if (isDigit(char) || (char === "." && isDigit(following))) return this.#number(start);
    if (isWordStart(text, start)) return this.#word(start);
    if (text.startsWith("/*+", start)) {
      this.#inHint = true;
      return this.#symbol(start, "/*+");
    }
    if (this.#inHint && char === "*" && following === "/") {
      this.#inHint = false;
      return this.#symbol(start, "*/");
    }
    if (twoCharacterSymbols.has(char + following)) return this.#symbol(start, char + following);
    if (symbols.includes(char)) return this.#symbol(start, char);
    this.#unknownCharacter(start);
  }

  #push(kind: TokenKind, start: number, value: string): void {
    const keyword = kind === "word" ? value.toUpperCase() : "";
    this.#tokens.push({ kind, start, end: this.#index, value, keyword });
  }

  #symbol(start: number, symbol: string): void {
    this.#index = start + symbol.length;
    this.#push("symbol", start, symbol);
  }

  #fail(message: string, start: number, end: number, unterminated = false): void {
    this.#error = { message, start, end, unterminated };
  }

  #skipBlank(): void {
    const text = this.#text;
    while (this.#index < text.length) {
      const code = text.charCodeAt(this.#index);
      if (code === 32 || (code >= 9 && code <= 13)) {
        this.#index++;
      } else if (code === 45 && text.charCodeAt(this.#index + 1) === 45) {
        while (this.#index < text.length && text[this.#index] !== "\n" && text[this.#index] !== "\r") this.#index++;
      } else if (code === 47 && text[this.#index + 1] === "*" && text[this.#index + 2] !== "+") {
        const end = text.indexOf("*/", this.#index + 2);
        if (end < 0) return this.#fail("this comment has no end", this.#index, this.#index + 2, true);
        this.#index = end + 2;
      } else if (code > 127 && space.test(text[this.#index] as string)) {
        this.#index++;
      } else {
        return;
      }
    }
  }

  #word(start: number): void {
    const text = this.#text;
    let end = start;
    while (end < text.length) {
      const code = text.charCodeAt(end);
      if (isAsciiWordPart(code)) {
        end++;
      } else if (code > 127) {
        const point = String.fromCodePoint(text.codePointAt(end) as number);
        if (!wordPart.test(point)) break;
        end += point.length;
      } else {
        break;
      }
    }
    this.#index = end;
    this.#push("word", start, text.slice(start, end));
  }

  #number(start: number): void {
    const text = this.#text;
    let end = start;
    while (isDigit(text[end])) end++;
    if (text[end] === ".") {
      end++;
      while (isDigit(text[end])) end++;
    }
    if (text[end] === "e" || text[end] === "E") {
      const sign = text[end + 1] === "+" || text[end + 1] === "-" ? 1 : 0;
      if (isDigit(text[end + 1 + sign])) {
        end += 1 + sign;
        while (isDigit(text[end])) end++;
      }
    }
    this.#index = end;
    this.#push("number", start, text.slice(start, end));
  }

  /** The content up to the closing quote with doubled quotes undone, or null if there is none. */
  #quotedContent(from: number, quote: string): string | null {
    const text = this.#text;
    let content = "";
    let index = from;
    for (;;) {
      const close = text.indexOf(quote, index);
      if (close < 0) return null;
      content += text.slice(index, close);
      if (text[close + 1] !== quote) {
        this.#index = close + 1;
        return content;
      }
      content += quote;
      index = close + 2;
    }
  }

  #string(start: number, from: number): void {
    const content = this.#quotedContent(from, "'");
    if (content === null) return this.#fail("this string has no closing '", start, from, true);
    this.#push("string", start, content);
  }

  #unicodeString(start: number): void {
    const content = this.#quotedContent(start + 3, "'");
    if (content === null) return this.#fail("this string has no closing '", start, start + 3, true);
    let bad = false;
    const value = content.replace(
      /\\(?:\\|\+([0-9a-fA-F]{6})|([0-9a-fA-F]{4})|)/g,
      (match, long?: string, short?: string) => {
        if (match === "\\\\") return "\\";
        const point = Number.parseInt(long ?? short ?? "", 16);
        if (Number.isNaN(point) || point > 0x10ffff) bad = true;
        return bad ? "" : String.fromCodePoint(point);
      },
    );
    if (bad) return this.#fail("an escape in U&'…' is \\XXXX, \\+XXXXXX or \\\\", start, this.#index);
    this.#push("string", start, value);
  }

  #binary(start: number): void {
    const content = this.#quotedContent(start + 2, "'");
    if (content === null) return this.#fail("this binary literal has no closing '", start, start + 2, true);
    if (!/^(?:[0-9a-fA-F]{2})*$/.test(content)) {
      return this.#fail("a binary literal x'…' holds an even number of hexadecimal digits", start, this.#index);
    }
    this.#push("binary", start, content);
  }

  #quotedName(start: number): void {
    const content = this.#quotedContent(start + 1, "`");
    if (content === null) return this.#fail("this name has no closing `", start, start + 1, true);
    if (content === "") return this.#fail("a name in back quotes cannot be empty", start, this.#index);
    this.#push("quoted", start, content);
  }

  #unknownCharacter(start: number): void {
    const point = this.#text.codePointAt(start) as number;
    const char = String.fromCodePoint(point);
    const end = start + char.length;
    if (char === '"') return this.#fail("strings go in single quotes '…', names in back quotes `…`", start, end);
    const printable = point > 32 && point !== 127 && !(point >= 0xd800 && point <= 0xdfff);
    const shown = printable ? char : `U+${point.toString(16).toUpperCase().padStart(4, "0")}`;
    this.#fail(`unexpected character ${shown}`, start, end);
  }
}

function isDigit(char: string | undefined): boolean {
  return char !== undefined && char >= "0" && char <= "9" && char.length === 1;
}

function isAsciiWordPart(code: number): boolean {
  return (
    (code >= 97 && code <= 122) ||
    (code >= 65 && code <= 90) ||
    (code >= 48 && code <= 57) ||
    code === 95 ||
    code === 36
  );
}

function isWordStart(text: string, index: number): boolean {
  const code = text.charCodeAt(index);
  if (code <= 127) return (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || code === 95;
  return wordStart.test(String.fromCodePoint(text.codePointAt(index) as number));
}
