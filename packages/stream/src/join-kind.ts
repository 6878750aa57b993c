/** Which records without a partner come out: those of neither side, of the first, of the second, of both. */
export type JoinKind = "inner" | "left" | "right" | "full";

/** A record of the first side, null where a kind of join gives the other side's alone. */
export type LeftOf<T, J extends JoinKind> = J extends "right" | "full" ? T | null : T;

/** A record of the second side, as `LeftOf`. */
export type RightOf<U, J extends JoinKind> = J extends "left" | "full" ? U | null : U;
