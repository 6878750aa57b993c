/**
 * Adds what `npm install` leaves out of package-lock.json where the registry has no binaries for other platforms: an entry for
 * each optional dependency. Without them `npm ci` refuses the file. Run after a change of dependencies: `npm run lock`.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { repositoryRoot } from "./source-tree.ts";

interface LockEntry {
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly [field: string]: unknown;
}

export interface Lock {
  readonly packages: Readonly<Record<string, LockEntry>>;
}

/** node's names for platforms, as the names of binary packages hold them. */
const SYSTEMS = ["aix", "android", "darwin", "freebsd", "linux", "netbsd", "openbsd", "openharmony", "sunos", "win32"];
const PROCESSORS = ["arm64", "arm", "ia32", "loong64", "mips64el", "ppc64", "riscv64", "s390x", "x64"];

export const lockFile: string = join(repositoryRoot, "package-lock.json");

export function readLock(): Lock {
  return JSON.parse(readFileSync(lockFile, "utf8")) as Lock;
}

/** The entries that a lock lacks: path -> entry. Throws where a name or version range does not tell what the entry must be. */
export function missingEntries({ packages }: Lock): Record<string, LockEntry> {
  const missing: Record<string, LockEntry> = {};
  for (const [parent, { optionalDependencies = {} }] of Object.entries(packages)) {
    for (const [name, version] of Object.entries(optionalDependencies)) {
      const path = `node_modules/${name}`;
      if (path in packages || `${parent}/${path}` in packages) continue;
      const words = name.split(/[/-]/);
      const system = SYSTEMS.find((word) => words.includes(word));
      const processor = PROCESSORS.find((word) => words.includes(word));
      if (system === undefined || processor === undefined || !/^\d+\.\d+\.\d+/.test(version)) {
        throw new Error(`${parent}: cannot tell what ${name}@${version} is; add it to the lock file by hand`);
      }
      const libc = words.at(-1) === "musl" ? { libc: ["musl"] } : {};
      missing[path] = { version, cpu: [processor], dev: true, ...libc, optional: true, os: [system] };
    }
  }
  return missing;
}

if (process.argv[1] === import.meta.filename) {
  const lock = readLock();
  const missing = missingEntries(lock);
  const byPath = Object.entries({ ...lock.packages, ...missing }).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  writeFileSync(lockFile, `${JSON.stringify({ ...lock, packages: Object.fromEntries(byPath) }, null, 2)}\n`);
  console.log(`package-lock.json: ${Object.keys(missing).length} entries added`);
}
