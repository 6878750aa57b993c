/**
 * When a partition is complete, by the options `sink.partition-commit.*`: some time after it was begun (process-time), or once the
 * watermark has passed the time that its values stand for (partition-time).
 *
 * A partition that gets rows after that is complete again at the next look.
 */
import {
  localToInstant,
  MillraceError,
  type OptionSchema,
  type OptionValues,
  parseTimestamp,
  type SinkTableContext,
} from "@millrace/core";
import { partitionTexts } from "./partition-path.ts";

export const partitionCommitOptions: OptionSchema = {
  "sink.partition-commit.policy.kind": {
    type: "list",
    description:
      "What is done when a partition is complete: 'success-file' publishes its rows and puts an empty file beside them. Without it nothing is.",
  },
  "sink.partition-commit.success-file.name": {
    type: "string",
    description: "The name of that file.",
    default: "_SUCCESS",
  },
  "sink.partition-commit.trigger": {
    type: "enum",
    values: ["process-time", "partition-time"],
    description:
      "When a partition is complete: 'sink.partition-commit.delay' after its first row came, or when the watermark has passed its time by the delay.",
    default: "process-time",
  },
  "sink.partition-commit.delay": {
    type: "duration",
    description: "See 'sink.partition-commit.trigger': the length of a partition for partition-time, such as '1 h'.",
    default: "0 s",
    min: 0,
  },
  "sink.partition-commit.watermark-time-zone": {
    type: "string",
    description: "The time zone of the times of partitions, where the watermark is that of a TIMESTAMP_LTZ.",
    default: "UTC",
  },
  "partition.time-extractor.timestamp-pattern": {
    type: "string",
    description:
      "The time of a partition, put together from its columns, as in '$day $hour:00:00'; the first column by default.",
  },
};

/** Whether partitions are complete by event time. */
export function goesByWatermark(options: OptionValues): boolean {
  const kinds = options["sink.partition-commit.policy.kind"] as readonly string[] | undefined;
  return kinds !== undefined && options["sink.partition-commit.trigger"] === "partition-time";
}

/** Null if nothing is to be done with complete partitions. Errors: OPTION_INVALID. */
export function partitionCommitOf({ options, partitionKeys, tableName }: SinkTableContext): PartitionCommit | null {
  const kinds = options["sink.partition-commit.policy.kind"] as readonly string[] | undefined;
  if (kinds === undefined || partitionKeys.length === 0) return null;
  const other = kinds.find((kind) => kind !== "success-file");
  if (other !== undefined) {
    throw new MillraceError({
      code: "OPTION_INVALID",
      message: `table '${tableName}': option 'sink.partition-commit.policy.kind' = '${other}': the only kind for files is success-file`,
    });
  }
  const delayMs = options["sink.partition-commit.delay"] as number;
  const successFile = options["sink.partition-commit.success-file.name"] as string;
  if (!goesByWatermark(options)) {
    // Without a delay a partition is complete whenever its files are looked at.
    const checkMs = options["sink.rolling-policy.check-interval"] as number;
    return new PartitionCommit(successFile, "process-time", (_, now) => now + (delayMs === 0 ? checkMs : delayMs));
  }
  const pattern = options["partition.time-extractor.timestamp-pattern"] as string | undefined;
  const zone = options["sink.partition-commit.watermark-time-zone"] as string;
  const owner = `table '${tableName}'`;
  return new PartitionCommit(successFile, "partition-time", (folder) => {
    return localToInstant(partitionTime(folder, partitionKeys, pattern, owner), zone) + delayMs;
  });
}

/** The local time that a partition stands for. Errors: DATA_INVALID. */
function partitionTime(folder: string, keys: readonly string[], pattern: string | undefined, owner: string): number {
  const texts = partitionTexts(folder);
  // The longest name first: $hour is not $h and "our".
  const names = [...keys].sort((a, b) => b.length - a.length);
  const text = names.reduce(
    (filled, key) => filled.replaceAll(`$${key}`, () => texts.get(key) ?? ""),
    pattern ?? `$${keys[0]}`,
  );
  const time = parseTimestamp(text.length === 10 ? `${text} 00:00:00` : text);
  if (time !== undefined) return time;
  throw new MillraceError({
    code: "DATA_INVALID",
    message: `${owner}: '${text}' of partition '${folder}' is no time as in '2026-01-31 12:00:00'; put it together by option 'partition.time-extractor.timestamp-pattern'`,
  });
}

export class PartitionCommit {
  readonly successFile: string;
  readonly trigger: "process-time" | "partition-time";
  readonly #dueOf: (folder: string, now: number) => number;
  /** Partitions that are not complete yet: the time, or watermark, that has to be passed. */
  readonly #due = new Map<string, number>();
  #first = Number.POSITIVE_INFINITY;

  constructor(
    successFile: string,
    trigger: "process-time" | "partition-time",
    dueOf: (folder: string, now: number) => number,
  ) {
    this.successFile = successFile;
    this.trigger = trigger;
    this.#dueOf = dueOf;
  }

  /** Rows go to a partition. */
  note(folder: string, now: number): void {
    if (this.#due.has(folder)) return;
    const due = this.#dueOf(folder, now);
    this.#due.set(folder, due);
    this.#first = Math.min(this.#first, due);
  }

  /** What has to be passed for the next one to be complete; Infinity: nothing will be. */
  get nextDue(): number {
    return this.#first;
  }

  /** The partitions that are complete at a time or watermark; each is given once. */
  complete(time: number): readonly string[] {
    if (!(time > this.#first) && time !== Number.POSITIVE_INFINITY) return [];
    const complete: string[] = [];
    this.#first = Number.POSITIVE_INFINITY;
    for (const [folder, due] of this.#due) {
      if (time > due) complete.push(folder);
      else this.#first = Math.min(this.#first, due);
    }
    for (const folder of complete) this.#due.delete(folder);
    return complete;
  }
}
