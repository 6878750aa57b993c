import type { AlterTableAction, PlacedColumn } from "./alter.ts";
import type {
  Distribution,
  LikeClause,
  LikeOption,
  PrimaryKey,
  TableColumn,
  WatermarkDefinition,
} from "./create-table.ts";
import type { CaseBranch, Expression, MapEntry } from "./expression.ts";
import type { JsonBehavior, JsonEntry, NamedArgument } from "./function-call.ts";
import type { Identifier, QualifiedName } from "./identifier.ts";
import type { AfterMatch, Measure, PatternDefinition, PatternSubset, RowPattern } from "./match-recognize.ts";
import type { Hint, Option } from "./option.ts";
import type { CommonTable, GroupBy, GroupingElement, QueryBody, SelectItem, ValuesRow } from "./query.ts";
import type { SortItem } from "./sort-item.ts";
import type { OnConflict, PartitionAssignment, Statement } from "./statement.ts";
import type { Descriptor, TableAlias, TableArgument, TableExpression, TableFunctionValue } from "./table-expression.ts";
import type { IntervalQualifier } from "./time-unit.ts";
import type { RowTypeField, TypeName } from "./type-name.ts";
import type { FrameBound, NamedWindow, WindowFrame, WindowSpecification } from "./window.ts";

/** Every node of the syntax tree, told apart by `kind`. Nodes and their arrays are frozen. */
export type Node =
  | Statement
  | QueryBody
  | Expression
  | TableExpression
  | TypeName
  | AfterMatch
  | AlterTableAction
  | CaseBranch
  | CommonTable
  | Descriptor
  | Distribution
  | FrameBound
  | GroupBy
  | GroupingElement
  | Hint
  | Identifier
  | IntervalQualifier
  | JsonBehavior
  | JsonEntry
  | LikeClause
  | LikeOption
  | MapEntry
  | Measure
  | NamedArgument<TableFunctionValue>
  | NamedWindow
  | Option
  | OnConflict
  | PartitionAssignment
  | PatternDefinition
  | PatternSubset
  | PlacedColumn
  | PrimaryKey
  | QualifiedName
  | RowPattern
  | RowTypeField
  | SelectItem
  | SortItem
  | TableAlias
  | TableArgument
  | TableColumn
  | ValuesRow
  | WatermarkDefinition
  | WindowFrame
  | WindowSpecification;

export type NodeKind = Node["kind"];

/** The node type of a kind: `NodeOf<"Select">` is Select. */
export type NodeOf<K extends NodeKind> = Extract<Node, { readonly kind: K }>;
