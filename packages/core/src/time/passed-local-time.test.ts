import { expect, test } from "vitest";
import { instantToLocal, passedLocalTime, whenLocalTimeHasPassed } from "./time-zone.ts";

const at = (text: string) => Date.parse(`${text}Z`);

test.each([
  ["2020-04-04T16:00:00", "UTC", "2020-04-04T16:00:00"],
  ["2020-04-04T16:00:00", "Asia/Shanghai", "2020-04-05T00:00:00"],
  ["2020-04-04T16:00:00", "+05:30", "2020-04-04T21:30:00"],
  // In New York 2:00 is followed by 3:00 on 2020-03-08 (7:00 UTC).
  ["2020-03-08T06:59:59", "America/New_York", "2020-03-08T01:59:59"],
  ["2020-03-08T07:00:00", "America/New_York", "2020-03-08T03:00:00"],
  // And on 2020-11-01 there is 1:00 to 2:00 twice, from 5:00 UTC and from 6:00 UTC: it has passed after the second.
  ["2020-11-01T04:30:00", "America/New_York", "2020-11-01T00:30:00"],
  ["2020-11-01T05:00:00", "America/New_York", "2020-11-01T01:00:00"],
  ["2020-11-01T05:59:59", "America/New_York", "2020-11-01T01:00:00"],
  ["2020-11-01T06:00:00", "America/New_York", "2020-11-01T01:00:00"],
  ["2020-11-01T06:30:00", "America/New_York", "2020-11-01T01:30:00"],
])("at %s UTC in %s: %s", (instant, zone, local) => {
  expect(new Date(passedLocalTime(at(instant), zone)).toISOString()).toBe(`${local}.000Z`);
});

test("it never goes back, and no local time still to come is before it", () => {
  for (const zone of ["America/New_York", "Australia/Lord_Howe", "Europe/Berlin"]) {
    const from = at("2020-01-01T00:00:00");
    const instants = Array.from({ length: 366 * 48 }, (_, i) => from + i * 1_800_000);
    let earliest = Number.POSITIVE_INFINITY;
    for (const instant of instants.toReversed()) {
      earliest = Math.min(earliest, instantToLocal(instant, zone));
      expect(passedLocalTime(instant, zone), `${zone} ${new Date(instant).toISOString()}`).toBe(earliest);
    }
  }
});

test("before and after all time", () => {
  expect(passedLocalTime(Number.NEGATIVE_INFINITY, "Asia/Tokyo")).toBe(Number.NEGATIVE_INFINITY);
  expect(passedLocalTime(Number.POSITIVE_INFINITY, "Asia/Tokyo")).toBe(Number.POSITIVE_INFINITY);
});

test("when a local time has passed is the first instant at which it has", () => {
  for (const zone of ["UTC", "America/New_York", "Australia/Lord_Howe", "Europe/Berlin", "+05:30"]) {
    const from = at("2020-01-01T00:00:00");
    for (let local = from; local < from + 366 * 86_400_000; local += 600_000 * 3.5) {
      const instant = whenLocalTimeHasPassed(local, zone);
      const told = `${zone} ${new Date(local).toISOString()}`;
      expect(passedLocalTime(instant, zone), told).toBeGreaterThanOrEqual(local);
      expect(passedLocalTime(instant - 1, zone), told).toBeLessThan(local);
    }
  }
  expect(whenLocalTimeHasPassed(Number.POSITIVE_INFINITY, "Europe/Berlin")).toBe(Number.POSITIVE_INFINITY);
});
