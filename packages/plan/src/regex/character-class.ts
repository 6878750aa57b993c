/** Java's character classes as JavaScript's, in the notation of the `v` flag. */

/** What a class escape such as `\d` stands for, as the inside of brackets. Java's are ASCII. */
const escapes: Readonly<Record<string, string>> = {
  d: "0-9",
  w: "a-zA-Z_0-9",
  s: "\\t\\n\\v\\f\\r\\x20",
  h: "\\x20\\t\\xA0\\u1680\\u180e\\u2000-\\u200a\\u202f\\u205f\\u3000",
  v: "\\n\\v\\f\\r\\x85\\u2028\\u2029",
};

/** The same by Unicode's properties, for the flag U. */
const unicodeEscapes: Readonly<Record<string, string>> = {
  ...escapes,
  d: "\\p{Nd}",
  w: "\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\p{Join_Control}",
  s: "\\p{White_Space}",
};

/** `\d`, `\W` and the like in brackets; undefined if the letter names no class. */
export function classEscape(letter: string, unicode: boolean): string | undefined {
  const inside = (unicode ? unicodeEscapes : escapes)[letter.toLowerCase()];
  if (inside === undefined) return undefined;
  return letter === letter.toLowerCase() ? `[${inside}]` : `[^${inside}]`;
}

/** POSIX classes, which are ASCII, and Java's own names. */
const named: Readonly<Record<string, string>> = {
  Lower: "[a-z]",
  Upper: "[A-Z]",
  ASCII: "[\\x00-\\x7f]",
  Alpha: "[a-zA-Z]",
  Digit: "[0-9]",
  Alnum: "[a-zA-Z0-9]",
  Punct: "[\\x21-\\x2f\\x3a-\\x40\\x5b-\\x60\\x7b-\\x7e]",
  Graph: "[\\x21-\\x7e]",
  Print: "[\\x20-\\x7e]",
  Blank: "[\\x20\\t]",
  Cntrl: "[\\x00-\\x1f\\x7f]",
  XDigit: "[0-9a-fA-F]",
  Space: "[\\t\\n\\v\\f\\r\\x20]",
  javaLowerCase: "\\p{Lowercase}",
  javaUpperCase: "\\p{Uppercase}",
  javaWhitespace: "[\\t\\n\\v\\f\\r\\x1c-\\x1f[\\p{Z}--[\\xa0\\u2007\\u202f]]]",
  javaMirrored: "\\p{Bidi_Mirrored}",
  javaLetter: "\\p{L}",
  javaDigit: "\\p{Nd}",
  javaLetterOrDigit: "[\\p{L}\\p{Nd}]",
  javaAlphabetic: "\\p{Alphabetic}",
};

const binaryProperties = new Map(
  ["Alphabetic", "Ideographic", "Lowercase", "Uppercase", "White_Space", "Noncharacter_Code_Point", "Emoji"].map(
    (name) => [name.toLowerCase(), name],
  ),
);

/** `\p{name}` or `\P{name}`; undefined if there is no such property. */
export function propertyClass(name: string, negated: boolean): string | undefined {
  const positive = positiveClass(name);
  if (positive === undefined) return undefined;
  return negated ? `[^${positive}]` : positive;
}

function positiveClass(name: string): string | undefined {
  if (Object.hasOwn(named, name)) return named[name];
  const [key, value] = name.split("=");
  const candidates =
    value !== undefined
      ? [/^(sc|script)$/i.test(key) ? `Script=${titleCase(value)}` : `General_Category=${value}`]
      : name.startsWith("Is")
        ? [binaryProperties.get(name.slice(2).toLowerCase()), `Script=${titleCase(name.slice(2))}`, name.slice(2)]
        : [name];
  for (const candidate of candidates) {
    if (candidate === undefined) continue;
    const text = `\\p{${candidate}}`;
    if (isValid(text)) return text;
  }
  return undefined;
}

function titleCase(name: string): string {
  return name.toLowerCase().replace(/(?:^|_)\w/g, (letter) => letter.toUpperCase());
}

function isValid(property: string): boolean {
  try {
    return new RegExp(property, "v") !== null;
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}
