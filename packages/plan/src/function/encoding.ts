/** Bytes and text as other text: hexadecimal, binary, base 64, percent encoding, character sets. */
import { BYTES, type DataType, formatType, STRING } from "@millrace/core";
import { encodeUtf8 } from "../codegen/text.ts";
import { isCharacter } from "../type/coercion.ts";
import { isInteger } from "../type/numeric.ts";
import { decodeBase64, decodeText, encodeBase64, encodeText, formDecode, formEncode } from "./byte-text.ts";
import { define } from "./define.ts";
import { FunctionError, type ScalarFunction } from "./scalar-function.ts";

const hexDigits = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

function toHex(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += hexDigits[byte];
  return text;
}

/** Two's complement of 64 bits, without leading zeros. */
function unsigned(value: unknown): bigint {
  return BigInt.asUintN(64, BigInt(value as number | bigint));
}

/** Bytes of pairs of digits; of an odd number of digits the first counts as 0 if it is a digit. NULL if one is none. */
function fromHex(text: string): Uint8Array | null {
  if (!/^[0-9a-fA-F]*$/.test(text)) return null;
  const odd = text.length % 2;
  const bytes = new Uint8Array((text.length + 1) / 2);
  for (let i = odd; i < bytes.length; i++) bytes[i] = Number.parseInt(text.slice(2 * i - odd, 2 * i - odd + 2), 16);
  return bytes;
}

export const encodingFunctions: readonly ScalarFunction[] = [
  define({
    name: "bin",
    signature: "BIN(integer)",
    description: "The digits of an integer to the base 2; a negative one as its 64 bits.",
    args: ["integer"],
    result: STRING,
    evaluate: ([value]) => unsigned(value).toString(2),
  }),
  hex(),
  define({
    name: "unhex",
    signature: "UNHEX(string)",
    description: "The bytes that the hexadecimal digits stand for; NULL if a character is no digit.",
    args: ["string"],
    result: BYTES,
    maybeNull: true,
    evaluate: ([text]) => fromHex(text as string),
  }),
  define({
    name: "to_base64",
    signature: "TO_BASE64(string)",
    description: "The text's bytes in UTF-8 to the base 64.",
    args: ["string"],
    result: STRING,
    evaluate: ([text]) => encodeBase64(encodeUtf8(text as string)),
  }),
  define({
    name: "from_base64",
    signature: "FROM_BASE64(string)",
    description: "The text whose UTF-8 is given to the base 64. Fails if it is not.",
    args: ["string"],
    result: STRING,
    evaluate: ([text]) => decodeText(decodeBase64(text as string), "UTF-8"),
  }),
  define({
    name: "encode",
    signature: "ENCODE(string, charset)",
    description: "The bytes of a text in US-ASCII, ISO-8859-1, UTF-8, UTF-16, UTF-16BE or UTF-16LE.",
    args: ["string", "string"],
    result: BYTES,
    evaluate: ([text, charset]) => encodeText(text as string, charset as string),
  }),
  define({
    name: "decode",
    signature: "DECODE(binary, charset)",
    description: "The text of bytes in a character set, as for ENCODE.",
    args: ["binary", "string"],
    result: STRING,
    evaluate: ([bytes, charset]) => decodeText(bytes as Uint8Array, charset as string),
  }),
  define({
    name: "url_encode",
    signature: "URL_ENCODE(string)",
    description: "The text as application/x-www-form-urlencoded.",
    args: ["string"],
    result: STRING,
    maybeNull: true,
    evaluate: ([text]) => formEncode(text as string),
  }),
  define({
    name: "url_decode",
    signature: "URL_DECODE(string)",
    description: "The text of application/x-www-form-urlencoded; NULL if it is malformed.",
    args: ["string"],
    result: STRING,
    maybeNull: true,
    evaluate: ([text]) => formDecode(text as string),
  }),
];

function hex(): ScalarFunction {
  const base = define({
    name: "hex",
    signature: "HEX(integer | string)",
    description: "Hexadecimal digits in capitals: of an integer (a negative one as its 64 bits), or of a text's UTF-8.",
    args: ["any"],
    result: STRING,
    evaluate: ([value]) =>
      (typeof value === "string" ? toHex(encodeUtf8(value)) : unsigned(value).toString(16)).toUpperCase(),
  });
  const takes = (type: DataType) => isInteger(type) || isCharacter(type) || type.kind === "null";
  return {
    ...base,
    bind(args) {
      if (args.length === 1 && !takes(args[0].type))
        throw new FunctionError(`HEX takes an integer or a text, not ${formatType(args[0].type)}`);
      return base.bind(args);
    },
  };
}
