/**
 * SPLIT_INDEX by a one-byte separator: views into the input's bytes.
 *
 * Design  part k begins behind part k - 1, which is compiled as a call of its own: the emitter then knows it, so parts 3, 4 and 5 of
 *         one text are found in one pass over it.
 */
import { INT } from "@millrace/core";
import { findPart, partEnd } from "../codegen/text.ts";
import { type CallExpression, literal } from "../expression/expression.ts";
import type { Code, CodeWriter } from "./code-writer.ts";
import { literalNumber, literalText } from "./literal-argument.ts";

/** Beyond this many parts code for each would be too long. */
const MAX_CHAIN = 12;

export function emitSplitIndex(call: CallExpression, emitter: CodeWriter): Code | undefined {
  const separator = literalText(call.args[1]);
  if (separator === undefined || separator.length !== 1 || separator.charCodeAt(0) > 0x7f) return undefined;
  const input = emitter.compile(call.args[0]);
  if (input.view === undefined) return undefined;
  const code = separator.charCodeAt(0);
  const index = literalNumber(call.args[2]);
  if (index !== undefined && index >= 0 && index <= MAX_CHAIN) return emitPart(call, emitter, input, code, index);
  const position = emitter.compile(call.args[2]);
  const { bytes, start, end } = input.view;
  const [isNull, from, to] = [emitter.fresh("n"), emitter.fresh("s"), emitter.fresh("e")];
  const find = `${emitter.constant(findPart)}(${bytes}, ${start}, ${end}, ${code}, ${emitter.valueOf(position)})`;
  emitter.line(`${isNull} = ${emitter.anyNull([input, position])} || ${start} === ${end};`);
  emitter.line(
    `if (!${isNull}) { ${from} = ${find}; ${to} = ${emitter.constant(partEnd)}.value; ${isNull} = ${from} < 0; }`,
  );
  return { type: call.type, isNull, view: { ...input.view, start: from, end: to } };
}

function emitPart(call: CallExpression, emitter: CodeWriter, input: Code, separator: number, index: number): Code {
  const view = input.view as NonNullable<Code["view"]>;
  const before = index === 0 ? undefined : emitter.compile(partBefore(call, index));
  const [isNull, from, to] = [emitter.fresh("n"), emitter.fresh("s"), emitter.fresh("e")];
  const find = emitter.constant(findByte);
  if (before === undefined) {
    emitter.line(`${isNull} = ${input.isNull} || ${view.start} === ${view.end};`);
    emitter.line(
      `if (!${isNull}) { ${from} = ${view.start}; ${to} = ${find}(${view.bytes}, ${from}, ${view.end}, ${separator}); }`,
    );
  } else {
    const last = (before.view as NonNullable<Code["view"]>).end;
    emitter.line(`${isNull} = ${before.isNull} || ${last} === ${view.end};`);
    emitter.line(
      `if (!${isNull}) { ${from} = ${last} + 1; ${to} = ${find}(${view.bytes}, ${from}, ${view.end}, ${separator}); }`,
    );
  }
  return { type: call.type, isNull, view: { ...view, start: from, end: to } };
}

function partBefore(call: CallExpression, index: number): CallExpression {
  return { ...call, args: [call.args[0], call.args[1], literal(index - 1, { ...INT, nullable: false })] };
}

/** Place of the byte, or the end. */
function findByte(bytes: Uint8Array, start: number, end: number, byte: number): number {
  let at = start;
  while (at < end && bytes[at] !== byte) at++;
  return at;
}
