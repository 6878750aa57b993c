import { nearest } from "@millrace/core";
import { reservedWords } from "../lexer/reserved-words.ts";
import type { Token } from "../lexer/token.ts";
import { type LexicalError, tokenize } from "../lexer/tokenize.ts";
import type { SourceText } from "../text/source-text.ts";
import type { Span } from "../text/span.ts";
import { SqlError } from "../text/sql-error.ts";
import type { Grammar } from "./grammar.ts";

/** How deep parentheses, queries, types and the like may be nested: bounds the parser's own stack. */
const nestingLimit = 200;
/** How high a tree may be, left-leaning chains of operators and joins included: bounds the stack of who reads it. */
const heightLimit = 500;

/** Without the words of two letters, which nearly every short word resembles. */
const operatorWords = ["AND", "NOT", "LIKE", "BETWEEN"];
/** What an alias without AS may have been meant to be. */
const wordsAfterAlias = (
  "FROM WHERE GROUP HAVING ORDER LIMIT OFFSET WINDOW QUALIFY UNION EXCEPT INTERSECT " +
  "JOIN INNER LEFT RIGHT FULL CROSS LIKE BETWEEN"
).split(" ");

/**
 * The parser's place in the tokens.
 *
 * Invariant: every test for a keyword or symbol at the current token that fails is remembered until the cursor moves, so
 * an error can say what would have been accepted; tests that only look ahead (`is…`) are not remembered.
 */
export class TokenCursor {
  readonly source: SourceText;
  readonly grammar: Grammar;
  /** Height of the tree being built since it was last set to 0; see `grown`. */
  height = 0;
  readonly #tokens: readonly Token[];
  readonly #lexicalError: LexicalError | null;
  #index = 0;
  #nesting = 0;
  #expected: string[] = [];
  #implicitAliasAt = -1;

  constructor(source: SourceText, grammar: Grammar) {
    const { tokens, error } = tokenize(source.text);
    this.source = source;
    this.grammar = grammar;
    this.#tokens = tokens;
    this.#lexicalError = error;
  }

  get index(): number {
    return this.#index;
  }

  get token(): Token {
    return this.#tokens[this.#index] as Token;
  }

  peek(ahead: number): Token {
    return this.#tokens[Math.min(this.#index + ahead, this.#tokens.length - 1)] as Token;
  }

  get atEnd(): boolean {
    return this.token.kind === "end";
  }

  /** Takes the current token. Only for a token that was looked at: the end cannot be taken. */
  advance(): Token {
    const token = this.token;
    if (this.#index < this.#tokens.length - 1) this.#index++;
    if (this.#expected.length > 0) this.#expected = [];
    return token;
  }

  // Looking without remembering.

  isWord(keyword: string, ahead = 0): boolean {
    return this.peek(ahead).keyword === keyword;
  }

  isSymbol(symbol: string, ahead = 0): boolean {
    const token = this.peek(ahead);
    return token.kind === "symbol" && token.value === symbol;
  }

  /** The words stand here one after the other. */
  isWords(...keywords: string[]): boolean {
    return keywords.every((keyword, ahead) => this.isWord(keyword, ahead));
  }

  isName(ahead = 0): boolean {
    const token = this.peek(ahead);
    return token.kind === "quoted" || (token.kind === "word" && !reservedWords.has(token.keyword));
  }

  // Tests of the grammar, remembered when they fail.

  atWord(keyword: string): boolean {
    if (this.token.keyword === keyword) return true;
    this.#expected.push(keyword);
    return false;
  }

  atWords(...keywords: string[]): boolean {
    if (this.isWords(...keywords)) return true;
    this.#expected.push(keywords.join(" "));
    return false;
  }

  atSymbol(symbol: string): boolean {
    if (this.isSymbol(symbol)) return true;
    this.#expected.push(`'${symbol}'`);
    return false;
  }

  accept(keyword: string): boolean {
    if (!this.atWord(keyword)) return false;
    this.advance();
    return true;
  }

  /** All of the words or none. */
  acceptWords(...keywords: string[]): boolean {
    if (!this.atWords(...keywords)) return false;
    for (const _ of keywords) this.advance();
    return true;
  }

  acceptSymbol(symbol: string): boolean {
    if (!this.atSymbol(symbol)) return false;
    this.advance();
    return true;
  }

  expect(...keywords: string[]): void {
    for (const keyword of keywords) if (!this.accept(keyword)) this.fail();
  }

  expectSymbol(symbol: string): void {
    if (!this.acceptSymbol(symbol)) this.fail();
  }

  /** One of the words, taken. */
  expectOneOf<Keyword extends string>(...keywords: readonly Keyword[]): Keyword {
    for (const keyword of keywords) if (this.accept(keyword)) return keyword;
    this.fail();
  }

  /** Remembers that `what` would fit here too; `what` is shown as it is. */
  wanted(what: string): void {
    this.#expected.push(what);
  }

  /** Marks the current token as taken for an alias without AS: what follows may show that it was a misspelled keyword. */
  markImplicitAlias(): void {
    this.#implicitAliasAt = this.#index;
  }

  // Places.

  /** From the token with this index to the last one taken. */
  spanFrom(startIndex: number): Span {
    const first = this.#tokens[startIndex] as Token;
    const last = this.#tokens[Math.max(startIndex, this.#index - 1)] as Token;
    return this.source.originalSpan(first.start, last.end);
  }

  spanOf(token: Token): Span {
    return this.source.originalSpan(token.start, token.end);
  }

  // Bounds.

  /** Goes one level deeper; pair with `leave`. */
  enter(): void {
    if (++this.#nesting > nestingLimit) this.reject(`nested too deeply: more than ${nestingLimit} levels`, this.token);
  }

  leave(): void {
    this.#nesting--;
  }

  /** Checks the height of a tree and takes it over into the tree around it. */
  grown(height: number, around: number): void {
    if (height > heightLimit) this.reject(`too long a chain: more than ${heightLimit} operators in a row`, this.token);
    this.height = Math.max(height, around);
  }

  // Errors.

  /** The current token does not fit. */
  fail(message?: string | undefined): never {
    const token = this.token;
    if (token.kind === "invalid") this.#failLexically();
    const previous = this.#tokens[this.#index - 1];
    if (this.#implicitAliasAt === this.#index - 1 && previous !== undefined && previous.kind === "word") {
      const meant = previous.value.length < 3 ? null : nearest(previous.value, wordsAfterAlias);
      if (meant !== null) this.#throw(`unexpected ${shown(previous)}`, previous, [], meant);
    }
    const expected = [...new Set(this.#expected)];
    const keywords = expected.flatMap((item) => (/^[A-Z_ ]+$/.test(item) ? [item.split(" ")[0] as string] : []));
    const meant = token.kind === "word" ? nearest(token.value, [...keywords, ...operatorWords]) : null;
    const suggestion = meant === token.keyword ? null : meant;
    this.#throw(message ?? `unexpected ${shown(token)}`, token, expected, suggestion);
  }

  /** An error about a token that says all there is to say. */
  reject(message: string, token: Token): never {
    if (token.kind === "invalid") this.#failLexically();
    this.#throw(message, token, [], null);
  }

  /** An error about what was already taken. */
  rejectSpan(message: string, span: Span): never {
    throw new SqlError({ code: "SQL_PARSE", message, text: this.source.original, span });
  }

  /** The current token is a wrong word, and perhaps it is known which one was meant. */
  failWith(message: string, suggestion: string | null): never {
    this.#throw(message, this.token, [], suggestion);
  }

  /** Syntax of the dialect that is not there; `from` is the index of its first token, the current one its last. */
  unsupported(what: string, from: number = this.#index): never {
    const first = this.#tokens[from] as Token;
    throw new SqlError({
      code: "SQL_UNSUPPORTED",
      message: `${what} is not supported yet`,
      text: this.source.original,
      span: this.source.originalSpan(first.start, Math.max(first.end, this.token.end)),
    });
  }

  #failLexically(): never {
    const { message, start, end, unterminated } = this.#lexicalError as LexicalError;
    throw new SqlError({
      code: "SQL_PARSE",
      message,
      text: this.source.original,
      span: this.source.originalSpan(start, end),
      incomplete: unterminated,
    });
  }

  #throw(message: string, token: Token, expected: readonly string[], suggestion: string | null): never {
    throw new SqlError({
      code: "SQL_PARSE",
      message,
      text: this.source.original,
      span: this.spanOf(token),
      expected,
      incomplete: token.kind === "end",
      ...(suggestion === null ? {} : { suggestion }),
    });
  }
}

function shown(token: Token): string {
  switch (token.kind) {
    case "end":
      return "end of the text";
    case "word":
      return reservedWords.has(token.keyword) ? `keyword ${token.keyword}` : `'${token.value}'`;
    case "quoted":
      return `name \`${token.value}\``;
    case "string":
      return `string '${token.value.length > 40 ? `${token.value.slice(0, 40)}…` : token.value}'`;
    case "binary":
      return "a binary literal";
    default:
      return `'${token.value}'`;
  }
}
