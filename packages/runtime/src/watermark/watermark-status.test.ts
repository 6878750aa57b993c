import { MIN_TIMESTAMP } from "@millrace/core";
import { expect, test } from "vitest";
import type { InputWatermark } from "./input-watermarks.ts";
import { type WatermarkStatus, watermarkHolderOf } from "./watermark-status.ts";

const input = (name: string, watermark: number, advancedAt: number, rest: Partial<InputWatermark> = {}) => ({
  name,
  watermark,
  advancedAt,
  idle: false,
  ended: false,
  ...rest,
});

const status = (
  operatorId: string,
  inputKind: "operator" | "split",
  inputs: readonly InputWatermark[],
  rest: Partial<WatermarkStatus> = {},
): WatermarkStatus => ({ operatorId, watermark: 5, idle: false, ended: false, inputKind, inputs, ...rest });

test("follows the slowest active input up to its split", () => {
  const statuses = [
    status("scan-a", "split", [input("0", 90, 1), input("1", 5, 700), input("2", 1, 2, { idle: true })]),
    status("scan-b", "split", [input("0", 50, 1)]),
    status("join", "operator", [input("scan-b", 50, 900), input("scan-a", 5, 710)]),
    status("sink", "operator", [input("join", 5, 720)]),
  ];
  expect(watermarkHolderOf(statuses, "sink")).toEqual({
    operatorIds: ["sink", "join", "scan-a"],
    split: "1",
    watermark: 5,
    since: 700,
  });
});

test("among inputs that have not begun it is the one that waits longest", () => {
  const statuses = [status("scan", "split", [input("x", MIN_TIMESTAMP, 20), input("y", MIN_TIMESTAMP, 10)])];
  expect(watermarkHolderOf(statuses, "scan")).toMatchObject({ split: "y", watermark: MIN_TIMESTAMP, since: 10 });
});

test("nothing holds back what is idle or has ended, or does not exist", () => {
  const statuses = [
    status("scan", "split", [input("x", 1, 1, { idle: true })], { idle: true }),
    status("done", "split", [], { ended: true }),
  ];
  expect(watermarkHolderOf(statuses, "scan")).toBeNull();
  expect(watermarkHolderOf(statuses, "done")).toBeNull();
  expect(watermarkHolderOf(statuses, "none")).toBeNull();
});

test("a source without splits holds time back itself", () => {
  const statuses = [status("scan", "split", [], { watermark: MIN_TIMESTAMP })];
  expect(watermarkHolderOf(statuses, "scan")).toEqual({
    operatorIds: ["scan"],
    split: null,
    watermark: MIN_TIMESTAMP,
    since: null,
  });
});
