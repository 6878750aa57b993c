import {
  type AsyncKernel,
  type AsyncOperator,
  type Clock,
  createAsyncCall,
  MillraceError,
  TimedCalls,
} from "@millrace/core";
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
  const timed = new TimedCalls(clock);
  return createAsyncCall(
    spec,
    codes.map((code) => withTimeout(code, timed)),
    () => timed.close(),
  );
}

function withTimeout({ invoke, name, timeoutMs }: AsyncCode, timed: TimedCalls): AsyncKernel {
  return (values) =>
    timed.answer(
      timeoutMs,
      () => invoke(values),
      () => {
        const message = `function ${name} gave no answer within ${timeoutMs} ms; its timeoutMs says how long it may take`;
        throw new MillraceError({ code: "USER_CODE", message });
      },
    );
}
