import { BOOLEAN, type DataType, type Field, MAX_LENGTH } from "@millrace/core";
import { isClassName } from "@millrace/plan";
import type { IntervalUnit } from "../ast/time-unit.ts";
import type { BasicType, TypeName } from "../ast/type-name.ts";
import { type BindContext, fail, unsupported } from "./bind-context.ts";

/** The type that a type name stands for, with Flink's default precisions. */
export function bindType(context: BindContext, type: TypeName): DataType {
  const { nullable } = type;
  switch (type.kind) {
    case "BasicType":
      return bindBasic(context, type);
    case "IntervalType": {
      const isMonths = isYearMonth(type.qualifier.from);
      return { kind: isMonths ? "interval_year_month" : "interval_day_time", nullable };
    }
    case "RowType": {
      const fields: Field[] = [];
      for (const field of type.fields) {
        if (fields.some((other) => other.name === field.name.name)) {
          fail(context, field.name.span, `field '${field.name.name}' stands twice in this ROW`);
        }
        fields.push({ name: field.name.name, type: bindType(context, field.type) });
      }
      if (type.className === null) return { kind: "row", fields, nullable };
      const className = type.className.value;
      if (!isClassName(className)) fail(context, type.className.span, `'${className}' is no name of a class`);
      return { kind: "row", className, fields, nullable };
    }
    case "ArrayType":
      return { kind: "array", element: bindType(context, type.element), nullable };
    case "MapType":
      return { kind: "map", key: bindType(context, type.key), value: bindType(context, type.value), nullable };
    case "MultisetType":
      return { kind: "multiset", element: bindType(context, type.element), nullable };
  }
}

/** Whether a unit counts months (YEAR, MONTH) and not ms. */
export function isYearMonth(unit: IntervalUnit): boolean {
  return unit === "YEAR" || unit === "MONTH" || unit === "QUARTER";
}

function bindBasic(context: BindContext, type: BasicType): DataType {
  const { name, nullable } = type;
  const within = (what: string, value: number, min: number, max: number): number => {
    if (value < min || value > max) {
      fail(context, type.span, `${name}: ${what} must be between ${min} and ${max}, not ${value}`);
    }
    return value;
  };
  switch (name) {
    case "BOOLEAN":
      return { ...BOOLEAN, nullable };
    case "TINYINT":
    case "SMALLINT":
    case "INT":
    case "BIGINT":
    case "FLOAT":
    case "DOUBLE":
    case "DATE":
    case "VARIANT":
    case "BITMAP":
      return { kind: name.toLowerCase() as "int", nullable };
    case "DECIMAL": {
      const precision = within("the precision", type.precision ?? 10, 1, 38);
      const scale = within("the scale", type.scale ?? 0, 0, precision);
      return { kind: "decimal", precision, scale, nullable };
    }
    case "CHAR":
    case "BINARY":
      return {
        kind: name === "CHAR" ? "char" : "binary",
        length: within("the length", type.precision ?? 1, 1, MAX_LENGTH),
        nullable,
      };
    case "VARCHAR":
    case "VARBINARY":
      return {
        kind: name === "VARCHAR" ? "varchar" : "varbinary",
        // Without a length it is as long as can be, whatever Flink's documentation says of VARCHAR(1).
        length: within("the length", type.precision ?? MAX_LENGTH, 1, MAX_LENGTH),
        nullable,
      };
    case "STRING":
      return { kind: "varchar", length: MAX_LENGTH, nullable };
    case "BYTES":
      return { kind: "varbinary", length: MAX_LENGTH, nullable };
    case "TIME":
      return { kind: "time", precision: within("the precision", type.precision ?? 0, 0, 9), nullable };
    case "TIMESTAMP":
    case "TIMESTAMP_LTZ": {
      const precision = within("the precision", type.precision ?? 6, 0, 9);
      return { kind: name === "TIMESTAMP" ? "timestamp" : "timestamp_ltz", precision, nullable };
    }
    case "TIMESTAMP_TZ":
      return unsupported(context, type.span, "TIMESTAMP WITH TIME ZONE", "use TIMESTAMP_LTZ");
  }
}
