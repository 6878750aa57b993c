import { type Pipeline, type SourceOptions, type StandardSchema, type StreamSource, value } from "millrace";

/** As it comes: anything may be missing or of the wrong type. */
export interface RawContact {
  readonly email: string;
  readonly name?: string | undefined;
  readonly phone?: string | number | undefined;
  readonly at: number;
}

export interface Contact {
  readonly email: string;
  readonly name: string;
  /** Digits with the country, or null. */
  readonly phone: string | null;
  readonly at: number;
}

/** What zod, valibot or arktype would give; by hand, so that the example needs none of them. */
export const RawContact: StandardSchema<RawContact> = {
  "~standard": {
    version: 1,
    vendor: "example",
    validate(input) {
      if (typeof input !== "object" || input === null) return { issues: [{ message: "expected an object" }] };
      const { email, name, phone, at } = input as Record<string, unknown>;
      const issues: { message: string; path: string[] }[] = [];
      if (typeof email !== "string" || !email.includes("@"))
        issues.push({ message: "expected an address", path: ["email"] });
      if (name !== undefined && typeof name !== "string") issues.push({ message: "expected a text", path: ["name"] });
      const time = typeof at === "number" ? at : Date.parse(String(at));
      if (Number.isNaN(time)) issues.push({ message: "expected a time", path: ["at"] });
      if (issues.length > 0) return { issues };
      return { value: { email, name, phone, at: time } as RawContact };
    },
  },
};

export const eventTime = { watermark: { field: "at", outOfOrderness: "1m" } } satisfies SourceOptions<RawContact>;

/** Validated contacts, normalised, each once a day. What cannot be normalised is in the dead letters of `normalised`. */
export function cleaning(job: Pipeline, contacts: readonly RawContact[] | StreamSource<RawContact>) {
  const normalised = job.from(contacts, { name: "contacts", ...eventTime }).map(normalise, { onError: "dead-letter" });
  const unique = normalised
    .keyBy((contact) => contact.email)
    .process({
      state: { seenAt: value<number | null>(null, { ttl: "1d" }) },
      onRecord(contact, { state }) {
        if (state.seenAt.get() !== null) return;
        state.seenAt.set(contact.at);
        return [contact];
      },
    })
    .id("unique");
  return { normalised, unique };
}

function normalise({ email, name, phone, at }: RawContact): Contact {
  return {
    email: email.trim().toLowerCase(),
    name: (name ?? "").trim().replace(/\s+/g, " "),
    phone: phone === undefined || phone === "" ? null : digitsOf(String(phone)),
    at,
  };
}

function digitsOf(phone: string): string {
  const digits = phone.replace(/[\s()./-]/g, "").replace(/^00/, "+");
  const international = digits.startsWith("+") ? digits : `+49${digits.replace(/^0/, "")}`;
  if (!/^\+\d{7,15}$/.test(international)) throw new RangeError(`'${phone}' is no telephone number`);
  return international;
}
