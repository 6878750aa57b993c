/**
 * Java's regular expressions (java.util.regex, which Flink's functions take) as JavaScript's.
 *
 * Design     One pass over the pattern writes JavaScript's in the notation of the `v` flag, which matches by code point as Java
 *            does. What JavaScript lacks is written with what it has: possessive quantifiers and atomic groups as a lookahead
 *            that captures and a reference to it; \A \z \Z $ as lookarounds; (?s) (?m) (?x) by what . ^ $ and blanks become.
 *            Such captures are counted, so that group numbers stay Java's.
 * Not there  \G, \X, \N{...}, blocks (\p{InGreek}); (?i) folds more than ASCII.
 */
import { classEscape, propertyClass } from "./character-class.ts";

/** A compiled expression. `groups[i]` is JavaScript's number of Java's group i. */
export interface JavaRegex {
  /** Global: `lastIndex` is where the next search starts. */
  readonly expression: RegExp;
  readonly groups: readonly number[];
}

/** @throws SyntaxError for what is no expression in Java, or cannot be said in JavaScript */
export function compileJavaRegex(pattern: string): JavaRegex {
  const translator = new Translator(pattern);
  const source = translator.translate();
  return { expression: new RegExp(source, translator.ignoresCase ? "giv" : "gv"), groups: translator.groups };
}

interface Flags {
  readonly ignoreCase: boolean;
  readonly dotAll: boolean;
  readonly multiline: boolean;
  readonly comments: boolean;
  /** Classes such as \w are Unicode's instead of ASCII. */
  readonly unicode: boolean;
}

const LINE_END = "(?:\\r\\n|[\\n\\r\\x85\\u2028\\u2029])";

class Translator {
  readonly #pattern: string;
  #at = 0;
  #jsGroups = 0;
  readonly groups: number[] = [0];
  ignoresCase = false;

  constructor(pattern: string) {
    this.#pattern = pattern;
  }

  translate(): string {
    let flags: Flags = { ignoreCase: false, dotAll: false, multiline: false, comments: false, unicode: false };
    // (?i) at the very start is a flag of the whole, which older engines know too.
    const start = /^\(\?([a-zA-Z]+)\)/.exec(this.#pattern);
    if (start !== null) {
      this.#at = start[0].length;
      flags = this.#changed(flags, start[1], "");
      this.ignoresCase = flags.ignoreCase;
    }
    const source = this.#alternatives(flags);
    if (this.#at < this.#pattern.length) throw this.#error("unmatched )");
    return source;
  }

  #error(reason: string): SyntaxError {
    return new SyntaxError(`${reason} at ${this.#at} of '${this.#pattern}'`);
  }

  #peek(text: string): boolean {
    return this.#pattern.startsWith(text, this.#at);
  }

  #take(): string {
    const code = this.#pattern.codePointAt(this.#at);
    if (code === undefined) throw this.#error("unexpected end");
    const character = String.fromCodePoint(code);
    this.#at += character.length;
    return character;
  }

  #match(expression: RegExp): RegExpExecArray | null {
    expression.lastIndex = this.#at;
    const found = expression.exec(this.#pattern);
    if (found !== null) this.#at += found[0].length;
    return found;
  }

  /** Until the end of the pattern or the parenthesis that closes the group, which stays. */
  #alternatives(given: Flags): string {
    let flags = given;
    let out = "";
    let open = 0;
    while (this.#at < this.#pattern.length && !this.#peek(")")) {
      if (flags.comments && this.#match(/(?:[\t\n\v\f\r ]+|#[^\n\r]*)+/y) !== null) continue;
      if (this.#peek("|")) {
        this.#at++;
        out += "|";
        continue;
      }
      const inline = this.#match(/\(\?([a-zA-Z]*)(?:-([a-zA-Z]+))?\)/y);
      if (inline !== null) {
        const changed = this.#changed(flags, inline[1], inline[2] ?? "");
        if (changed.ignoreCase !== flags.ignoreCase) {
          // Holds to the end of the group, alternatives included.
          out += changed.ignoreCase ? "(?i:" : "(?-i:";
          open++;
        }
        flags = changed;
        continue;
      }
      out += this.#quantified(flags);
    }
    return out + ")".repeat(open);
  }

  #changed(flags: Flags, on: string, off: string): Flags {
    let changed = flags;
    for (const [letters, value] of [
      [on, true],
      [off, false],
    ] as const) {
      for (const letter of letters) {
        if (letter === "i") changed = { ...changed, ignoreCase: value };
        else if (letter === "s") changed = { ...changed, dotAll: value };
        else if (letter === "m") changed = { ...changed, multiline: value };
        else if (letter === "x") changed = { ...changed, comments: value };
        else if (letter === "U") changed = { ...changed, unicode: value };
        else if (letter !== "u" && letter !== "d") throw this.#error(`unknown flag ${letter}`);
      }
    }
    return changed;
  }

  /** An atom with its quantifier. */
  #quantified(flags: Flags): string {
    // The capture that a possessive quantifier needs opens before the groups of its atom.
    const [start, groups, jsGroups] = [this.#at, this.groups.length, this.#jsGroups];
    const atom = this.#atom(flags);
    if (flags.comments) this.#match(/[\t\n\v\f\r ]+/y);
    const quantifier = this.#match(/(?:[*+?]|\{\d+(?:,\d*)?\})([?+])?/y);
    if (quantifier === null) {
      if (this.#peek("{")) throw this.#error("illegal repetition");
      return atom;
    }
    if (quantifier[1] !== "+") return atom + quantifier[0];
    const end = this.#at;
    this.#at = start;
    this.groups.length = groups;
    this.#jsGroups = jsGroups;
    const atomic = this.#atomic(() => this.#atom(flags) + quantifier[0].slice(0, -1));
    this.#at = end;
    return atomic;
  }

  /** Matched as far as it goes and never given back. */
  #atomic(inside: () => string): string {
    const number = ++this.#jsGroups;
    return `(?:(?=(${inside()}))\\${number})`;
  }

  #atom(flags: Flags): string {
    const character = this.#take();
    switch (character) {
      case "(":
        return this.#group(flags);
      case "[":
        return this.#brackets(flags);
      case "\\":
        return this.#escape(flags);
      case ".":
        return flags.dotAll ? "[^]" : "[^\\n\\r\\x85\\u2028\\u2029]";
      case "^":
        return flags.multiline ? "(?<![^\\n\\r\\x85\\u2028\\u2029])" : "^";
      case "$":
        return flags.multiline ? `(?=${LINE_END}|$)` : `(?=${LINE_END}?$)`;
      case "*":
      case "+":
      case "?":
      case "{":
        this.#at--;
        throw this.#error(`dangling ${character}`);
      default:
        return literal(character);
    }
  }

  #group(flags: Flags): string {
    const close = (head: string, inner: Flags = flags): string => {
      const body = this.#alternatives(inner);
      if (!this.#peek(")")) throw this.#error("unclosed group");
      this.#at++;
      return `${head}${body})`;
    };
    if (!this.#peek("?")) {
      this.groups.push(++this.#jsGroups);
      return close("(");
    }
    const look = this.#match(/\?(?:[:=!]|<[=!])/y);
    if (look !== null) return close(`(${look[0]}`);
    const name = this.#match(/\?<([a-zA-Z][a-zA-Z0-9]*)>/y);
    if (name !== null) {
      this.groups.push(++this.#jsGroups);
      return close(`(?<${name[1]}>`);
    }
    if (this.#match(/\?>/y) !== null) return this.#atomic(() => close("(?:"));
    const scoped = this.#match(/\?([a-zA-Z]*)(?:-([a-zA-Z]+))?:/y);
    if (scoped === null) throw this.#error("unknown group");
    const inner = this.#changed(flags, scoped[1], scoped[2] ?? "");
    const isSame = inner.ignoreCase === flags.ignoreCase;
    return close(isSame ? "(?:" : inner.ignoreCase ? "(?i:" : "(?-i:", inner);
  }

  /** Behind a backslash, outside brackets. */
  #escape({ unicode }: Flags): string {
    const code = this.#codeEscape();
    if (code !== undefined) return literal(code);
    const character = this.#take();
    if (character === "p" || character === "P") return this.#property(character === "P");
    if (character === "Q") return this.#quoted().map(literal).join("");
    if (character === "E") return "(?:)";
    if (character >= "1" && character <= "9") return this.#reference(Number(character));
    switch (character) {
      case "b":
      case "B":
        return `\\${character}`;
      case "A":
        return "^";
      case "z":
        return "$";
      case "Z":
        return `(?=${LINE_END}?$)`;
      case "R":
        return LINE_END.replace("\\n", "\\n\\v\\f");
      case "k": {
        const name = this.#match(/<([a-zA-Z][a-zA-Z0-9]*)>/y);
        if (name === null) throw this.#error("\\k without a name");
        return `\\k<${name[1]}>`;
      }
    }
    const known = classEscape(character, unicode);
    if (known !== undefined) return known;
    if (/[a-zA-Z]/.test(character)) throw this.#error(`\\${character} is not supported`);
    return literal(character);
  }

  /** As many digits as make the number of a group there is. A group that is not there yet never matches. */
  #reference(first: number): string {
    let number = first;
    for (let digit = this.#match(/\d/y); digit !== null; digit = this.#match(/\d/y)) {
      const longer = number * 10 + Number(digit[0]);
      if (longer >= this.groups.length) {
        this.#at--;
        break;
      }
      number = longer;
    }
    const group = this.groups[number];
    return group === undefined ? "(?!)" : `(?:\\${group})`;
  }

  /** Escapes that stand for one character, in brackets and outside; undefined if the next is none. */
  #codeEscape(): string | undefined {
    const code = this.#match(/x([0-9a-fA-F]{2})|x\{([0-9a-fA-F]+)\}|u([0-9a-fA-F]{4})/y);
    if (code !== null) return fromCode(Number.parseInt(code[1] ?? code[2] ?? code[3], 16));
    const octal = this.#match(/0([0-3]?[0-7]{1,2})/y);
    if (octal !== null) return fromCode(Number.parseInt(octal[1], 8));
    const control = this.#match(/c(.)/sy);
    if (control !== null) return String.fromCharCode(control[1].charCodeAt(0) ^ 64);
    const simple = this.#match(/[tnrfae]/y);
    return simple === null ? undefined : { t: "\t", n: "\n", r: "\r", f: "\f", a: "\x07", e: "\x1b" }[simple[0]];
  }

  #property(negated: boolean): string {
    const found = this.#match(/\{(\^?)([^}]+)\}|([A-Z])/y);
    const name = found?.[2] ?? found?.[3];
    const text = name === undefined ? undefined : propertyClass(name, negated !== (found?.[1] === "^"));
    if (text === undefined) throw this.#error(`unknown property ${name ?? ""}`);
    return text;
  }

  /** The characters up to \E. */
  #quoted(): readonly string[] {
    const end = this.#pattern.indexOf("\\E", this.#at);
    const text = this.#pattern.slice(this.#at, end < 0 ? undefined : end);
    this.#at = end < 0 ? this.#pattern.length : end + 2;
    return Array.from(text);
  }

  /** Behind [ : ranges and nested classes make a union, && an intersection of such unions. */
  #brackets(flags: Flags): string {
    const negated = this.#match(/\^/y) !== null;
    const operands: string[] = [];
    let union = "";
    let isFirst = true;
    for (; isFirst || !this.#peek("]"); isFirst = false) {
      if (this.#at >= this.#pattern.length) throw this.#error("unclosed [");
      if (this.#peek("&&")) {
        this.#at += 2;
        operands.push(union);
        union = "";
        if (this.#peek("]")) break;
        continue;
      }
      union += this.#classItem(flags);
    }
    this.#at++;
    operands.push(union);
    const some = operands.filter((each) => each !== "").map((each) => `[${each}]`);
    const body = some.length > 1 ? some.join("&&") : (operands.find((each) => each !== "") ?? "");
    return negated ? `[^${body}]` : `[${body}]`;
  }

  #classItem(flags: Flags): string {
    if (this.#peek("[")) {
      this.#at++;
      return this.#brackets(flags);
    }
    if (this.#match(/\\Q/y) !== null) return this.#quoted().map(literal).join("");
    const first = this.#classCharacter(flags);
    if (first.length > 1 && first.startsWith("[")) return first;
    if (first.startsWith("\\p")) return first;
    if (!this.#peek("-") || this.#peek("-]") || this.#peek("-[") || this.#peek("-&&")) return literal(first);
    this.#at++;
    const last = this.#classCharacter(flags);
    if (last.length > 1 && /^(\[|\\p)/.test(last)) throw this.#error("illegal range");
    return `${literal(first)}-${literal(last)}`;
  }

  /** One character as it is, or a class such as \d in JavaScript's notation, which is longer. */
  #classCharacter({ unicode }: Flags): string {
    if (this.#match(/\\/y) === null) return this.#take();
    const code = this.#codeEscape();
    if (code !== undefined) return code;
    const character = this.#take();
    if (character === "p" || character === "P") return this.#property(character === "P");
    const known = classEscape(character, unicode);
    if (known !== undefined) return known;
    if (/[a-zA-Z]/.test(character)) throw this.#error(`\\${character} is not supported in brackets`);
    return character;
  }
}

function fromCode(code: number): string {
  if (code > 0x10ffff) throw new SyntaxError(`there is no character ${code.toString(16)}`);
  return String.fromCodePoint(code);
}

/** A character that stands for itself. */
function literal(character: string): string {
  return /^[\w\u0080-\u{10ffff}]$/u.test(character) && !/[\u2028\u2029\ud800-\udfff]/.test(character[0])
    ? character
    : `\\u{${(character.codePointAt(0) as number).toString(16)}}`;
}
