/** CRC-32C, by the processor's own instruction where the optional add-on for it is installed, else by WebAssembly. */
import { createRequire } from "node:module";
import { crc32c as portableCrc32c } from "@platformatic/kafka";

type Checksum = (bytes: Uint8Array) => number;

export const crc32c: Checksum = nativeChecksum() ?? ((bytes) => portableCrc32c(bytes as Buffer));

function nativeChecksum(): Checksum | null {
  try {
    const addOn: { readonly crc32c: Checksum } = createRequire(import.meta.url)("@node-rs/crc32");
    return addOn.crc32c;
  } catch {
    return null; // it is optional: not there for every platform
  }
}
