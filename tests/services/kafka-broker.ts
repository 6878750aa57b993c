/**
 * A real Kafka broker for tests: the jars come from Maven once (into a cache folder), the broker runs in a folder and on a
 * port of its own and is stopped with the test file.
 */
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, symlink } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const script = join(import.meta.dirname, "kafka.sh");
const version = "4.3.1";

export interface KafkaBroker {
  readonly bootstrapServers: string;
  /** Stops the process as a crash of the machine would be seen: no answer any more. Data stays. */
  stop(): Promise<void>;
  start(): Promise<void>;
  /** Runs one of Kafka's own tools. */
  tool(name: string, ...args: string[]): Promise<string>;
  createTopic(topic: string, partitions: number): Promise<void>;
  /** Stops it and removes its data. */
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
  const [port, controllerPort] = [await freePort(), await freePort()];
  const env = {
    ...process.env,
    KAFKA_DIR: folder,
    KAFKA_VERSION: version,
    KAFKA_PORT: String(port),
    KAFKA_CONTROLLER_PORT: String(controllerPort),
    KAFKA_HEAP: "384m",
  };
  const call = (...args: string[]) => run("bash", [script, ...args], { env, timeout: 120_000, maxBuffer: 64 << 20 });
  await call("start");
  const bootstrapServers = `127.0.0.1:${port}`;
  const tool = async (name: string, ...args: string[]) => (await call("tool", name, ...args)).stdout;
  return {
    bootstrapServers,
    start: async () => void (await call("start")),
    stop: async () => void (await call("stop")),
    tool,
    createTopic: async (topic, partitions) => {
      await tool(
        "org.apache.kafka.tools.TopicCommand",
        "--bootstrap-server",
        bootstrapServers,
        "--create",
        "--topic",
        topic,
        "--partitions",
        String(partitions),
      );
    },
    dispose: async () => {
      await call("stop");
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise<void>((resolve) => server.close(() => resolve()));
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}
