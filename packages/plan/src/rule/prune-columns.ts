/**
 * Projection push-down: each node keeps only what somebody above uses, down to single fields of nested ROWs, so that a
 * decoder builds nothing else.
 *
 * Design     A requirement is a path: an output column, then fields inside it (`bid` `price`). Requirements are collected
 *            consumers first over the whole graph; then nodes are rebuilt inputs first. The output of a rebuilt node has one
 *            column per required path, and `places` says at which index.
 * Invariant  a path and an extension of it are never both required: the shorter one covers both.
 */
import { type FromChangelogNode, inputsOf, type LogicalPlan } from "../logical/logical-plan.ts";
import { addPaths, atPath, fieldAt, namesAt, rewrite } from "./column-path.ts";
import { PathSet } from "./path-set.ts";
import { topologicalOrder } from "./plan-graph.ts";
import { rebuildJoin, rebuildTemporalJoin, requireJoin, requireTemporalJoin } from "./prune-joins.ts";
import { rebuildMatch, requireMatch } from "./prune-match.ts";
import { rebuildOver, rebuildTopN, requireOver, requireTopN } from "./prune-over.ts";
import { placeOf, placesOf, type Rebuilt, select } from "./rebuilt.ts";

export function pruneColumns(roots: readonly LogicalPlan[]): readonly LogicalPlan[] {
  const required = new Map<LogicalPlan, PathSet>();
  const requirementOf = (node: LogicalPlan): PathSet => {
    let paths = required.get(node);
    if (paths === undefined) {
      paths = new PathSet();
      required.set(node, paths);
    }
    return paths;
  };
  for (const root of roots) root.fields.forEach((_, index) => requirementOf(root).add([index]));
  for (const node of topologicalOrder(roots)) collect(node, requirementOf(node), inputsOf(node).map(requirementOf));

  const rebuilt = new Map<LogicalPlan, Rebuilt>();
  const rebuild = (node: LogicalPlan): Rebuilt => {
    let result = rebuilt.get(node);
    if (result === undefined) {
      result = rebuildNode(node, requirementOf(node), inputsOf(node).map(rebuild));
      rebuilt.set(node, result);
    }
    return result;
  };
  return roots.map((root) => inOrder(rebuild(root), root));
}

/** Adds to the requirements of a node's inputs what the node needs of them. */
function collect(node: LogicalPlan, own: PathSet, inputs: readonly PathSet[]): void {
  const [input] = inputs;
  switch (node.kind) {
    case "scan":
    case "values":
      return;
    case "filter":
      input.addAll(own.paths());
      addPaths(node.condition, input);
      return;
    case "project":
      for (const path of own.paths()) addPaths(atPath(node.expressions[path[0]], path.slice(1)), input);
      if (node.watermark !== null) addPaths(node.watermark, input);
      return;
    case "aggregate":
      for (const key of node.keys) input.add([key]);
      for (const index of usedAggregates(node.keys.length, own)) {
        const aggregate = node.aggregates[index];
        for (const arg of aggregate.args) input.add([arg]);
        if (aggregate.filter !== null) input.add([aggregate.filter]);
      }
      return;
    case "window": {
      const width = node.input.fields.length;
      for (const path of own.paths()) if (path[0] < width) input.add(path);
      input.add([node.timeColumn]);
      if (node.window.kind === "session") for (const key of node.window.partitionKeys) input.add([key]);
      return;
    }
    case "join":
      requireJoin(node, own, inputs);
      return;
    case "over":
      requireOver(node, own, input);
      return;
    case "top-n":
      requireTopN(node, own, input);
      return;
    case "temporal-join":
      requireTemporalJoin(node, own, inputs);
      return;
    case "match":
      requireMatch(node, own, input);
      return;
    case "table-function": {
      const width = node.input.fields.length;
      for (const path of own.paths()) if (path[0] < width) input.add(path);
      for (const arg of node.args) addPaths(arg, input);
      const inCondition = new PathSet();
      if (node.condition !== null) addPaths(node.condition, inCondition);
      for (const path of inCondition.paths()) if (path[0] < width) input.add(path);
      return;
    }
    case "set-operation":
      for (const each of inputs) node.fields.forEach((_, index) => each.add([index]));
      return;
    case "union":
      for (const each of inputs) for (const path of own.paths()) each.add([path[0]]);
      return;
    case "sort":
      input.addAll(own.paths());
      for (const key of node.keys) input.add([key.column]);
      return;
    case "limit":
      input.addAll(own.paths());
      return;
    case "to-changelog":
      // Fewer columns would change less often.
      node.input.fields.forEach((_, index) => input.add([index]));
      return;
    case "from-changelog":
      input.add([node.column]);
      for (const [index, ...rest] of own.paths()) input.add([belowChangelog(node, index), ...rest]);
      return;
    case "sink":
      node.input.fields.forEach((_, index) => input.add([index]));
      return;
  }
}

function rebuildNode(node: LogicalPlan, own: PathSet, inputs: readonly Rebuilt[]): Rebuilt {
  const [input] = inputs;
  switch (node.kind) {
    case "values":
      return { node, places: new Map(node.fields.map((_, index) => [PathSet.key([index]), index])) };
    case "scan": {
      const columns = node.table.columns.filter((each) => each.kind !== "computed");
      const isPhysical = (path: readonly number[]) => columns[path[0]].kind === "physical";
      const paths = [...own.paths().filter(isPhysical), ...own.paths().filter((path) => !isPhysical(path))];
      const fields = paths.map((path) => fieldAt(node.fields, path));
      return {
        node: {
          ...node,
          fields,
          read: {
            fields: paths
              .filter(isPhysical)
              .map((path) => ({ path: namesAt(node.fields, path), type: fieldAt(node.fields, path).type })),
            metadata: paths
              .filter((path) => !isPhysical(path))
              .map((path) => {
                const declared = columns[path[0]];
                return { key: declared.kind === "metadata" ? declared.key : declared.name, type: declared.type };
              }),
            predicates: [],
          },
        },
        places: placesOf(paths),
      };
    }
    case "filter": {
      const condition = rewrite(node.condition, input.places);
      return { node: { ...node, input: input.node, fields: input.node.fields, condition }, places: input.places };
    }
    case "project": {
      const paths = own.paths();
      return {
        node: {
          ...node,
          input: input.node,
          fields: paths.map((path) => fieldAt(node.fields, path)),
          expressions: paths.map((path) => rewrite(atPath(node.expressions[path[0]], path.slice(1)), input.places)),
          watermark: node.watermark === null ? null : rewrite(node.watermark, input.places),
        },
        places: placesOf(paths),
      };
    }
    case "aggregate": {
      const keep = usedAggregates(node.keys.length, own);
      const outputs = [...node.keys.keys(), ...keep.map((index) => node.keys.length + index)];
      return {
        node: {
          ...node,
          input: input.node,
          fields: outputs.map((index) => node.fields[index]),
          keys: node.keys.map((key) => placeOf(input, [key])),
          aggregates: keep.map((index) => {
            const aggregate = node.aggregates[index];
            return {
              ...aggregate,
              args: aggregate.args.map((arg) => placeOf(input, [arg])),
              filter: aggregate.filter === null ? null : placeOf(input, [aggregate.filter]),
            };
          }),
        },
        places: new Map(outputs.map((index, place) => [PathSet.key([index]), place])),
      };
    }
    case "window": {
      const width = node.input.fields.length;
      const places = new Map(input.places);
      const inputWidth = input.node.fields.length;
      for (let i = 0; i < 3; i++) places.set(PathSet.key([width + i]), inputWidth + i);
      const { window } = node;
      return {
        node: {
          ...node,
          input: input.node,
          fields: [...input.node.fields, ...node.fields.slice(width)],
          timeColumn: placeOf(input, [node.timeColumn]),
          window:
            window.kind === "session"
              ? { ...window, partitionKeys: window.partitionKeys.map((key) => placeOf(input, [key])) }
              : window,
        },
        places,
      };
    }
    case "join":
      return rebuildJoin(node, inputs);
    case "union": {
      const indexes = [...new Set(own.paths().map((path) => path[0]))];
      const places = new Map(indexes.map((index, place) => [PathSet.key([index]), place]));
      const aligned = inputs.map((each) =>
        select(
          each,
          indexes.map((index) => [index]),
        ),
      );
      return { node: { ...node, inputs: aligned, fields: indexes.map((index) => node.fields[index]) }, places };
    }
    case "over":
      return rebuildOver(node, own, input);
    case "top-n":
      return rebuildTopN(node, own, input);
    case "temporal-join":
      return rebuildTemporalJoin(node, inputs);
    case "match":
      return rebuildMatch(node, own, input);
    case "table-function": {
      const width = node.input.fields.length;
      const inputWidth = input.node.fields.length;
      const places = new Map(input.places);
      for (let i = width; i < node.fields.length; i++) places.set(PathSet.key([i]), inputWidth + i - width);
      return {
        node: {
          ...node,
          input: input.node,
          args: node.args.map((arg) => rewrite(arg, input.places)),
          condition: node.condition === null ? null : rewrite(node.condition, places),
          fields: [...input.node.fields, ...node.fields.slice(width)],
        },
        places,
      };
    }
    case "set-operation": {
      const [left, right] = inputs;
      return {
        node: { ...node, left: inOrder(left, node.left), right: inOrder(right, node.right) },
        places: placesOf(node.fields.map((_, index) => [index])),
      };
    }
    case "sort":
      return {
        node: {
          ...node,
          input: input.node,
          fields: input.node.fields,
          keys: node.keys.map((key) => ({ ...key, column: placeOf(input, [key.column]) })),
        },
        places: input.places,
      };
    case "limit":
      return { node: { ...node, input: input.node, fields: input.node.fields }, places: input.places };
    case "to-changelog":
      return {
        node: { ...node, input: inOrder(input, node.input) },
        places: placesOf(node.fields.map((_, index) => [index])),
      };
    case "from-changelog": {
      const column = placeOf(input, [node.column]);
      const places = own.paths().map(([index, ...rest]): [string, number] => {
        const place = placeOf(input, [belowChangelog(node, index), ...rest]);
        return [PathSet.key([index, ...rest]), place > column ? place - 1 : place];
      });
      const fields = input.node.fields.toSpliced(column, 1);
      return { node: { ...node, input: input.node, fields, column }, places: new Map(places) };
    }
    case "sink":
      return {
        node: { ...node, input: inOrder(input, node.input) },
        places: new Map(node.fields.map((_, index) => [PathSet.key([index]), index])),
      };
  }
}

/** Where a column of FROM_CHANGELOG stands in its input. */
function belowChangelog({ column }: FromChangelogNode, index: number): number {
  return index < column ? index : index + 1;
}

/** Aggregates that somebody reads. */
function usedAggregates(keyCount: number, own: PathSet): readonly number[] {
  const used = new Set(own.paths().map((path) => path[0]));
  return [...used]
    .filter((index) => index >= keyCount)
    .map((index) => index - keyCount)
    .sort((a, b) => a - b);
}

/** The rebuilt node with exactly the original's columns in their order. */
function inOrder(rebuilt: Rebuilt, original: LogicalPlan): LogicalPlan {
  return original.kind === "sink"
    ? rebuilt.node
    : select(
        rebuilt,
        original.fields.map((_, index) => [index]),
      );
}
