/**
 * A real Kafka broker for tests: the jars come from Maven once (into a cache folder), the broker runs in a folder and on
 * ports of its own and is stopped with the test file.
 */
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, symlink } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { type BrokerSecurity, createSecurity } from "./broker-security.ts";

const run = promisify(execFile);
const script = join(import.meta.dirname, "kafka.sh");
const version = "4.3.1";

export interface KafkaBroker {
  readonly bootstrapServers: string;
  readonly security: BrokerSecurity;
  /** Ends the process at once, as a crash would. Data stays. */
  kill(): Promise<void>;
  /** Starts it again, on the same ports; resolves when it takes requests. `settings` are those of kafka.sh. */
  start(settings?: Readonly<Record<string, string>>): Promise<void>;
  /** Runs one of Kafka's own tools; `input` is what it reads. */
  tool(name: string, args: readonly string[], input?: string): Promise<string>;
  /** Kills it and removes its data. */
  dispose(): Promise<void>;
}

/** Why no broker can be had here (no Java, no Maven); null if one can. In CI that is a failure, elsewhere a printed skip. */
export async function kafkaUnavailable(): Promise<string | null> {
  try {
    await run("java", ["-version"]);
    await installJars();
    return null;
  } catch (error) {
    const reason = `no Kafka broker: ${(error as Error).message.split("\n")[0]}`;
    if (process.env.CI === "true") throw new Error(reason, { cause: error });
    return reason;
  }
}

const cacheFolder = join(import.meta.dirname, "..", "..", "node_modules", ".cache", "kafka");

async function installJars(): Promise<void> {
  await mkdir(cacheFolder, { recursive: true });
  await run("bash", [script, "install"], {
    env: { ...process.env, KAFKA_DIR: cacheFolder, KAFKA_VERSION: version },
    timeout: 300_000,
  });
}

export async function startKafka(): Promise<KafkaBroker> {
  await installJars();
  const folder = await mkdtemp(join(tmpdir(), "millrace-kafka-"));
  await symlink(join(cacheFolder, `libs-${version}`), join(folder, `libs-${version}`));
  const [port, controllerPort, tls, saslTls, sasl] = await freePorts(5);
  const security = await createSecurity(folder, { tls, saslTls, sasl });
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    ...security.environment,
    KAFKA_DIR: folder,
    KAFKA_VERSION: version,
    KAFKA_PORT: String(port),
    KAFKA_CONTROLLER_PORT: String(controllerPort),
    KAFKA_HEAP: "384m",
    // Compiled quickly rather than well: a test broker has little to do.
    KAFKA_JIT_LEVEL: "1",
  };
  const call = async (args: readonly string[], input = "") => {
    const running = run("bash", [script, ...args], { env, timeout: 120_000, maxBuffer: 64 << 20 });
    running.child.stdin?.end(input);
    return (await running).stdout;
  };
  await call(["start"]);
  return {
    bootstrapServers: `127.0.0.1:${port}`,
    security,
    start: async (settings = {}) => {
      Object.assign(env, settings);
      await call(["start"]);
    },
    kill: async () => void (await call(["kill"])),
    tool: (name, args, input) => call(["tool", name, ...args], input),
    dispose: async () => {
      await call(["kill"]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** All are held until all are found: none is given twice. */
async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  const ports = await Promise.all(
    servers.map(async (server) => {
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      const address = server.address();
      if (address === null || typeof address === "string") throw new Error("no port");
      return address.port;
    }),
  );
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
