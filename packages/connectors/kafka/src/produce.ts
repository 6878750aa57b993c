/** One produce request to one broker: whole record batches that we have built, one per partition. */
import { initProducerIdV5, produceV11, Reader, Writer } from "@platformatic/kafka";
import type { KafkaConnection } from "./kafka-connection.ts";

export interface PartitionBatch {
  readonly partition: number;
  readonly batch: Buffer;
}

export interface ProduceAnswer {
  readonly partition: number;
  readonly errorCode: number;
  readonly message: string | null;
}

/** Broker error codes that the sink treats on its own. */
export const ProduceError = {
  none: 0,
  tooLarge: 10,
  listTooLarge: 18,
  outOfOrderSequence: 45,
  duplicateSequence: 46,
  invalidProducerEpoch: 47,
  invalidProducerIdMapping: 49,
  unknownProducerId: 59,
} as const;

/** `acks`: -1 = all replicas in sync confirm, 1 = the leader does. */
export function produce(
  connection: KafkaConnection,
  topic: string,
  batches: readonly PartitionBatch[],
  acks: -1 | 1,
  timeoutMs: number,
): Promise<ProduceAnswer[]> {
  const payload = Writer.create()
    .appendString(null) // transactional id
    .appendInt16(acks)
    .appendInt32(timeoutMs)
    .appendArray([topic], (writer, name) => {
      writer.appendString(name).appendArray([...batches], (each, { partition, batch }) => {
        each
          .appendInt32(partition)
          .appendUnsignedVarInt(batch.length + 1)
          .append(batch);
      });
    })
    .appendTaggedFields();
  return connection.call({ api: produceV11.api.key, version: produceV11.api.version, payload, parse: readAnswers });
}

function readAnswers(bytes: Buffer): ProduceAnswer[] {
  const answers: ProduceAnswer[] = [];
  Reader.from(bytes).readArray((topic) => {
    topic.readString();
    topic.readArray((each) => {
      const partition = each.readInt32();
      const errorCode = each.readInt16();
      each.readInt64(); // base offset
      each.readInt64(); // log append time
      each.readInt64(); // log start offset
      let message: string | null = null;
      each.readArray((record) => {
        record.readInt32();
        message ??= record.readNullableString();
      });
      const general = each.readNullableString();
      answers.push({ partition, errorCode, message: message ?? general });
    });
  });
  return answers;
}

/** Numbers by which the broker recognises this producer's batches. */
export interface ProducerIdentity {
  readonly producerId: bigint;
  readonly epoch: number;
}

export function initProducer(connection: KafkaConnection): Promise<ProducerIdentity> {
  const { api, createRequest, parseResponse } = initProducerIdV5;
  return connection.call({
    api: api.key,
    version: api.version,
    payload: createRequest(null, 60_000),
    parse: (answer) => {
      const { producerId, producerEpoch } = parseResponse(0, api.key, api.version, Reader.from(answer));
      return { producerId, epoch: producerEpoch };
    },
  });
}
