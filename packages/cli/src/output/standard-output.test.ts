import { Writable } from "node:stream";
import { expect, test } from "vitest";
import { LiveScreen } from "../demo/live-screen.ts";
import { StandardOutput } from "./standard-output.ts";

/** A terminal's stream of 10 rows; `write` is called with each chunk and ends it by calling back. */
function streamOf(write: (text: string, done: (error?: Error) => void) => void): NodeJS.WriteStream {
  const stream = new Writable({
    highWaterMark: 8,
    decodeStrings: false,
    write: (chunk: string, _encoding, done) => write(chunk, done),
  });
  return Object.assign(stream, { isTTY: true, columns: 80, rows: 10 }) as unknown as NodeJS.WriteStream;
}

test("a write into a full stream gives a promise that resolves when there is room", async () => {
  const waiting: (() => void)[] = [];
  const out = new StandardOutput(streamOf((_, done) => waiting.push(done)));
  expect(out.write("1")).toBeUndefined();
  const full = out.write("a text longer than the mark");
  expect(full).toBeInstanceOf(Promise);
  while (waiting.length > 0) waiting.shift()?.();
  await full;
});

test("a reader that has gone is no error: writes are dropped, those who wait go on", async () => {
  const epipe = Object.assign(new Error("write EPIPE"), { code: "EPIPE" });
  const out = new StandardOutput(streamOf((_, done) => done(epipe)));
  await out.write("a text longer than the mark");
  expect(out.closed.aborted).toBe(true);
  expect(out.write("more than the mark again")).toBeUndefined();
  await out.flush();
});

test("a screen is redrawn in place and cut to the terminal", () => {
  let text = "";
  const out = new StandardOutput(
    streamOf((chunk, done) => {
      text += chunk;
      done();
    }),
  );
  const screen = new LiveScreen(out);
  screen.show(["one", "two"]);
  expect(text).toBe("\x1b[?25lone\x1b[K\ntwo\x1b[K\n\x1b[J");
  text = "";
  screen.show(Array.from({ length: 20 }, (_, i) => `${i}`));
  expect(text.startsWith("\x1b[2A\r0\x1b[K\n")).toBe(true);
  expect(text.split("\n")).toHaveLength(10);
  text = "";
  screen.close();
  expect(text).toBe("\x1b[?25h");
});
