import { expect, test } from "vitest";
import type { StandardOutput } from "../output/standard-output.ts";
import { LiveScreen } from "./live-screen.ts";

test("lines are redrawn in place, cut to the terminal as it is now, and left whole at the end", () => {
  let text = "";
  const out = {
    size: { columns: 80, rows: 10 },
    write(chunk: string) {
      text += chunk;
    },
  };
  const screen = new LiveScreen(out as unknown as StandardOutput);
  screen.show(["one", "two"]);
  expect(text).toBe("\x1b[?1049h\x1b[?25l\x1b[Hone\x1b[K\ntwo\x1b[K\n\x1b[J");

  text = "";
  out.size = { columns: 80, rows: 4 };
  const lines = Array.from({ length: 20 }, (_, i) => `line ${i}`);
  screen.show(lines);
  expect(text).toBe("\x1b[Hline 0\x1b[K\nline 1\x1b[K\nline 2\x1b[K\n\x1b[J");

  text = "";
  screen.close();
  expect(text).toBe(`\x1b[?1049l\x1b[?25h${lines.join("\n")}\n`);
  text = "";
  screen.close();
  expect(text).toBe("");
});
