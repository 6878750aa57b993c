/** A pattern of events as the pattern API describes it: stages, one after the other. */

/** The events that a partial match has so far, by stage; the object is only lent. */
export type MatchedEvents = { readonly [stage: string]: readonly unknown[] };

export type EventCondition = (event: unknown, matched: MatchedEvents) => boolean;

/**
 * What may stand between an event and the one before it: nothing; events that do not fit; any. `not-next`, `not-followed`: the
 * stage takes no event, but says which one must not come next, or at all before the next stage.
 */
export type Contiguity = "strict" | "relaxed" | "any" | "not-next" | "not-followed";

export interface EventStage {
  readonly name: string;
  /** Null: any event. */
  readonly condition: EventCondition | null;
  readonly contiguity: Contiguity;
  readonly least: number;
  /** Null: without bound. */
  readonly most: number | null;
  readonly isOptional: boolean;
  /** Takes as many as it can before the next stage begins. */
  readonly isGreedy: boolean;
  /** Between the events of a stage that is repeated. */
  readonly inner: "strict" | "relaxed" | "any";
  /** Ends a repetition without bound; the event itself is not taken. */
  readonly until: EventCondition | null;
}

/** What a match does to those that began before its end. */
export type EventSkip =
  | { readonly kind: "none" | "to-next" | "past-last" }
  | { readonly kind: "to-first" | "to-last"; readonly stage: string };

export interface EventPattern {
  readonly stages: readonly EventStage[];
  /** From the first event to the last of a match it is less than so long; null = any time. */
  readonly withinMs: number | null;
  readonly skip: EventSkip;
}

/** Whether the stage takes events. */
export function takesEvents({ contiguity }: EventStage): boolean {
  return contiguity !== "not-next" && contiguity !== "not-followed";
}

/** What snapshots of a pattern are known by: another pattern has other states. */
export function patternText({ stages, withinMs, skip }: EventPattern): string {
  const texts = stages.map(
    ({ name, contiguity, least, most, isOptional, isGreedy, inner, until }) =>
      `${contiguity} ${name}{${least},${most ?? ""}}${isOptional ? "?" : ""}${isGreedy ? "+" : ""} ${inner}${until === null ? "" : " until"}`,
  );
  return `${texts.join(" / ")} within ${withinMs ?? "any"} skip ${skip.kind}`;
}
