import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { appendHistory, historyPath, readHistory } from "./history-file.ts";

test("the history survives, newest first, for its owner only", () => {
  const folder = mkdtempSync(join(tmpdir(), "millrace-history-"));
  try {
    const path = join(folder, "state", "history");
    expect(readHistory(path)).toEqual([]);
    expect(appendHistory(path, "SELECT 1;")).toBeNull();
    expect(appendHistory(path, "SELECT 2;")).toBeNull();
    expect(readHistory(path)).toEqual(["SELECT 2;", "SELECT 1;"]);
    expect(statSync(path).mode & 0o077).toBe(0);
    expect(appendHistory(join(path, "below-a-file"), "x")).toMatch(/ENOTDIR|EEXIST/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("it lies where the user wants it", () => {
  expect(historyPath({ MILLRACE_HISTORY: "/h" })).toBe("/h");
  expect(historyPath({ XDG_STATE_HOME: "/state" })).toBe(join("/state", "millrace", "history"));
});
