/** `invalid` and `end` only come last. */
export type TokenKind = "word" | "quoted" | "string" | "binary" | "number" | "symbol" | "end" | "invalid";

/** A piece of the text. Offsets are of the text with variables filled in. */
export interface Token {
  readonly kind: TokenKind;
  readonly start: number;
  readonly end: number;
  /** A word, number or symbol as written; of a quoted name or a string its content; of a binary its digits. */
  readonly value: string;
  /** The word in upper case, empty for every other kind: `SELECT` is told from `select` and `` `select` ``. */
  readonly keyword: string;
}
