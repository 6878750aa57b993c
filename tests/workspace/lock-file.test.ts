import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { lockFile, missingEntries, readLock } from "../../scripts/complete-lock.ts";

test("the lock file has an entry for every platform, so that npm ci takes it (else: npm run lock)", () => {
  expect(missingEntries(readLock())).toEqual({});
});

test("the lock file ties nobody to a registry", () => {
  const resolved = [...readFileSync(lockFile, "utf8").matchAll(/"resolved": "(.*)"/g)].map(
    (match) => match[1] as string,
  );
  expect(resolved.filter((target) => !target.startsWith("packages/"))).toEqual([]);
});

test("a missing binary package gets what its name says", () => {
  const packages = {
    "node_modules/tool": {
      optionalDependencies: { "@tool/linux-x64-musl": "1.2.3", "@tool/win32-arm64-msvc": "1.2.3" },
    },
    "node_modules/@tool/win32-arm64-msvc": { version: "1.2.3" },
  };
  expect(missingEntries({ packages })).toEqual({
    "node_modules/@tool/linux-x64-musl": {
      version: "1.2.3",
      cpu: ["x64"],
      dev: true,
      libc: ["musl"],
      optional: true,
      os: ["linux"],
    },
  });
  const unclear = { "node_modules/tool": { optionalDependencies: { fsevents: "^2.0.0" } } };
  expect(() => missingEntries({ packages: unclear })).toThrow("fsevents@^2.0.0");
});
