import { Writable } from "node:stream";
import { expect, test } from "vitest";
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

test("a terminal that says it has no columns is taken for one of the usual size", () => {
  const out = new StandardOutput(
    Object.assign(
      streamOf(() => undefined),
      { columns: 0, rows: 0 },
    ),
  );
  expect(out.size).toEqual({ columns: 120, rows: 40 });
});
