import { defineConfig } from "vitest/config";

const conditions = ["millrace-source", "module", "node", "import", "default"];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: ["millrace-source", "node", "import", "default"] } },
  test: {
    include: ["packages/**/src/**/*.test.ts", "tests/**/*.test.ts", "scripts/**/*.test.ts", "benchmarks/**/*.test.ts"],
    exclude: ["**/node_modules/**", "**/dist/**", "**/fixtures/**"],
    // Worker threads and child modules loaded by Node itself resolve workspace packages to their sources too.
    execArgv: ["--conditions=millrace-source"],
    pool: "forks",
    testTimeout: 20_000,
  },
});
