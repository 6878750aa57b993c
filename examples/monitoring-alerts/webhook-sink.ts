import { createSink } from "millrace";

/** Posts each record as JSON; one that is not taken is posted again, twice, before the job fails. */
export function webhook<T>(url: string) {
  return createSink<T, null>({
    name: `webhook ${new URL(url).host}`,
    open: () => null,
    async write(_, records) {
      for (const record of records) await post(url, record);
    },
  });
}

async function post(url: string, record: unknown, tries = 3): Promise<void> {
  try {
    const headers = { "content-type": "application/json" };
    const response = await fetch(url, { method: "POST", headers, body: JSON.stringify(record) });
    if (response.ok) return;
    throw new Error(`${url} answered ${response.status}`);
  } catch (error) {
    if (tries === 1) throw error;
    await post(url, record, tries - 1);
  }
}
