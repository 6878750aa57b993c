import { type AsyncKernel, type AsyncOperator, type Clock, createAsyncCall, MillraceError } from "@millrace/core";
import { type AsyncCode, asyncCodeOf, type PhysicalAsyncCall } from "@millrace/plan";

/** The operator of asynchronous functions; each call may take its time, and no longer. */
export function prepareAsyncCall({ calls, input, kind, passed }: PhysicalAsyncCall, clock: Clock): AsyncOperator {
  const codes = calls.map(({ call }) => asyncCodeOf(call) as AsyncCode);
  const spec = {
    kind,
    passed,
    calls: calls.map(({ call, args }, i) => ({
      args,
      argTypes: args.map((arg) => input.fields[arg].type),
      type: call.type,
      capacity: codes[i].capacity,
    })),
  };
  const waiting = new Set<AbortController>();
  return createAsyncCall(
    spec,
    codes.map((code) => withTimeout(code, clock, waiting)),
    // Timers that nobody waits for would keep the process alive.
    () => waiting.forEach((each) => each.abort()),
  );
}

function withTimeout({ invoke, name, timeoutMs }: AsyncCode, clock: Clock, waiting: Set<AbortController>): AsyncKernel {
  return async (values) => {
    const done = new AbortController();
    waiting.add(done);
    const late = clock.sleep(timeoutMs, done.signal).then(() => {
      if (done.signal.aborted) return null;
      const message = `function ${name} gave no answer within ${timeoutMs} ms; its timeoutMs says how long it may take`;
      throw new MillraceError({ code: "USER_CODE", message });
    });
    try {
      return await Promise.race([invoke(values), late]);
    } finally {
      waiting.delete(done);
      done.abort();
    }
  };
}
