/**
 * All text of a Nexmark stream in one byte array, so that every string column is a pair of offsets into it and no string is built.
 *
 * Layout  [0, TEXT_LENGTH) the random text, words and spaces; then the same without spaces ("compact"); then the tables of
 *         names, places, channels and pages; then room for what is composed per row (e-mail addresses, card numbers).
 * `compactAt[i]` is where the first non-space character at or behind text position i stands in the compact copy. The
 * reference takes `length + 8` characters, drops the spaces and cuts to `length`: that is the view
 * [compactAt[at], min(compactAt[at] + length, compactAt[at + length + 8])).
 */
import type { TextArrays } from "./event-arrays.ts";
import type { Xorshift128 } from "./random.ts";

export const TEXT_LENGTH = 1 << 18;
const SPACE = 32;

export interface TextPool {
  readonly bytes: Uint8Array;
  readonly compactAt: Int32Array;
  /** Entry `given * familyCount + family`. */
  readonly names: TextArrays;
  readonly states: TextArrays;
  readonly cities: TextArrays;
  /** First city of each state in `cities`, and behind the last one. */
  readonly cityFrom: readonly number[];
  /** The four big channels, then the small ones. */
  readonly channels: TextArrays;
  readonly urls: TextArrays;
  /** Where the room for composed text begins. */
  readonly roomAt: number;
}

const givenNames = "Ada Bo Chen Dora Emil Fatima Goran Hana Ines Paul Petra Yusuf".split(" ");
const familyNames = "Abara Berg Costa Dupont Eze Fischer Gupta Haddad Ito".split(" ");
const places: readonly (readonly [string, readonly string[]])[] = [
  ["OR", ["Portland", "Bend", "Salem"]],
  ["ID", ["Boise", "Nampa"]],
  ["CA", ["San Francisco", "Los Angeles", "Fresno"]],
  ["AZ", ["Phoenix", "Tucson"]],
  ["WA", ["Seattle", "Kent"]],
  ["WY", ["Cheyenne"]],
];
const bigChannels = ["Google", "Facebook", "Baidu", "Apple"];

export const givenCount = givenNames.length;
export const familyCount = familyNames.length;
export const stateCount = places.length;
export const bigChannelCount = bigChannels.length;
export const smallChannelCount = 10_000;

/** Makes the reference's first draws, so the generator goes on with the events. `roomBytes`: size of the room at the end. */
export function createTextPool(random: Xorshift128, roomBytes: number): TextPool {
  const text = new Uint8Array(TEXT_LENGTH);
  for (let i = 0; i < TEXT_LENGTH; i++) text[i] = random.chance(0.06) ? SPACE : 97 + random.below(26);

  const compact = new Uint8Array(TEXT_LENGTH);
  const compactAt = new Int32Array(TEXT_LENGTH + 1);
  let compactLength = 0;
  for (let i = 0; i < TEXT_LENGTH; i++) {
    compactAt[i] = TEXT_LENGTH + compactLength;
    if (text[i] !== SPACE) compact[compactLength++] = text[i];
  }
  compactAt[TEXT_LENGTH] = TEXT_LENGTH + compactLength;

  const compactText = new TextDecoder().decode(compact.subarray(0, compactLength));
  const letters = (length: number): string => {
    const at = random.below(TEXT_LENGTH - (length + 8));
    const start = compactAt[at] - TEXT_LENGTH;
    return compactText.slice(start, Math.min(start + length, compactAt[at + length + 8] - TEXT_LENGTH));
  };
  const page = () => `https://www.nexmark.com/${letters(4)}/${letters(3)}_${letters(2)}/${letters(5)}/item.htm?query=1`;

  const tables = new TableBuilder(TEXT_LENGTH + compactLength);
  const names = tables.add(givenNames.flatMap((given) => familyNames.map((family) => `${given} ${family}`)));
  const states = tables.add(places.map(([state]) => state));
  const cities = tables.add(places.flatMap(([, list]) => list));
  const channelNames = [...bigChannels];
  const pages = bigChannels.map(page);
  for (let i = 0; i < smallChannelCount; i++) {
    channelNames.push(`channel-${i}`);
    const url = page();
    pages.push(random.chance(0.9) ? `${url}&channel_id=${random.below(2 ** 31)}` : url);
  }
  const channels = tables.add(channelNames);
  const urls = tables.add(pages);

  const bytes = new Uint8Array(tables.end + roomBytes);
  bytes.set(text);
  bytes.set(compact.subarray(0, compactLength), TEXT_LENGTH);
  new TextEncoder().encodeInto(tables.text(), bytes.subarray(TEXT_LENGTH + compactLength));
  const cityFrom = [0];
  for (const [, list] of places) cityFrom.push(cityFrom[cityFrom.length - 1] + list.length);
  return { bytes, compactAt, names, states, cities, cityFrom, channels, urls, roomAt: tables.end };
}

/** Lays ASCII texts one behind the other. */
class TableBuilder {
  readonly #parts: string[] = [];
  end: number;

  constructor(start: number) {
    this.end = start;
  }

  add(texts: readonly string[]): TextArrays {
    const starts = new Int32Array(texts.length);
    const ends = new Int32Array(texts.length);
    for (let i = 0; i < texts.length; i++) {
      starts[i] = this.end;
      this.end += texts[i].length;
      ends[i] = this.end;
      this.#parts.push(texts[i]);
    }
    return { starts, ends };
  }

  text(): string {
    return this.#parts.join("");
  }
}
