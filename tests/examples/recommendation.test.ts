import { spawn } from "node:child_process";
import { join } from "node:path";
import { pipeline } from "millrace";
import { testPipeline } from "millrace/testing";
import { expect, test } from "vitest";
import { recommendation } from "../../examples/recommendation/recommendation.ts";
import { repositoryRoot } from "../../scripts/source-tree.ts";

test("the example serves related and hot items", async () => {
  const main = join(repositoryRoot, "examples", "recommendation", "main.ts");
  const child = spawn(process.execPath, ["--conditions=millrace-source", main], { env: { ...process.env, PORT: "0" } });
  try {
    let output = "";
    child.stdout.on("data", (chunk: Buffer) => {
      output += chunk.toString();
    });
    await expect.poll(() => output, { timeout: 15_000 }).toContain("all read");
    const url = output.split("\n")[0];
    const get = async (path: string) => (await fetch(`${url}${path}`)).json();
    // Boots: bob looked at them before the tent (1), cem bought them after it (3). The stove: once looked at, once bought after the tent (1 + 3).
    expect(await get("/items/tent")).toEqual({
      item: "tent",
      related: [
        { item: "boots", weight: 4 },
        { item: "stove", weight: 4 },
        { item: "lamp", weight: 1 },
      ],
    });
    expect(await get("/hot")).toMatchObject({
      items: [
        { item: "lamp", views: 1 },
        { item: "tent", views: 1 },
      ],
    });
    expect(await get("/items/nothing")).toEqual({ error: "not found" });
  } finally {
    child.kill();
  }
});

test("what a user looked at a day ago is no basket any more", async () => {
  const job = pipeline("test");
  const { related } = recommendation(job, []);
  const test = await testPipeline(job, { outputs: { related } });
  await test.send("events", { kind: "view", user: "a", item: "x", at: 0 });
  await test.advance("1d");
  await test.send("events", { kind: "view", user: "a", item: "y", at: 1 });
  expect(test.outputs.related).toEqual([]);
  await test.close();
});
