import { promisify } from "node:util";
import { gzip, zstdCompress } from "node:zlib";

export type Compression = "gzip" | "zstd";

const EXTENSIONS: { readonly [compression in Compression]: string } = { gzip: ".gz", zstd: ".zst" };

/** `.gz` or `.zst`. */
export const extensionOf = (compression: Compression): string => EXTENSIONS[compression];

/** The compression that a file's name tells; null if none. */
export function compressionOf(path: string): Compression | null {
  const name = path.toLowerCase();
  return name.endsWith(EXTENSIONS.gzip) ? "gzip" : name.endsWith(EXTENSIONS.zstd) ? "zstd" : null;
}

const COMPRESS = { gzip: promisify(gzip), zstd: promisify(zstdCompress) };

/** The bytes as a gzip member or a zstd frame: a file may hold several, one behind the other. */
export function compress(compression: Compression, bytes: Uint8Array): Promise<Uint8Array> {
  return COMPRESS[compression](bytes);
}
