/** The framing of answers, against a server that cuts and mangles them; a real broker is in tests/kafka. */
import { createServer, type Server, type Socket } from "node:net";
import { Writer } from "@platformatic/kafka";
import { afterEach, describe, expect, test, vi } from "vitest";
import { KafkaConnection } from "./kafka-connection.ts";
import { ReusedBuffer } from "./reused-buffer.ts";

let server: Server | null = null;
const sockets: Socket[] = [];

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  const closing = server;
  server = null;
  if (closing !== null) await new Promise((resolve) => closing.close(resolve));
});

/** Serves with `answer`, which is given the correlation id of each request, and connects to it. */
async function connectTo(
  answer: (socket: Socket, correlation: number) => void,
  requestTimeout = 5000,
): Promise<KafkaConnection> {
  const listening = createServer((socket) => {
    sockets.push(socket);
    let received = Buffer.alloc(0);
    socket.on("error", () => undefined);
    socket.on("data", (chunk) => {
      received = Buffer.concat([received, chunk]);
      while (received.length >= 4 && received.length >= 4 + received.readInt32BE()) {
        answer(socket, received.readInt32BE(8));
        received = received.subarray(4 + received.readInt32BE());
      }
    });
  });
  server = listening;
  await new Promise<void>((resolve) => listening.listen(0, "127.0.0.1", resolve));
  const address = listening.address();
  const port = address === null || typeof address === "string" ? 0 : address.port;
  const options = { clientId: "test", bootstrapBrokers: [], requestTimeout, connectTimeout: 5000 };
  return KafkaConnection.open({ host: "127.0.0.1", port }, options, () => 0);
}

/** Length, correlation, no tagged fields, content. */
function frame(correlation: number, content: Uint8Array): Buffer {
  const head = Buffer.alloc(9);
  head.writeInt32BE(content.length + 5, 0);
  head.writeInt32BE(correlation, 4);
  return Buffer.concat([head, content]);
}

const call = (connection: KafkaConnection, into?: ReusedBuffer) =>
  connection.call({
    api: 1,
    version: 17,
    payload: Writer.create().appendInt32(42),
    parse: (answer) => answer,
    ...(into === undefined ? {} : { into }),
  });

describe("answers", () => {
  test("cut anywhere", async () => {
    const content = Buffer.from("some answer");
    const connection = await connectTo((socket, correlation) => {
      socket.setNoDelay(true);
      for (const byte of frame(correlation, content)) socket.write(Buffer.of(byte));
    });
    expect((await call(connection)).toString()).toBe("some answer");
    await connection.close();
  });

  test("several requests under way, their answers in one piece", async () => {
    const frames: Buffer[] = [];
    const connection = await connectTo((socket, correlation) => {
      frames.push(frame(correlation, Buffer.from(`answer ${frames.length}`)));
      if (frames.length === 3) socket.write(Buffer.concat(frames));
    });
    const answers = await Promise.all([call(connection), call(connection), call(connection)]);
    expect(answers.map(String)).toEqual(["answer 0", "answer 1", "answer 2"]);
    await connection.close();
  });

  test("large ones are read into the buffer that was lent, again and again", async () => {
    const sizes = [3_000_000, 10, 100_000, 8192, 2_999_999, 0];
    let next = 0;
    const contentOf = (i: number) => Buffer.alloc(sizes[i], i + 1);
    const connection = await connectTo((socket, correlation) => socket.write(frame(correlation, contentOf(next++))));
    const buffer = new ReusedBuffer();
    const memory = new Set<ArrayBufferLike>();
    for (const [i, size] of sizes.entries()) {
      const answer = await call(connection, buffer);
      expect(answer.length).toBe(size);
      expect(answer.equals(contentOf(i))).toBe(true);
      memory.add(answer.buffer);
    }
    expect(memory.size).toBe(1);
    await connection.close();
  });
});

describe("connections that break", () => {
  test("all requests under way are told, and those that come later", async () => {
    const connection = await connectTo((socket) => socket.destroy());
    const [first, second] = await Promise.allSettled([call(connection), call(connection)]);
    expect(first.status).toBe("rejected");
    expect(second.status).toBe("rejected");
    await expect(call(connection)).rejects.toMatchObject({ code: "ECONNRESET" });
    await connection.close();
  });

  test("one that the broker has closed while nobody used it is known to be", async () => {
    const connection = await connectTo((socket, correlation) => socket.end(frame(correlation, Buffer.of(1))));
    await call(connection);
    await vi.waitFor(() => expect(connection.isOpen).toBe(false));
  });

  test("an answer that is not Kafka's", async () => {
    const tlsAlert = Buffer.of(0x15, 0x03, 0x03, 0x00, 0x02, 0x02, 0x0a);
    const connection = await connectTo((socket) => socket.write(tlsAlert));
    await expect(call(connection)).rejects.toThrow("none of Kafka's protocol: perhaps it requires TLS");
  });

  test("an answer to another request", async () => {
    const connection = await connectTo((socket, correlation) => socket.write(frame(correlation + 1, Buffer.of(1))));
    await expect(call(connection)).rejects.toThrow("out of order");
  });

  test("no answer in time", async () => {
    const connection = await connectTo(() => undefined, 50);
    await expect(call(connection)).rejects.toThrow("the request timed out");
  });

  test("nobody there", async () => {
    const options = { clientId: "test", bootstrapBrokers: [], requestTimeout: 1000, connectTimeout: 1000 };
    await expect(KafkaConnection.open({ host: "127.0.0.1", port: 9 }, options, () => 0)).rejects.toMatchObject({
      code: "ECONNREFUSED",
    });
  });
});
