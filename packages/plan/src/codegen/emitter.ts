/**
 * Writes the body of a kernel's row loop: JavaScript statements that compute expressions into local variables.
 *
 * Design     An expression becomes a `Code`: where its value and its null flag are to be found. Text values have two forms: a
 *            view (bytes, start, end), which costs nothing, and a JavaScript string, made only where a function needs it.
 *            An expression met twice is computed once, if the first place dominates the second (scopes follow the blocks).
 * Invariant  a Code is valid in the block it was made in and in blocks inside it.
 *            In the fast variant BIGINT and DECIMAL values are safe integers held as numbers; a result that leaves that range
 *            makes the kernel return and run its exact variant, where such values have the form of `valueAt`.
 */
import { type DataType, isExact } from "@millrace/core";
import type { CallExpression, Expression } from "../expression/expression.ts";
import { expressionKey } from "../expression/expression-key.ts";
import type { Code, CodeWriter } from "../function/code-writer.ts";
import type { EvaluationContext } from "../function/evaluate.ts";
import { functionOf } from "../function/registry.ts";
import { isBinary, isCharacter } from "../type/coercion.ts";
import { decodeUtf8, encodeUtf8 } from "./text.ts";

const NO_BYTES = new Uint8Array(0);

export class Emitter implements CodeWriter {
  /** Whether this is the exact variant. */
  readonly exact: boolean;
  readonly context: EvaluationContext;
  /** Statement that leaves the kernel for the exact variant. */
  readonly bailOut: string;
  readonly #inputTypes: readonly DataType[];
  readonly #lines: string[] = [];
  readonly #variables: string[] = [];
  readonly #constants: { readonly name: string; readonly value: unknown }[] = [];
  readonly #scopes: Map<string, Code>[] = [new Map()];
  readonly #usedColumns = new Set<number>();
  #indent = 2;
  #counter = 0;

  constructor(inputTypes: readonly DataType[], context: EvaluationContext, exact: boolean, bailOut: string) {
    this.#inputTypes = inputTypes;
    this.context = context;
    this.exact = exact;
    this.bailOut = bailOut;
  }

  get lines(): readonly string[] {
    return this.#lines;
  }
  get variables(): readonly string[] {
    return this.#variables;
  }
  get constants(): readonly { readonly name: string; readonly value: unknown }[] {
    return this.#constants;
  }
  get usedColumns(): ReadonlySet<number> {
    return this.#usedColumns;
  }

  line(statement: string): void {
    this.#lines.push("  ".repeat(this.#indent) + statement);
  }

  /** `head { body }`; what the body computes is not known behind it. */
  block(head: string, body: () => void): void {
    this.line(`${head} {`);
    this.#scopes.push(new Map());
    this.#indent++;
    body();
    this.#indent--;
    this.#scopes.pop();
    this.line("}");
  }

  /** A new local variable. */
  fresh(prefix: string): string {
    const name = `${prefix}${this.#counter++}`;
    this.#variables.push(name);
    return name;
  }

  /** A name for a value from outside the generated code. */
  constant(value: unknown): string {
    const known = this.#constants.find((each) => each.value === value);
    if (known !== undefined) return known.name;
    const name = `k${this.#constants.length}`;
    this.#constants.push({ name, value });
    return name;
  }

  /** The code of an expression, written now unless it is known here. */
  compile(expression: Expression): Code {
    const key = expressionKey(expression);
    for (const scope of this.#scopes) {
      const known = scope.get(key);
      if (known !== undefined) return known;
    }
    const code = this.#write(expression);
    (this.#scopes.at(-1) as Map<string, Code>).set(key, code);
    return code;
  }

  /** The value as a JavaScript expression; a view is decoded (once per scope). Meaningless where it is NULL, but never throws. */
  valueOf(code: Code): string {
    if (code.value !== undefined) return code.value;
    const { view } = code;
    if (view === undefined) throw new Error("code without value");
    const scope = this.#scopes.at(-1) as Map<string, Code>;
    const key = `text:${view.bytes}:${view.start}:${view.end}`;
    for (const each of this.#scopes) {
      const known = each.get(key);
      if (known?.value !== undefined) return known.value;
    }
    const name = this.fresh("t");
    const decode = this.constant(decodeUtf8);
    this.line(
      code.isNull === "false"
        ? `${name} = ${decode}(${view.bytes}, ${view.start}, ${view.end});`
        : `${name} = ${code.isNull} ? "" : ${decode}(${view.bytes}, ${view.start}, ${view.end});`,
    );
    scope.set(key, { ...code, value: name });
    return name;
  }

  /** Leaves the fast variant if the value is outside the safe range. */
  checkSafe(value: string): void {
    this.line(`if (${value} > 9007199254740991 || ${value} < -9007199254740991) ${this.bailOut}`);
  }

  /** `a || b || c`, leaving out what is never so. */
  anyNull(codes: readonly Code[]): string {
    const parts = [...new Set(codes.map((code) => code.isNull).filter((isNull) => isNull !== "false"))];
    return parts.length === 0 ? "false" : parts.length === 1 ? parts[0] : `(${parts.join(" || ")})`;
  }

  /** A result computed by `expression` where no argument is NULL. */
  result(type: DataType, args: readonly Code[], expression: string): Code {
    const isNull = this.#named(this.anyNull(args));
    const value = this.fresh("v");
    this.line(isNull === "false" ? `${value} = ${expression};` : `if (!${isNull}) ${value} = ${expression};`);
    return { type, isNull, value };
  }

  /** A condition as a variable, if it is more than one. */
  #named(condition: string): string {
    if (/^\w+$/.test(condition)) return condition;
    const name = this.fresh("n");
    this.line(`${name} = ${condition};`);
    return name;
  }

  #write(expression: Expression): Code {
    switch (expression.kind) {
      case "column":
        return this.#column(expression.index);
      case "literal":
        return this.#literal(expression.value, expression.type);
      case "field": {
        const input = this.compile(expression.input);
        const row = this.valueOf(input);
        const value = this.fresh("v");
        const isNull = this.fresh("n");
        this.line(
          `${value} = ${input.isNull === "false" ? "" : `${input.isNull} ? null : `}${row}[${expression.index}];`,
        );
        this.line(`${isNull} = ${value} === null || ${value} === undefined;`);
        this.#guardExact(value, expression.type);
        return { type: expression.type, isNull, value };
      }
      case "call":
        return this.#call(expression);
    }
  }

  #column(index: number): Code {
    const type = this.#inputTypes[index];
    this.#usedColumns.add(index);
    const isNull = type.nullable ? this.fresh("n") : "false";
    if (type.nullable) this.line(`${isNull} = c${index}n[i] === 1;`);
    switch (type.kind) {
      case "boolean":
        return { type, isNull, value: `(c${index}v[i] === 1)` };
      case "char":
      case "varchar": {
        const [start, end] = [this.fresh("s"), this.fresh("e")];
        this.line(`${start} = c${index}s[i]; ${end} = c${index}e[i];`);
        return { type, isNull, view: { bytes: `c${index}b`, start, end, column: index } };
      }
      case "binary":
      case "varbinary": {
        const value = this.fresh("v");
        this.line(`${value} = c${index}b.slice(c${index}s[i], c${index}e[i]);`);
        return { type, isNull, value };
      }
      default: {
        const value = this.fresh("v");
        this.line(this.exact && isExact(type) ? `${value} = exactAt(c${index}, i);` : `${value} = c${index}v[i];`);
        return { type, isNull, value };
      }
    }
  }

  #literal(value: unknown, type: DataType): Code {
    if (value === null) return { type, isNull: "true", value: this.#absent(type) };
    if (typeof value === "string") {
      const bytes = encodeUtf8(value);
      return {
        type,
        isNull: "false",
        value: JSON.stringify(value),
        view: { bytes: this.constant(bytes), start: "0", end: String(bytes.length) },
      };
    }
    if (typeof value === "bigint") {
      if (!this.exact) this.line(this.bailOut);
      return { type, isNull: "false", value: `${value}n` };
    }
    if (typeof value === "number")
      return { type, isNull: "false", value: Object.is(value, -0) ? "-0" : value < 0 ? `(${value})` : String(value) };
    if (typeof value === "boolean") return { type, isNull: "false", value: String(value) };
    return { type, isNull: "false", value: this.constant(value) };
  }

  /** A value of the type's form, which means nothing. */
  #absent(type: DataType): string {
    if (isCharacter(type)) return '""';
    return isBinary(type) ? this.constant(NO_BYTES) : "0";
  }

  #call(call: CallExpression): Code {
    const definition = functionOf(call);
    if (definition === undefined) throw new Error(`unknown function ${call.name}`);
    const needsExact = this.exact && (isExact(call.type) || call.args.some((arg) => isExact(arg.type)));
    if (definition.emit !== undefined && !(needsExact && definition.emitsExact !== true)) {
      const code = definition.emit(call, this);
      if (code !== undefined) return code;
    }
    return this.#evaluated(call, definition.evaluator(call), definition.seesNull === true);
  }

  /** A call of the function's own evaluation. */
  #evaluated(call: CallExpression, evaluate: unknown, seesNull: boolean): Code {
    const args = call.args.map((arg) => this.compile(arg));
    const values = args.map((arg) => this.valueOf(arg));
    const given = args.map((arg, i) =>
      seesNull && arg.isNull !== "false" ? `${arg.isNull} ? null : ${values[i]}` : values[i],
    );
    const value = this.fresh("v");
    const isNull = this.fresh("n");
    const context = this.constant(this.context);
    const invoke = `${this.constant(evaluate)}([${given.join(", ")}], ${context})`;
    const absent = seesNull ? "false" : this.anyNull(args);
    this.line(`${value} = ${absent === "false" ? "" : `${absent} ? null : `}${invoke};`);
    this.line(`${isNull} = ${value} === null;`);
    this.#guardExact(value, call.type);
    return { type: call.type, isNull, value };
  }

  #guardExact(value: string, type: DataType): void {
    if (!this.exact && isExact(type)) this.line(`if (typeof ${value} === "bigint") ${this.bailOut}`);
  }
}
