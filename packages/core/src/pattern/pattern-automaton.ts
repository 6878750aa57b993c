/**
 * A row pattern as a nondeterministic automaton whose states are the places of variables in the pattern: a partial match
 * is in the state of its last row.
 *
 * Invariant  the steps of a state stand in the order of preference of SQL:2016; acceptance comes after all of them, because
 *            nothing that stands behind an acceptance can be preferred to it. No step is there twice.
 *            A repetition that matched no row is not repeated.
 * Cost       bounded repetitions and permutations are written out: at most MAX_PATTERN_STATES states.
 */
import { MillraceError } from "../errors.ts";
import type { MatchChoice, RowPattern } from "./row-pattern.ts";

/** The next row is mapped to the variable of state `to`, unless it could be mapped to one of `unless`. */
export interface PatternStep {
  readonly to: number;
  readonly unless: readonly number[];
}

export interface PatternState {
  /** -1 for the state before the first row. */
  readonly variable: number;
  /** Whether the row does not come out: `{- A -}`. */
  readonly isExcluded: boolean;
  readonly steps: readonly PatternStep[];
  /** Whether the match may end here. */
  readonly accepts: boolean;
}

/** `states[0]` is the one before the first row. */
export interface PatternAutomaton {
  readonly states: readonly PatternState[];
}

export const MAX_PATTERN_STATES = 2000;

/** Throws SQL_UNSUPPORTED if the pattern, written out, is too large. */
export function compilePattern(pattern: RowPattern, choice: MatchChoice): PatternAutomaton {
  if (sizeOf(pattern) > MAX_PATTERN_STATES) {
    throw new MillraceError({
      code: "SQL_UNSUPPORTED",
      message: `the pattern, with its bounded repetitions and permutations written out, has more than ${MAX_PATTERN_STATES} places: use smaller bounds`,
    });
  }
  const builder = new AutomatonBuilder(choice === "earliest");
  const root = builder.build(pattern, null, 0, false);
  const start = new StepList();
  builder.first(root, [], start, (unless) => builder.after(root, unless, start));
  const states: PatternState[] = [{ variable: -1, isExcluded: false, ...start.finish() }];
  for (const leaf of builder.leaves) {
    const steps = new StepList();
    builder.after(leaf, [], steps);
    states.push({ variable: leaf.variable, isExcluded: leaf.isExcluded, ...steps.finish() });
  }
  return { states };
}

/** Places of the pattern when it is written out. */
function sizeOf(pattern: RowPattern): number {
  switch (pattern.kind) {
    case "variable":
      return 1;
    case "sequence":
    case "alternation":
      return pattern.patterns.reduce((sum, part) => sum + sizeOf(part), 0);
    case "permutation": {
      const size = pattern.patterns.reduce((sum, part) => sum + sizeOf(part), 0);
      return pattern.patterns.reduce((product, _, i) => product * (i + 1), size);
    }
    case "repetition":
      return sizeOf(pattern.pattern) * (pattern.most ?? pattern.least + 1);
    case "exclusion":
      return sizeOf(pattern.pattern);
  }
}

interface NodeBase {
  readonly parent: Node | null;
  /** Its place in the parent's parts. */
  readonly index: number;
}

interface Leaf extends NodeBase {
  readonly kind: "leaf";
  readonly state: number;
  readonly variable: number;
  readonly isExcluded: boolean;
}

/** An `iteration` is a sequence that its first part ends if it matches no row. */
interface Parts extends NodeBase {
  readonly kind: "sequence" | "alternation" | "iteration";
  readonly parts: Node[];
}

/** `optional` may be left out, a `loop` also be repeated; what leaves a `guarded` part takes no row that fits `variable`. */
interface Wrapped extends NodeBase {
  readonly kind: "optional" | "loop" | "guarded";
  readonly reluctant: boolean;
  readonly variable: number;
  readonly parts: Node[];
}

type Node = Leaf | Parts | Wrapped;
type Variables = readonly number[];

class AutomatonBuilder {
  readonly leaves: Leaf[] = [];
  readonly #isAlwaysGreedy: boolean;

  /** `isAlwaysGreedy`: reluctant quantifiers too prefer to be repeated. */
  constructor(isAlwaysGreedy: boolean) {
    this.#isAlwaysGreedy = isAlwaysGreedy;
  }

  build(pattern: RowPattern, parent: Node | null, index: number, isExcluded: boolean): Node {
    switch (pattern.kind) {
      case "variable": {
        const { variable } = pattern;
        const leaf: Leaf = { kind: "leaf", parent, index, state: this.leaves.length + 1, variable, isExcluded };
        this.leaves.push(leaf);
        return leaf;
      }
      case "sequence":
      case "alternation":
        return this.#parts(pattern.kind, pattern.patterns, parent, index, isExcluded);
      case "permutation": {
        const orders = permutations(pattern.patterns).map((patterns): RowPattern => ({ kind: "sequence", patterns }));
        return this.#parts("alternation", orders, parent, index, isExcluded);
      }
      case "exclusion":
        return this.build(pattern.pattern, parent, index, true);
      case "repetition": {
        const { exclusive, pattern: repeated } = pattern;
        if (!exclusive || repeated.kind !== "variable") return this.#repetition(pattern, parent, index, isExcluded);
        const { variable } = repeated;
        const guarded: Node = { kind: "guarded", parent, index, reluctant: false, variable, parts: [] };
        guarded.parts.push(this.#repetition(pattern, guarded, 0, isExcluded));
        return guarded;
      }
    }
  }

  #parts(
    kind: "sequence" | "alternation",
    patterns: readonly RowPattern[],
    parent: Node | null,
    index: number,
    isExcluded: boolean,
  ): Node {
    const node: Parts = { kind, parent, index, parts: [] };
    for (const pattern of patterns) node.parts.push(this.build(pattern, node, node.parts.length, isExcluded));
    return node;
  }

  /** `A{2,4}` is `A A (A A?)?`, `A{2,}` is `A A A*`. */
  #repetition(
    { pattern, least, most, reluctant }: RowPattern & { kind: "repetition" },
    parent: Node | null,
    index: number,
    isExcluded: boolean,
  ): Node {
    const node: Parts = { kind: "sequence", parent, index, parts: [] };
    for (let i = 0; i < least; i++) node.parts.push(this.build(pattern, node, i, isExcluded));
    const wrap = (kind: "loop" | "optional", within: Parts): Wrapped => {
      const wrapped: Wrapped = {
        kind,
        parent: within,
        index: within.parts.length,
        reluctant: reluctant && !this.#isAlwaysGreedy,
        variable: -1,
        parts: [],
      };
      within.parts.push(wrapped);
      return wrapped;
    };
    if (most === null) {
      const loop = wrap("loop", node);
      loop.parts.push(this.build(pattern, loop, 0, isExcluded));
      return node;
    }
    let inner = node;
    for (let i = least; i < most; i++) {
      const optional = wrap("optional", inner);
      const next: Parts = { kind: "iteration", parent: optional, index: 0, parts: [] };
      optional.parts.push(next);
      next.parts.push(this.build(pattern, next, 0, isExcluded));
      inner = next;
    }
    return node;
  }

  /** Adds the steps that begin `node`; `whenEmpty` goes on where it matches no row. */
  first(node: Node, unless: Variables, steps: StepList, whenEmpty: (unless: Variables) => void): void {
    switch (node.kind) {
      case "leaf":
        steps.add(node.state, unless);
        return;
      case "sequence":
        this.#firstOfRest(node, 0, unless, steps, whenEmpty);
        return;
      case "alternation": {
        const go = onceEach(whenEmpty);
        for (const part of node.parts) this.first(part, unless, steps, go);
        return;
      }
      case "iteration":
        this.first(node.parts[0], unless, steps, whenEmpty);
        return;
      case "guarded":
        this.first(node.parts[0], unless, steps, (given) => whenEmpty([...given, node.variable]));
        return;
      case "optional":
      case "loop": {
        const go = onceEach(whenEmpty);
        if (node.reluctant) go(unless);
        this.first(node.parts[0], unless, steps, go);
        if (!node.reluctant) go(unless);
        return;
      }
    }
  }

  #firstOfRest(
    node: Parts,
    from: number,
    unless: Variables,
    steps: StepList,
    whenEmpty: (unless: Variables) => void,
  ): void {
    if (from === node.parts.length) whenEmpty(unless);
    else
      this.first(node.parts[from], unless, steps, (given) =>
        this.#firstOfRest(node, from + 1, given, steps, whenEmpty),
      );
  }

  /** Adds the steps that may follow when `node` is complete. */
  after(node: Node, unless: Variables, steps: StepList): void {
    const { parent } = node;
    if (parent === null) {
      steps.accept();
      return;
    }
    const leave = onceEach((given) => this.after(parent, given, steps));
    switch (parent.kind) {
      case "sequence":
      case "iteration":
        this.#firstOfRest(parent, node.index + 1, unless, steps, leave);
        return;
      case "guarded":
        leave([...unless, parent.variable]);
        return;
      case "loop":
        if (parent.reluctant) leave(unless);
        this.first(node, unless, steps, leave);
        if (!parent.reluctant) leave(unless);
        return;
      default:
        leave(unless);
    }
  }
}

/** Leaves out calls after one that allowed at least as much: what they would add is there already. Keeps the work linear. */
function onceEach(go: (unless: Variables) => void): (unless: Variables) => void {
  const done: Variables[] = [];
  return (unless) => {
    if (done.some((known) => covers(known, unless))) return;
    done.push(unless);
    go(unless);
  };
}

/** Whether whatever `unless` lets pass, `known` lets pass too. */
function covers(known: Variables, unless: Variables): boolean {
  return known.every((variable) => unless.includes(variable));
}

class StepList {
  readonly #steps: PatternStep[] = [];
  #accepts = false;

  add(to: number, unless: Variables): void {
    // Where an earlier step leads to the same state whenever this one does, this one never matters.
    const isCovered = this.#steps.some((step) => step.to === to && covers(step.unless, unless));
    if (!this.#accepts && !isCovered) this.#steps.push({ to, unless: [...new Set(unless)] });
  }

  accept(): void {
    this.#accepts = true;
  }

  finish(): Pick<PatternState, "steps" | "accepts"> {
    return { steps: this.#steps, accepts: this.#accepts };
  }
}

/** All orders, the given one first, in lexicographic order. */
function permutations<T>(items: readonly T[]): readonly (readonly T[])[] {
  if (items.length <= 1) return [items];
  return items.flatMap((item, i) => permutations(items.toSpliced(i, 1)).map((rest) => [item, ...rest]));
}
