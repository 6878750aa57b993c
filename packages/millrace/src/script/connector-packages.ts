/**
 * The connectors and formats that Millrace brings along, loaded when a table names one: a driver that nobody uses costs
 * no start-up time.
 */
import type { ConnectorFactory, FormatFactory } from "@millrace/core";
import { Registry } from "@millrace/runtime";

interface ConnectorPackage {
  /** Connectors of the package, known without loading it. */
  readonly names: readonly string[];
  readonly load: () => Promise<readonly ConnectorFactory[]>;
}

const packages: readonly ConnectorPackage[] = [
  {
    names: ["blackhole", "datagen", "filesystem", "nexmark", "print", "values"],
    load: async () => (await import("@millrace/connector-basic")).basicConnectors,
  },
  {
    names: ["kafka", "upsert-kafka"],
    load: async () => {
      const { kafkaConnector, upsertKafkaConnector } = await import("@millrace/connector-kafka");
      return [kafkaConnector, upsertKafkaConnector];
    },
  },
];

/**
 * Gathers what tables name; a name that no package claims loads all of them, so that the error can list what there is.
 *
 * @example
 * const loader = new ConnectorLoader();
 * await loader.load("print");
 * loader.connectors.some(({ name }) => name === "filesystem") // true
 */
export class ConnectorLoader {
  readonly #own: ConnectorFactory[];
  readonly #ownFormats: readonly FormatFactory[];
  readonly #loaded = new Map<ConnectorPackage, readonly ConnectorFactory[]>();
  #formats: readonly FormatFactory[] = [];
  #registry: Registry;

  constructor(connectors: readonly ConnectorFactory[] = [], formats: readonly FormatFactory[] = []) {
    this.#own = [...connectors];
    this.#ownFormats = formats;
    this.#registry = new Registry(connectors, formats);
  }

  /** All that Millrace brings along: for documentation. */
  static async everything(): Promise<{
    readonly connectors: readonly ConnectorFactory[];
    readonly formats: readonly FormatFactory[];
  }> {
    const loader = new ConnectorLoader();
    for (const { names } of packages) await loader.load(names[0]);
    return { connectors: loader.connectors, formats: loader.#formats };
  }

  /** With all that was loaded so far. */
  get registry(): Registry {
    return this.#registry;
  }

  get connectors(): readonly ConnectorFactory[] {
    return [...[...this.#loaded.values()].flat(), ...this.#own];
  }

  /** One more that is not brought along. */
  add(connector: ConnectorFactory): void {
    this.#own.push(connector);
    this.#registry = new Registry(this.connectors, [...this.#formats, ...this.#ownFormats]);
  }

  /** Loads the package of a connector, and the formats. Returns whether anything was new. */
  async load(name: string): Promise<boolean> {
    const owner = packages.find(({ names }) => names.includes(name));
    const isOwn = this.#own.some((connector) => connector.name === name);
    const wanted = owner !== undefined ? [owner] : isOwn ? [] : packages;
    const missing = wanted.filter((each) => !this.#loaded.has(each));
    if (missing.length === 0 && this.#formats.length > 0) return false;
    const [exported] = await Promise.all([
      import("@millrace/formats"),
      ...missing.map(async (each) => this.#loaded.set(each, await each.load())),
    ]);
    this.#formats = Object.values<unknown>(exported).filter(isFormat);
    this.#registry = new Registry(this.connectors, [...this.#formats, ...this.#ownFormats]);
    return true;
  }
}

/** The package exports its formats and nothing that looks like one. */
function isFormat(value: unknown): value is FormatFactory {
  return typeof value === "object" && value !== null && "name" in value && "options" in value;
}
