/** URLs and IPv4 addresses. */
import { BIGINT, STRING } from "@millrace/core";
import { define } from "./define.ts";
import type { ScalarFunction } from "./scalar-function.ts";

export const addressFunctions: readonly ScalarFunction[] = [
  define({
    name: "parse_url",
    signature: "PARSE_URL(url, part[, key])",
    description:
      "A part of a URL: HOST, PATH, QUERY, REF, PROTOCOL, AUTHORITY, FILE or USERINFO; with a key its value in the QUERY. NULL if there is none.",
    args: ["string", "string", "string"],
    required: 2,
    result: STRING,
    maybeNull: true,
    evaluate: ([url, part, key]) => {
      if (key !== undefined && part !== "QUERY") return null;
      const value = partOfUrl(url as string, part as string);
      return key === undefined || value === null ? value : queryValue(value, key as string);
    },
  }),
  define({
    name: "inet_aton",
    signature: "INET_ATON(string)",
    description:
      "An IPv4 address as a number; parts may be missing between the first and the last. NULL if it is none.",
    args: ["string"],
    result: BIGINT,
    maybeNull: true,
    evaluate: ([address]) => addressToNumber(address as string),
  }),
  define({
    name: "inet_ntoa",
    signature: "INET_NTOA(integer)",
    description: "The IPv4 address of a number from 0 to 4294967295; NULL for others.",
    args: ["integer"],
    result: STRING,
    maybeNull: true,
    evaluate: ([value]) => {
      const number = Number(value);
      if (number < 0 || number > 0xffff_ffff) return null;
      return [24, 16, 8, 0].map((shift) => (number >>> shift) & 255).join(".");
    },
  }),
];

/** The protocols that Java knows, then authority, path, query and fragment. */
const URL_PARTS = /^(https?|ftp|file|jar|mailto):(?:\/\/([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/is;
const AUTHORITY_PARTS = /^(?:(.*)@)?(\[[^\]]*\]|[^:]*)(?::(\d*))?$/s;

function partOfUrl(url: string, part: string): string | null {
  const match = URL_PARTS.exec(url.trim());
  if (match === null) return null;
  const [, protocol, authority, path, query, ref] = match;
  const host = AUTHORITY_PARTS.exec(authority ?? "");
  if (host === null) return null;
  switch (part) {
    case "PROTOCOL":
      return protocol.toLowerCase();
    case "AUTHORITY":
      return authority ?? null;
    case "USERINFO":
      return host[1] ?? null;
    case "HOST":
      return host[2];
    case "PATH":
      return path;
    case "QUERY":
      return query ?? null;
    case "FILE":
      return query === undefined ? path : `${path}?${query}`;
    case "REF":
      return ref ?? null;
    default:
      return null;
  }
}

function queryValue(query: string, key: string): string | null {
  const pair = query.split("&").find((each) => each.startsWith(`${key}=`));
  return pair === undefined ? null : pair.slice(key.length + 1);
}

function addressToNumber(address: string): number | null {
  if (!/^\d{1,10}(?:\.\d{1,10}){0,3}$/.test(address)) return null;
  const parts = address.split(".").map(Number);
  if (parts.some((part) => part > 255)) return null;
  const last = parts.pop() as number;
  return parts.reduce((sum, part, i) => sum + part * 256 ** (3 - i), 0) + last;
}
