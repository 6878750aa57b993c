/** What the string functions do to JavaScript strings. Positions and lengths count code points, from 1. */
import { MillraceError } from "@millrace/core";

const SURROGATE = /[\ud800-\udfff]/;

/** Code points `from` (from 0) to `to` of a text. */
function sliceCodePoints(text: string, from: number, to: number): string {
  if (!SURROGATE.test(text)) return text.slice(from, to);
  return Array.from(text).slice(from, to).join("");
}

export function countCharacters(text: string): number {
  return SURROGATE.test(text) ? Array.from(text).length : text.length;
}

/** SUBSTRING: a negative start counts from the end, start 0 is 1; a negative length gives NULL. */
export function substring(text: string, start: number, length: number = Number.MAX_SAFE_INTEGER): string | null {
  if (length < 0) return null;
  const count = countCharacters(text);
  const from = start > 0 ? start - 1 : start < 0 ? count + start : 0;
  return from < 0 || from >= count ? "" : sliceCodePoints(text, from, from + length);
}

export function left(text: string, length: number): string {
  return length <= 0 ? "" : sliceCodePoints(text, 0, length);
}

export function right(text: string, length: number): string {
  return length <= 0 ? "" : sliceCodePoints(text, Math.max(0, countCharacters(text) - length), Number.MAX_SAFE_INTEGER);
}

/** Place of the needle, looked for from place `from` on; 0 if it is not there. The empty needle is at place 1. */
export function position(needle: string, text: string, from: number = 1): number {
  if (needle === "") return 1;
  const start = from <= 1 ? 0 : unitOffset(text, from - 1);
  return placeOf(text, text.indexOf(needle, start));
}

/** INSTR: place of the n-th occurrence from `from` on, backward from the end for a negative one; occurrences may overlap. */
export function occurrence(text: string, needle: string, from: number, count: number): number {
  if (count <= 0) {
    throw new MillraceError({ code: "EXPRESSION_FAILED", message: `INSTR counts occurrences from 1, not ${count}` });
  }
  if (from === 0) return 0;
  if (needle === "") return 1;
  const forward = from > 0;
  // Backward, the whole occurrence lies before the place.
  const end = forward ? 0 : unitOffset(text, countCharacters(text) + from + 1);
  const start = forward ? unitOffset(text, from - 1) : end < 0 ? -1 : end - needle.length;
  let at = start;
  for (let found = 0; found < count; found++) {
    if (found > 0) at = forward ? at + 1 : at - 1;
    if (at < 0) return 0;
    at = forward ? text.indexOf(needle, at) : text.lastIndexOf(needle, at);
    if (at < 0) return 0;
  }
  return placeOf(text, at);
}

/** Where in UTF-16 units the characters behind the first `count` begin; -1 for a negative count. */
function unitOffset(text: string, count: number): number {
  if (count < 0) return -1;
  return SURROGATE.test(text) ? Array.from(text).slice(0, count).join("").length : Math.min(count, text.length);
}

/** The place of an index in UTF-16 units; 0 for -1. */
function placeOf(text: string, index: number): number {
  if (index < 0) return 0;
  return (SURROGATE.test(text) ? countCharacters(text.slice(0, index)) : index) + 1;
}

/** The text without the characters of a set at its ends. */
export function trim(text: string, set: string, atStart: boolean, atEnd: boolean): string {
  if (set === " ") return trimSpaces(text, atStart, atEnd);
  const characters = Array.from(text);
  let from = 0;
  let to = characters.length;
  const members = new Set(set);
  if (atStart) while (from < to && members.has(characters[from])) from++;
  if (atEnd) while (to > from && members.has(characters[to - 1])) to--;
  return characters.slice(from, to).join("");
}

function trimSpaces(text: string, atStart: boolean, atEnd: boolean): string {
  let from = 0;
  let to = text.length;
  if (atStart) while (from < to && text.charCodeAt(from) === 32) from++;
  if (atEnd) while (to > from && text.charCodeAt(to - 1) === 32) to--;
  return text.slice(from, to);
}

/** LPAD and RPAD: cut to the length, or filled up with the padding; NULL for a negative length or no padding. */
export function pad(text: string, length: number, padding: string, atStart: boolean): string | null {
  if (length < 0 || padding === "") return null;
  const missing = length - countCharacters(text);
  if (missing <= 0) return left(text, length);
  const filling = left(padding.repeat(Math.ceil(missing / countCharacters(padding))), missing);
  return atStart ? filling + text : text + filling;
}

export function reverse(text: string): string {
  return Array.from(text).reverse().join("");
}

/** Each word of ASCII letters and digits with a capital first and small letters behind it; other characters stay. */
export function initcap(text: string): string {
  return text.replace(/[a-zA-Z0-9]+/g, (word) => word[0].toUpperCase() + word.slice(1).toLowerCase());
}

/** OVERLAY: `length` characters from `start` on are replaced; a start outside the text changes nothing. */
export function overlay(text: string, replacement: string, start: number, length: number): string {
  const characters = Array.from(text);
  if (start <= 0 || start > characters.length) return text;
  const tail = length > 0 ? characters.slice(start - 1 + length) : [];
  return characters.slice(0, start - 1).join("") + replacement + tail.join("");
}

/** Part `index` (from 0) between separators; an empty separator stands for white space. NULL if there is none. */
export function splitIndex(text: string, separator: string, index: number): string | null {
  if (index < 0 || text === "") return null;
  return (separator === "" ? text.split(/\s/) : text.split(separator))[index] ?? null;
}

/** Each character of `from` replaced by the one at its place in `to`, or left out if there is none. */
export function translate(text: string, from: string, to: string): string {
  const target = Array.from(to);
  const map = new Map<string, string>();
  Array.from(from).forEach((character, i) => {
    if (!map.has(character)) map.set(character, target[i] ?? "");
  });
  return Array.from(text, (character) => map.get(character) ?? character).join("");
}
