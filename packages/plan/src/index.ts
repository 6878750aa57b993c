export * from "./catalog/catalog.ts";
export * from "./catalog/catalog-table.ts";
export * from "./codegen/kernel.ts";
export * from "./expression/expression.ts";
export * from "./logical/logical-plan.ts";
export * from "./physical/physical-plan.ts";
