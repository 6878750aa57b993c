/** Character sets, base 64 and form encoding. Java's behaviour where it differs between platforms. */
import { MillraceError } from "@millrace/core";
import { encodeUtf8 } from "../codegen/text.ts";

const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });

function failed(message: string): MillraceError {
  return new MillraceError({ code: "EXPRESSION_FAILED", message });
}

function charsetName(charset: string): string {
  const name = charset.toUpperCase();
  return aliases[name] ?? name;
}

const aliases: Record<string, string> = { ASCII: "US-ASCII", LATIN1: "ISO-8859-1", UTF8: "UTF-8" };

/** Characters that a set lacks become '?'. */
export function encodeText(text: string, charset: string): Uint8Array {
  switch (charsetName(charset)) {
    case "UTF-8":
      return encodeUtf8(text);
    case "US-ASCII":
      return singleBytes(text, 0x7f);
    case "ISO-8859-1":
      return singleBytes(text, 0xff);
    case "UTF-16":
      return doubleBytes(text === "" ? "" : `\ufeff${text}`, false);
    case "UTF-16BE":
      return doubleBytes(text, false);
    case "UTF-16LE":
      return doubleBytes(text, true);
    default:
      throw failed(`there is no character set '${charset}'`);
  }
}

function singleBytes(text: string, highest: number): Uint8Array {
  return Uint8Array.from(text as Iterable<string>, (character) => {
    const code = character.codePointAt(0) as number;
    return code <= highest ? code : 63;
  });
}

function doubleBytes(text: string, littleEndian: boolean): Uint8Array {
  const bytes = new Uint8Array(text.length * 2);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < text.length; i++) view.setUint16(2 * i, text.charCodeAt(i), littleEndian);
  return bytes;
}

/** Malformed bytes become U+FFFD. */
export function decodeText(bytes: Uint8Array, charset: string): string {
  switch (charsetName(charset)) {
    case "UTF-8":
      return utf8.decode(bytes);
    case "US-ASCII":
      return Array.from(bytes, (byte) => (byte > 0x7f ? "\ufffd" : String.fromCharCode(byte))).join("");
    case "ISO-8859-1":
      return Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
    case "UTF-16": {
      const marked = bytes.length >= 2 && (bytes[0] << 8) + bytes[1];
      if (marked === 0xfeff) return decodePairs(bytes.subarray(2), false);
      return marked === 0xfffe ? decodePairs(bytes.subarray(2), true) : decodePairs(bytes, false);
    }
    case "UTF-16BE":
      return decodePairs(bytes, false);
    case "UTF-16LE":
      return decodePairs(bytes, true);
    default:
      throw failed(`there is no character set '${charset}'`);
  }
}

function decodePairs(bytes: Uint8Array, littleEndian: boolean): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let text = "";
  for (let i = 0; i + 1 < bytes.length; i += 2) text += String.fromCharCode(view.getUint16(i, littleEndian));
  const odd = bytes.length % 2 === 1 ? "\ufffd" : "";
  return text.replace(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, "\ufffd") + odd;
}

export function encodeBase64(bytes: Uint8Array): string {
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary);
}

/** Padding may be missing; anything else that is not of the alphabet fails. */
export function decodeBase64(text: string): Uint8Array {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text)) throw failed(`'${text}' is not base 64`);
  const digits = text.replace(/=+$/, "");
  const complete = digits.length % 4 !== 1 && (digits.length === text.length || text.length % 4 === 0);
  if (!complete) throw failed(`'${text}' is not base 64: its length does not fit`);
  return Uint8Array.from(atob(digits), (character) => character.charCodeAt(0));
}

/** application/x-www-form-urlencoded, as java.net.URLEncoder: letters, digits and `.-*_` stay, a blank becomes `+`. */
export function formEncode(text: string): string {
  return encodeURIComponent(text.toWellFormed())
    .replace(/[!'()~]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
    .replace(/%20/g, "+");
}

/** The text of form encoding; bytes that are no UTF-8 become U+FFFD; NULL if a % has no two digits behind it. */
export function formDecode(text: string): string | null {
  if (/%(?![0-9a-fA-F]{2})/.test(text)) return null;
  return text.replaceAll("+", " ").replace(/(?:%[0-9a-fA-F]{2})+/g, (run) => {
    const bytes = Uint8Array.from(run.match(/[0-9a-fA-F]{2}/g) as string[], (digits) => Number.parseInt(digits, 16));
    return utf8.decode(bytes);
  });
}
