import { createSource } from "millrace";

interface Message {
  readonly id: number;
  readonly sentAt: number;
  readonly text: string;
}

/** Messages of a service that gives those behind an id: GET /queues/NAME?after=41&limit=500. */
export function queueSource(base: URL, queues: readonly string[]) {
  return createSource<Message, number>({
    name: `queues of ${base.host}`,
    splits: () => queues,
    async *read({ split, position, signal, sleep }) {
      let after = position ?? 0;
      while (!signal.aborted) {
        const url = new URL(`queues/${encodeURIComponent(split)}?after=${after}&limit=500`, base);
        const response = await fetch(url, { signal });
        if (!response.ok) throw new Error(`${url.pathname} answered ${response.status}`);
        const messages = (await response.json()) as readonly Message[];
        if (messages.length === 0) {
          await sleep("1s");
          continue;
        }
        after = messages[messages.length - 1].id;
        yield { records: messages, position: after };
      }
    },
    // Once all that came of the messages is durable, the service may forget them.
    async commit(positions) {
      for (const [queue, id] of positions) {
        await fetch(new URL(`queues/${encodeURIComponent(queue)}?upTo=${id}`, base), { method: "DELETE" });
      }
    },
    watermark: { field: "sentAt", outOfOrderness: "10s", idleTimeout: "1m" },
  });
}
