/** DATE_FORMAT with Java's patterns: y M d H h m s S a E and quoted text. */
import { civilFromDays } from "@millrace/core";
import { FunctionError } from "./scalar-function.ts";

type Part = (local: number) => string;
const DAY_MS = 86_400_000;
const pad = (value: number, width: number) => String(value).padStart(width, "0");
const dayNames = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const monthNames = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December",
];

/** A function that writes local times (ms as if UTC). Equal results in a row are the same string. */
export function compileDateFormat(pattern: string): (local: number) => string {
  const parts: Part[] = [];
  let unitMs = DAY_MS;
  for (const [token] of pattern.matchAll(/'(?:[^']|'')*'|([a-zA-Z])\1*|[^a-zA-Z']+/g)) {
    if (!/^[a-zA-Z]/.test(token)) {
      const text = token === "''" ? "'" : token.startsWith("'") ? token.slice(1, -1).replaceAll("''", "'") : token;
      parts.push(() => text);
      continue;
    }
    if ("Hha".includes(token[0])) unitMs = Math.min(unitMs, 3_600_000);
    else if (token[0] === "m") unitMs = Math.min(unitMs, 60_000);
    else if (token[0] === "s") unitMs = Math.min(unitMs, 1000);
    else if (token[0] === "S") unitMs = Math.min(unitMs, 1);
    parts.push(partOf(token));
  }
  let lastUnit = Number.NaN;
  let last = "";
  return (local) => {
    const unit = Math.floor(local / unitMs);
    if (unit !== lastUnit) {
      lastUnit = unit;
      last = parts.map((part) => part(local)).join("");
    }
    return last;
  };
}

function partOf(token: string): Part {
  const width = token.length;
  const date = (local: number) => civilFromDays(Math.floor(local / DAY_MS));
  const ofDay = (local: number) => local - Math.floor(local / DAY_MS) * DAY_MS;
  const hour = (local: number) => Math.floor(ofDay(local) / 3_600_000);
  switch (token[0]) {
    case "y":
    case "u":
      return width === 2 ? (local) => pad(date(local).year % 100, 2) : (local) => pad(date(local).year, width);
    case "M":
    case "L":
      if (width >= 3)
        return (local) =>
          width === 3 ? monthNames[date(local).month - 1].slice(0, 3) : monthNames[date(local).month - 1];
      return (local) => pad(date(local).month, width);
    case "d":
      return (local) => pad(date(local).day, width);
    case "H":
      return (local) => pad(hour(local), width);
    case "h":
      return (local) => pad(((hour(local) + 11) % 12) + 1, width);
    case "a":
      return (local) => (hour(local) < 12 ? "AM" : "PM");
    case "m":
      return (local) => pad(Math.floor(ofDay(local) / 60_000) % 60, width);
    case "s":
      return (local) => pad(Math.floor(ofDay(local) / 1000) % 60, width);
    case "S":
      return (local) => pad(Math.floor((ofDay(local) % 1000) * 1e6), 9).slice(0, width);
    case "E":
      return (local) => {
        const name = dayNames[(((Math.floor(local / DAY_MS) + 4) % 7) + 7) % 7];
        return width >= 4 ? name : name.slice(0, 3);
      };
    default:
      throw new FunctionError(`date pattern letter '${token[0]}' is not supported`);
  }
}
