import type { ConnectorFactory } from "@millrace/core";
import { nexmarkConnector } from "./nexmark/nexmark-connector.ts";

export { nexmarkSchema } from "./nexmark/schema.ts";

/** All connectors of this package, to be registered by name. */
export const basicConnectors: readonly ConnectorFactory[] = [nexmarkConnector];
