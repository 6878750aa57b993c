/**
 * Writes Nexmark events into columns: the model of the reference generator (fixtures/generate.mjs), draw for draw.
 *
 * Invariant  every event makes all its random draws, whichever columns are wanted, so the stream is the same for all readers.
 *            `random` stands where the draws of event `next` begin. Column arrays are reused: a filled batch is overwritten
 *            by the next one.
 * State      four words of random state; the text pool (about 1.3 MB) and one batch of columns per generator.
 * Cost       a bid is 7 to 9 draws in local variables, and two stores per column.
 *            Strings are offsets into the pool; only e-mail addresses and card numbers (1 event in 50) are composed.
 */
import { type Column, MAX_BATCH_ROWS } from "@millrace/core";
import type { AuctionArrays, BidArrays, PersonArrays, TextArrays } from "./event-arrays.ts";
import { priceOf } from "./price.ts";
import { Xorshift128 } from "./random.ts";
import { eventNames, eventTypes } from "./schema.ts";
import {
  bigChannelCount,
  createTextPool,
  familyCount,
  givenCount,
  smallChannelCount,
  stateCount,
  TEXT_LENGTH,
  type TextPool,
} from "./text-pool.ts";

const FIRST_ID = 1000;
const HOT_EVERY = 100;
const EVENTS_PER_ROUND = 50;
const PERSON = 0;
const AUCTION = 1;
const BID = 2;
/** E-mail address (at most 7 + 1 + 5 + 4) and card number (19) of a person. */
const COMPOSED_BYTES = 36;
/** One more than a batch: an event that is drawn but not kept is written behind the last row. */
const CAPACITY = MAX_BATCH_ROWS + 1;

export interface NexmarkModel {
  readonly seed: number;
  /** Events per second of event time. */
  readonly rate: number;
  /** Event time of the first event, ms since the epoch. */
  readonly baseTime: number;
}

/** The state of the random numbers, for positions. */
export type RandomState = readonly [number, number, number, number];

export class NexmarkGenerator {
  /** The event behind the last generated one. */
  next = 0;
  readonly #random: Xorshift128;
  readonly #pool: TextPool;
  readonly #rate: number;
  readonly #baseTime: number;
  /** By event type: whether its rows are kept. */
  readonly #kept: readonly boolean[];
  readonly #masks: readonly Uint8Array[] | null;
  readonly #eventTypes = new Float64Array(CAPACITY);
  readonly #numbers = new Map<string, Float64Array>();
  readonly #texts = new Map<string, TextArrays>();
  /** Columns of bids that are not only drawn. */
  readonly #wanted: {
    readonly wantsPrice: boolean;
    readonly wantsTime: boolean;
    readonly wantsChannel: boolean;
    readonly wantsUrl: boolean;
    readonly wantsExtra: boolean;
  };
  readonly #person: PersonArrays;
  readonly #auction: AuctionArrays;
  readonly #bid: BidArrays;
  #trimmedLength = 0;

  /** `wanted`: names such as `bid.price`; other columns hold nothing useful. */
  constructor(model: NexmarkModel, wanted: ReadonlySet<string>, kept: readonly boolean[]) {
    this.#rate = model.rate;
    this.#baseTime = model.baseTime;
    const wants = (name: string) => kept[BID] && wanted.has(name);
    this.#wanted = {
      wantsPrice: wants("bid.price"),
      wantsTime: wants("bid.dateTime"),
      wantsChannel: wants("bid.channel"),
      wantsUrl: wants("bid.url"),
      wantsExtra: wants("bid.extra"),
    };
    this.#kept = kept;
    this.#random = new Xorshift128(model.seed);
    this.#pool = createTextPool(this.#random, CAPACITY * COMPOSED_BYTES);
    const several = kept.filter(Boolean).length !== 1;
    this.#masks = several ? eventNames.map(() => new Uint8Array(CAPACITY)) : null;
    for (const [type, name] of eventNames.entries()) {
      for (const field of eventTypes[type].fields) {
        const path = `${name}.${field.name}`;
        if (field.type.kind === "varchar") {
          this.#texts.set(path, { starts: new Int32Array(CAPACITY), ends: new Int32Array(CAPACITY) });
        } else this.#numbers.set(path, new Float64Array(CAPACITY));
      }
    }
    const number = (path: string) => this.#numbers.get(path) as Float64Array;
    const text = (path: string) => this.#texts.get(path) as TextArrays;
    this.#person = {
      id: number("person.id"),
      time: number("person.dateTime"),
      name: text("person.name"),
      email: text("person.emailAddress"),
      card: text("person.creditCard"),
      city: text("person.city"),
      state: text("person.state"),
      extra: text("person.extra"),
    };
    this.#auction = {
      id: number("auction.id"),
      initialBid: number("auction.initialBid"),
      reserve: number("auction.reserve"),
      time: number("auction.dateTime"),
      expires: number("auction.expires"),
      seller: number("auction.seller"),
      category: number("auction.category"),
      itemName: text("auction.itemName"),
      description: text("auction.description"),
      extra: text("auction.extra"),
    };
    this.#bid = {
      auction: number("bid.auction"),
      bidder: number("bid.bidder"),
      price: number("bid.price"),
      time: number("bid.dateTime"),
      channel: text("bid.channel"),
      url: text("bid.url"),
      extra: text("bid.extra"),
    };
  }

  /** The column of `event_type` or of a field such as `bid.price`. The same object each time: its arrays are refilled. */
  column(name: string): Column {
    if (name === "event_type") return { kind: "float64", values: this.#eventTypes, nulls: null };
    const nulls = this.mask(eventNames.findIndex((event) => name.startsWith(`${event}.`)));
    const values = this.#numbers.get(name);
    if (values !== undefined) return { kind: "float64", values, nulls };
    const text = this.#texts.get(name);
    if (text === undefined) throw new RangeError(`no column ${name}`);
    return { kind: "utf8", bytes: this.#pool.bytes, starts: text.starts, ends: text.ends, nulls };
  }

  /** 1 where a row is not of this event type; null if all rows are. */
  mask(eventType: number): Uint8Array | null {
    if (this.#masks !== null) return this.#masks[eventType];
    return this.#kept[eventType] ? null : new Uint8Array(CAPACITY).fill(1);
  }

  get state(): RandomState {
    const { s0, s1, s2, s3 } = this.#random;
    return [s0, s1, s2, s3];
  }

  /** Copies the state to four places of `into`. */
  saveState(into: Int32Array, at: number): void {
    const { s0, s1, s2, s3 } = this.#random;
    into[at] = s0;
    into[at + 1] = s1;
    into[at + 2] = s2;
    into[at + 3] = s3;
  }

  /** Goes on at an event whose draws begin at a state. */
  seek(event: number, s0: number, s1: number, s2: number, s3: number): void {
    this.next = event;
    this.#random.s0 = s0 | 0;
    this.#random.s1 = s1 | 0;
    this.#random.s2 = s2 | 0;
    this.#random.s3 = s3 | 0;
  }

  /** One draw outside an event: the delay of a disordered stream. */
  below(limit: number): number {
    return this.#random.below(limit);
  }

  timeOf(event: number): number {
    return this.#baseTime + Math.floor((event * 1000) / this.#rate);
  }

  /**
   * Generates events up to `to` (excluded), the first one kept as row `row`, until the batch is full. Returns the number
   * of rows then in it.
   */
  fill(to: number, row: number): number {
    const random = this.#random;
    const kept = this.#kept;
    const bidStep = kept[BID] ? 1 : 0;
    const rate = this.#rate;
    const baseTime = this.#baseTime;
    const [personMask, auctionMask, bidMask] = this.#masks ?? [null, null, null];
    const { auction, bidder, price, time, channel, url, extra } = this.#bid;
    const eventTypeOf = this.#eventTypes;
    const { starts: channelStarts, ends: channelEnds } = channel;
    const { starts: urlStarts, ends: urlEnds } = url;
    const { starts: extraStarts, ends: extraEnds } = extra;
    const { starts: channelStartOf, ends: channelEndOf } = this.#pool.channels;
    const { starts: urlStartOf, ends: urlEndOf } = this.#pool.urls;
    const { compactAt } = this.#pool;
    const { wantsPrice, wantsTime, wantsChannel, wantsUrl, wantsExtra } = this.#wanted;

    let n = this.next;
    let { s0, s1, s2, s3 } = random;
    let t = 0;
    while (n < to && row < MAX_BATCH_ROWS) {
      const round = Math.floor(n / EVENTS_PER_ROUND);
      const place = n - round * EVENTS_PER_ROUND;
      if (place <= 3) {
        random.s0 = s0;
        random.s1 = s1;
        random.s2 = s2;
        random.s3 = s3;
        if (place === 0) this.#drawPerson(round, n, row);
        else this.#drawAuction(3 * round + place - 1, round, n, row);
        s0 = random.s0;
        s1 = random.s1;
        s2 = random.s2;
        s3 = random.s3;
        const type = place === 0 ? PERSON : AUCTION;
        n++;
        if (!kept[type]) continue;
        eventTypeOf[row] = type;
        if (personMask !== null && auctionMask !== null && bidMask !== null) {
          personMask[row] = type === PERSON ? 0 : 1;
          auctionMask[row] = type === AUCTION ? 0 : 1;
          bidMask[row] = 1;
        }
        row++;
        continue;
      }

      const newestAuction = 3 * round + 2;
      const hotAuction = FIRST_ID + newestAuction - (newestAuction % HOT_EVERY);
      const auctionSpan = Math.min(newestAuction + 1, 100);
      const hotBidder = FIRST_ID + Math.min(round - (round % HOT_EVERY) + 1, round);
      const bidderSpan = Math.min(round + 1, 1000);
      const last = Math.min(to, (round + 1) * EVENTS_PER_ROUND);
      for (; n < last && row < MAX_BATCH_ROWS; n++) {
        // Each block of five assignments is one draw (Xorshift128.uniform); u >= 0.5 is the sign bit of s0.
        t = s3 ^ (s3 << 11);
        s3 = s2;
        s2 = s1;
        s1 = s0;
        s0 = t ^ (t >>> 8) ^ s0 ^ (s0 >>> 19);
        const big = s0 >= 0;
        t = s3 ^ (s3 << 11);
        s3 = s2;
        s2 = s1;
        s1 = s0;
        s0 = t ^ (t >>> 8) ^ s0 ^ (s0 >>> 19);
        const channelIndex = big ? s0 >>> 30 : bigChannelCount + (((s0 >>> 0) * 2 ** -32 * smallChannelCount) | 0);

        t = s3 ^ (s3 << 11);
        s3 = s2;
        s2 = s1;
        s1 = s0;
        s0 = t ^ (t >>> 8) ^ s0 ^ (s0 >>> 19);
        if (s0 >= 0) auction[row] = hotAuction;
        else {
          t = s3 ^ (s3 << 11);
          s3 = s2;
          s2 = s1;
          s1 = s0;
          s0 = t ^ (t >>> 8) ^ s0 ^ (s0 >>> 19);
          auction[row] = FIRST_ID + newestAuction - (((s0 >>> 0) * 2 ** -32 * auctionSpan) | 0);
        }

        t = s3 ^ (s3 << 11);
        s3 = s2;
        s2 = s1;
        s1 = s0;
        s0 = t ^ (t >>> 8) ^ s0 ^ (s0 >>> 19);
        if (s0 >>> 0 < 0.75 * 2 ** 32) bidder[row] = hotBidder;
        else {
          t = s3 ^ (s3 << 11);
          s3 = s2;
          s2 = s1;
          s1 = s0;
          s0 = t ^ (t >>> 8) ^ s0 ^ (s0 >>> 19);
          bidder[row] = FIRST_ID + round - (((s0 >>> 0) * 2 ** -32 * bidderSpan) | 0);
        }

        t = s3 ^ (s3 << 11);
        s3 = s2;
        s2 = s1;
        s1 = s0;
        s0 = t ^ (t >>> 8) ^ s0 ^ (s0 >>> 19);
        if (wantsPrice) price[row] = priceOf(s0);

        t = s3 ^ (s3 << 11);
        s3 = s2;
        s2 = s1;
        s1 = s0;
        s0 = t ^ (t >>> 8) ^ s0 ^ (s0 >>> 19);
        const extraLength = Math.round(68 * (0.8 + 0.4 * ((s0 >>> 0) * 2 ** -32)));
        t = s3 ^ (s3 << 11);
        s3 = s2;
        s2 = s1;
        s1 = s0;
        s0 = t ^ (t >>> 8) ^ s0 ^ (s0 >>> 19);
        if (wantsExtra) {
          const at = ((s0 >>> 0) * 2 ** -32 * (TEXT_LENGTH - extraLength - 8)) | 0;
          const start = compactAt[at];
          extraStarts[row] = start;
          extraEnds[row] = Math.min(start + extraLength, compactAt[at + extraLength + 8]);
        }
        if (wantsTime) time[row] = baseTime + Math.floor((n * 1000) / rate);
        if (wantsChannel) {
          channelStarts[row] = channelStartOf[channelIndex];
          channelEnds[row] = channelEndOf[channelIndex];
        }
        if (wantsUrl) {
          urlStarts[row] = urlStartOf[channelIndex];
          urlEnds[row] = urlEndOf[channelIndex];
        }
        eventTypeOf[row] = BID;
        if (personMask !== null && auctionMask !== null && bidMask !== null) {
          personMask[row] = 1;
          auctionMask[row] = 1;
          bidMask[row] = 0;
        }
        row += bidStep;
      }
    }
    random.s0 = s0;
    random.s1 = s1;
    random.s2 = s2;
    random.s3 = s3;
    this.next = n;
    return row;
  }

  #drawPerson(number: number, n: number, row: number): void {
    const random = this.#random;
    const { names, states, cities, cityFrom, bytes, compactAt, roomAt } = this.#pool;
    const { id, time, name, email, card, city, state, extra } = this.#person;
    id[row] = FIRST_ID + number;
    time[row] = this.timeOf(n);
    const given = random.below(givenCount);
    set(name, row, names, given * familyCount + random.below(familyCount));
    const stateIndex = random.below(stateCount);
    set(state, row, states, stateIndex);

    let at = roomAt + row * COMPOSED_BYTES;
    email.starts[row] = at;
    at = this.#copyLetters(3 + random.below(5), at);
    bytes[at++] = 0x40;
    at = this.#copyLetters(2 + random.below(4), at);
    for (const byte of DOT_COM) bytes[at++] = byte;
    email.ends[row] = at;

    card.starts[row] = at;
    for (let group = 0; group < 4; group++) {
      const digits = random.below(10_000);
      if (group > 0) bytes[at++] = 0x20;
      bytes[at++] = 0x30 + Math.floor(digits / 1000);
      bytes[at++] = 0x30 + (Math.floor(digits / 100) % 10);
      bytes[at++] = 0x30 + (Math.floor(digits / 10) % 10);
      bytes[at++] = 0x30 + (digits % 10);
    }
    card.ends[row] = at;
    set(city, row, cities, cityFrom[stateIndex] + random.below(cityFrom[stateIndex + 1] - cityFrom[stateIndex]));
    this.#fillExtra(extra, row, compactAt, 200 - 80);
  }

  #drawAuction(number: number, newestPerson: number, n: number, row: number): void {
    const random = this.#random;
    const arrays = this.#auction;
    arrays.id[row] = FIRST_ID + number;
    const seller = random.chance(0.75)
      ? newestPerson - (newestPerson % HOT_EVERY)
      : newestPerson - random.below(Math.min(newestPerson + 1, 1000));
    arrays.seller[row] = FIRST_ID + seller;
    const initialBid = this.#drawPrice();
    arrays.initialBid[row] = initialBid;
    const at = this.timeOf(n);
    arrays.time[row] = at;
    arrays.expires[row] = at + 1 + random.below((2 * HOT_EVERY * EVENTS_PER_ROUND * 1000) / (3 * this.#rate));
    this.#drawWords(3 + random.below(17), arrays.itemName, row);
    const itemLength = this.#trimmedLength;
    this.#drawWords(10 + random.below(90), arrays.description, row);
    const used = 48 + itemLength + this.#trimmedLength;
    arrays.reserve[row] = initialBid + this.#drawPrice();
    arrays.category[row] = 10 + random.below(5);
    this.#fillExtra(arrays.extra, row, this.#pool.compactAt, 500 - used);
  }

  #drawPrice(): number {
    return Math.round(100 * 10 ** (6 * this.#random.uniform()));
  }

  /** A view of the text without spaces at its ends; its length goes to `#trimmedLength`. */
  #drawWords(length: number, target: TextArrays, row: number): void {
    const { bytes } = this.#pool;
    let start = this.#random.below(TEXT_LENGTH - length);
    let end = start + length;
    while (start < end && bytes[start] === 0x20) start++;
    while (end > start && bytes[end - 1] === 0x20) end--;
    target.starts[row] = start;
    target.ends[row] = end;
    this.#trimmedLength = end - start;
  }

  #fillExtra(target: TextArrays, row: number, compactAt: Int32Array, room: number): void {
    const length = Math.round(room * (0.8 + 0.4 * this.#random.uniform()));
    const at = this.#random.below(TEXT_LENGTH - (length + 8));
    target.starts[row] = compactAt[at];
    target.ends[row] = Math.min(compactAt[at] + length, compactAt[at + length + 8]);
  }

  #copyLetters(length: number, to: number): number {
    const { bytes, compactAt } = this.#pool;
    const at = this.#random.below(TEXT_LENGTH - (length + 8));
    const start = compactAt[at];
    const end = Math.min(start + length, compactAt[at + length + 8]);
    bytes.copyWithin(to, start, end);
    return to + end - start;
  }
}

const DOT_COM = new TextEncoder().encode(".com");

function set(target: TextArrays, row: number, table: TextArrays, entry: number): void {
  target.starts[row] = table.starts[entry];
  target.ends[row] = table.ends[entry];
}
