/** Digests of text, as hexadecimal digits. */
import { MillraceError } from "@millrace/core";
import { define } from "./define.ts";
import type { ScalarFunction } from "./scalar-function.ts";

type Digest = (algorithm: string, input: string | Uint8Array) => string;

/** Node's digests: taken from the process, so that the plan can be loaded where there is no Node, but not use them. */
function digest(): Digest {
  const { process } = globalThis as { process?: { getBuiltinModule?(name: string): { hash: Digest } | undefined } };
  const crypto = process?.getBuiltinModule?.("node:crypto");
  if (crypto !== undefined) return crypto.hash;
  throw new MillraceError({ code: "EXPRESSION_FAILED", message: "hash functions need Node.js" });
}

const families: readonly (readonly [algorithm: string, title: string, digits: number])[] = [
  ["md5", "MD5", 32],
  ["sha1", "SHA-1", 40],
  ["sha224", "SHA-224", 56],
  ["sha256", "SHA-256", 64],
  ["sha384", "SHA-384", 96],
  ["sha512", "SHA-512", 128],
];

export const hashFunctions: readonly ScalarFunction[] = [
  ...families.map(([algorithm, title, digits]) =>
    define({
      name: algorithm,
      signature: `${algorithm.toUpperCase()}(string | binary)`,
      description: `The ${title} digest of bytes or a text's UTF-8, in hexadecimal digits.`,
      args: ["text-or-bytes"],
      result: { kind: "char", length: digits, nullable: true },
      evaluateFor: () => {
        const hash = digest();
        return ([input]) => hash(algorithm, input as string);
      },
    }),
  ),
  define({
    name: "sha2",
    signature: "SHA2(string | binary, bits)",
    description: "The SHA-2 digest of 224, 256, 384 or 512 bits, in hexadecimal digits. Fails for other lengths.",
    args: ["text-or-bytes", "integer"],
    result: { kind: "varchar", length: 128, nullable: true },
    evaluateFor: () => {
      const hash = digest();
      return ([input, bits]) => {
        if (bits === 224 || bits === 256 || bits === 384 || bits === 512) return hash(`sha${bits}`, input as string);
        throw new MillraceError({ code: "EXPRESSION_FAILED", message: `there is no SHA-2 digest of ${bits} bits` });
      };
    },
  }),
];
