/** One fetch of one partition: the request of the client library, our own reading of the answer (raw record bytes, no objects). */
import { fetchV17, Reader } from "@platformatic/kafka";
import type { KafkaConnection } from "./kafka-connection.ts";
import type { AbortedTransaction } from "./record-batches.ts";
import type { ReusedBuffer } from "./reused-buffer.ts";

export interface FetchRequest {
  readonly topicId: string;
  readonly partition: number;
  readonly offset: number;
  readonly maxBytes: number;
  readonly maxWaitMs: number;
  readonly committedOnly: boolean;
}

export interface FetchAnswer {
  readonly errorCode: number;
  readonly highWatermark: number;
  /** End of what a read_committed reader may see. */
  readonly lastStableOffset: number;
  readonly logStartOffset: number;
  readonly aborted: readonly AbortedTransaction[];
  readonly records: Buffer;
}

/** Broker error codes that the reader treats on its own. */
export const FetchError = { none: 0, offsetOutOfRange: 1 } as const;

const NO_RECORDS = Buffer.alloc(0);

/** The records of the answer lie in `into`. */
export function fetchPartition(
  connection: KafkaConnection,
  request: FetchRequest,
  into: ReusedBuffer,
): Promise<FetchAnswer> {
  const partition = {
    partition: request.partition,
    currentLeaderEpoch: -1,
    fetchOffset: BigInt(request.offset),
    lastFetchedEpoch: -1,
    partitionMaxBytes: request.maxBytes,
  };
  return connection.call({
    api: fetchV17.api.key,
    version: fetchV17.api.version,
    payload: fetchV17.createRequest(
      request.maxWaitMs,
      1,
      request.maxBytes,
      request.committedOnly ? 1 : 0,
      0,
      -1,
      [{ topicId: request.topicId, partitions: [partition] }],
      [],
      "",
    ),
    parse: readAnswer,
    into,
  });
}

function readAnswer(bytes: Buffer): FetchAnswer {
  const reader = Reader.from(bytes);
  reader.readInt32(); // throttle time
  const topError = reader.readInt16();
  reader.readInt32(); // session
  let answer: FetchAnswer | null = null;
  reader.readArray((topic) => {
    topic.readUUID();
    topic.readArray(
      (partition) => {
        partition.readInt32();
        const errorCode = partition.readInt16();
        const highWatermark = Number(partition.readInt64());
        const lastStableOffset = Number(partition.readInt64());
        const logStartOffset = Number(partition.readInt64());
        const aborted =
          partition.readNullableArray((each) => ({ producerId: each.readInt64(), firstOffset: each.readInt64() })) ??
          [];
        partition.readInt32(); // preferred replica
        const size = partition.readUnsignedVarInt() - 1;
        let records: Buffer = NO_RECORDS;
        if (size > 0) {
          records = bytes.subarray(partition.position, partition.position + size);
          partition.skip(size);
        }
        partition.readTaggedFields();
        answer = { errorCode, highWatermark, lastStableOffset, logStartOffset, aborted, records };
      },
      true,
      false,
    );
  });
  return (
    answer ?? {
      errorCode: topError,
      highWatermark: -1,
      lastStableOffset: -1,
      logStartOffset: -1,
      aborted: [],
      records: NO_RECORDS,
    }
  );
}
