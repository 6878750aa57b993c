import type { DataType } from "@millrace/core";
import type { Expression } from "../expression/expression.ts";

/** A column as declared in CREATE TABLE. */
export type CatalogColumn =
  | { readonly kind: "physical"; readonly name: string; readonly type: DataType; readonly comment?: string }
  | {
      readonly kind: "metadata";
      readonly name: string;
      readonly type: DataType;
      /** What the connector gives for the key; `type`, if it differs, is a cast of it (and on writing the other way round). */
      readonly connectorType: DataType;
      /** The connector's key (`FROM 'key'`, or the column's name). */
      readonly key: string;
      /** Read only: not part of what INSERT writes. */
      readonly virtual: boolean;
      readonly comment?: string;
    }
  | {
      readonly kind: "computed";
      readonly name: string;
      readonly type: DataType;
      /** Over all columns of the table (indexes into `columns`), computed ones excluded. */
      readonly expression: Expression;
      /** The expression as written. */
      readonly text: string;
      readonly comment?: string;
    };

export interface TableDistribution {
  /** Null: as the connector likes. */
  readonly algorithm: "HASH" | "RANGE" | null;
  readonly columns: readonly string[];
  /** Null: as many as the connector likes. */
  readonly buckets: number | null;
}

/** A table as declared; what CREATE TABLE makes and SHOW CREATE TABLE prints. */
export interface CatalogTable {
  readonly name: string;
  readonly columns: readonly CatalogColumn[];
  /** Rowtime column (index into `columns`) and the watermark expression (over `columns`; computed columns already expanded). */
  readonly watermark: { readonly column: number; readonly expression: Expression; readonly text: string } | null;
  readonly primaryKey: readonly string[];
  /** Of CONSTRAINT name PRIMARY KEY; absent if it has none. */
  readonly primaryKeyName?: string;
  readonly partitionKeys: readonly string[];
  /** DISTRIBUTED BY: how rows are spread over buckets. No connector here has any: such a table is not written. */
  readonly distribution?: TableDistribution;
  /** As written in WITH; keys as given. */
  readonly options: { readonly [name: string]: string };
  readonly comment?: string;
}
