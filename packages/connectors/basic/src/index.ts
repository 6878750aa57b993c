import type { ConnectorFactory } from "@millrace/core";
import { blackholeConnector } from "./blackhole-connector.ts";
import { datagenConnector } from "./datagen/datagen-connector.ts";
import { filesystemConnector } from "./filesystem/filesystem-connector.ts";
import { nexmarkConnector } from "./nexmark/nexmark-connector.ts";
import { printConnector } from "./print/print-connector.ts";
import { valuesConnector } from "./values-connector.ts";

export { sinkUnavailable, sourceUnavailable } from "./filesystem/file-error.ts";
export { nexmarkSchema } from "./nexmark/schema.ts";

/** All connectors of this package, to be registered by name. */
export const basicConnectors: readonly ConnectorFactory[] = [
  blackholeConnector,
  datagenConnector,
  filesystemConnector,
  nexmarkConnector,
  printConnector,
  valuesConnector,
];
