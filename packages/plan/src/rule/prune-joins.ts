/** Projection push-down through joins. */
import { isLeftOnly } from "@millrace/core";
import type { JoinNode, PlanField, TemporalJoinNode } from "../logical/logical-plan.ts";
import { addPaths, rewrite } from "./column-path.ts";
import { PathSet } from "./path-set.ts";
import { placeOf, type Rebuilt } from "./rebuilt.ts";

/** Adds a path of a join's columns, the left's and then the right's, to what the side has to give. */
function adder({ left }: JoinNode | TemporalJoinNode, inputs: readonly PathSet[]): (path: readonly number[]) => void {
  const width = left.fields.length;
  return (path) => (path[0] < width ? inputs[0].add(path) : inputs[1].add([path[0] - width, ...path.slice(1)]));
}

export function requireJoin(node: JoinNode, own: PathSet, inputs: readonly PathSet[]): void {
  const width = node.left.fields.length;
  const add = adder(node, inputs);
  for (const path of own.paths()) if (path[0] < width || !isLeftOnly(node.joinType)) add(path);
  if (node.condition !== null) {
    const inCondition = new PathSet();
    addPaths(node.condition, inCondition);
    for (const path of inCondition.paths()) add(path);
  }
}

export function requireTemporalJoin(node: TemporalJoinNode, own: PathSet, inputs: readonly PathSet[]): void {
  const add = adder(node, inputs);
  for (const path of own.paths()) add(path);
  const inCondition = new PathSet();
  if (node.condition !== null) addPaths(node.condition, inCondition);
  for (const path of inCondition.paths()) add(path);
  if (node.versioned === null) return;
  inputs[0].add([node.versioned.leftTime]);
  for (const index of [node.versioned.rightTime, ...node.versioned.rightKey]) inputs[1].add([index]);
}

export function rebuildJoin(node: JoinNode, inputs: readonly Rebuilt[]): Rebuilt {
  const [left, right] = inputs;
  const oldWidth = node.left.fields.length;
  const newWidth = left.node.fields.length;
  const places = new Map(left.places);
  for (const [key, place] of right.places) places.set(PathSet.shift(key, oldWidth), place + newWidth);
  // What the condition uses of the right is no output; a mark join's mark takes its place.
  const outputs = isLeftOnly(node.joinType) ? new Map(left.places) : places;
  if (node.joinType === "mark") outputs.set(PathSet.key([oldWidth]), newWidth);
  const nullableLeft = node.joinType === "right" || node.joinType === "full";
  const nullableRight = node.joinType === "left" || node.joinType === "full";
  const loosen = (fields: readonly PlanField[], nullable: boolean) =>
    nullable ? fields.map((field) => ({ ...field, type: { ...field.type, nullable: true } })) : fields;
  return {
    node: {
      ...node,
      left: left.node,
      right: right.node,
      fields: [
        ...loosen(left.node.fields, nullableLeft),
        ...(node.joinType === "mark"
          ? node.fields.slice(oldWidth)
          : isLeftOnly(node.joinType)
            ? []
            : loosen(right.node.fields, nullableRight)),
      ],
      condition: node.condition === null ? null : rewrite(node.condition, places),
    },
    places: outputs,
  };
}

export function rebuildTemporalJoin(node: TemporalJoinNode, inputs: readonly Rebuilt[]): Rebuilt {
  const [left, right] = inputs;
  const { versioned } = node;
  const oldWidth = node.left.fields.length;
  const newWidth = left.node.fields.length;
  const places = new Map(left.places);
  for (const [key, place] of right.places) places.set(PathSet.shift(key, oldWidth), place + newWidth);
  const rightFields = right.node.fields.map(({ name, type }) => ({
    name,
    type: node.joinType === "left" ? { ...type, nullable: true } : type,
  }));
  return {
    node: {
      ...node,
      left: left.node,
      right: right.node,
      fields: [...left.node.fields, ...rightFields],
      condition: node.condition === null ? null : rewrite(node.condition, places),
      versioned:
        versioned === null
          ? null
          : {
              leftTime: placeOf(left, [versioned.leftTime]),
              rightTime: placeOf(right, [versioned.rightTime]),
              rightKey: versioned.rightKey.map((index) => placeOf(right, [index])),
            },
    },
    places,
  };
}
