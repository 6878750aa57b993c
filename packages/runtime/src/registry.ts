import { type ConnectorFactory, type FormatFactory, MillraceError, suggest } from "@millrace/core";

/** The connectors and formats a runtime knows, by name. Filled by whoever assembles the program (CLI, umbrella package). */
export class Registry {
  readonly #connectors = new Map<string, ConnectorFactory>();
  readonly #formats = new Map<string, FormatFactory>();

  constructor(connectors: readonly ConnectorFactory[] = [], formats: readonly FormatFactory[] = []) {
    for (const connector of connectors) this.#connectors.set(connector.name, connector);
    for (const format of formats) this.#formats.set(format.name, format);
  }

  get connectorNames(): readonly string[] {
    return [...this.#connectors.keys()].sort();
  }

  get formatNames(): readonly string[] {
    return [...this.#formats.keys()].sort();
  }

  /** The connector of that name. `owner` says who asks, for the error: `table 'events'`. Errors: OPTION_INVALID. */
  connector(name: string, owner: string): ConnectorFactory {
    return this.#connectors.get(name) ?? unknown(owner, "connector", name, this.connectorNames);
  }

  /** The format of that name. Errors: OPTION_INVALID. */
  format(name: string, owner: string): FormatFactory {
    return this.#formats.get(name) ?? unknown(owner, "format", name, this.formatNames);
  }
}

function unknown(owner: string, kind: string, name: string, known: readonly string[]): never {
  throw new MillraceError({
    code: "OPTION_INVALID",
    message: `${owner}: unknown ${kind} '${name}'${suggest(name, known)}. Known ${kind}s: ${known.join(", ") || "none"}`,
  });
}
