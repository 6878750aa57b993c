import { daysFromCivil, daysInMonth } from "@millrace/core";

/** 'yyyy[-M[-d]]' as days since 1970, January and the first unless given; what follows a blank is left away. */
export function parseDay(text: string): number | undefined {
  const match = /^(\d{1,4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?(?: |$)/.exec(text.trim());
  if (match === null) return undefined;
  const [year, month, day] = match.slice(1, 4).map((part) => Number(part ?? 1));
  return day < 1 || day > daysInMonth(year, month) ? undefined : daysFromCivil(year, month, day);
}
