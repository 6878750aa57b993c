/** What an error of the client library means: why, in one line, and whether trying again can help. */
import { GenericError, protocolErrorsCodesById } from "@platformatic/kafka";

export interface Diagnosis {
  /** Completes "Kafka at HOST:PORT ...". */
  readonly text: string;
  readonly isPermanent: boolean;
  /** The broker has taken the connection and closed it. */
  readonly isClosed?: boolean;
}

const LOST = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "EPIPE",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ETIMEDOUT",
  "ECONNABORTED",
]);
const CERTIFICATE = /^(ERR_TLS|ERR_SSL|CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|HOSTNAME_MISMATCH|EPROTO)/;

/** `doing` says what failed where the error itself does not: "reading topic orders". */
export function diagnose(error: unknown, doing: string): Diagnosis {
  const chain = [...causesOf(error)];
  const find = (test: (each: ErrorFacts) => boolean) => chain.find(test);

  const login = find(({ code, apiId }) => code === "PLT_KFK_AUTHENTICATION" || apiId.includes("SASL"));
  if (login !== undefined) {
    const reason = chain.findLast(({ serverMessage }) => serverMessage !== "")?.serverMessage ?? login.message;
    return { text: `refuses the login: ${reason}; check 'properties.sasl.*'`, isPermanent: true };
  }
  const tls = find(({ code, message }) => CERTIFICATE.test(code) || /requires TLS|TLS handshake/.test(message));
  if (tls !== undefined) {
    const hint = "check 'properties.security.protocol' and 'properties.ssl.*'";
    return { text: `cannot be reached over TLS: ${sentence(tls.message)}; ${hint}`, isPermanent: true };
  }
  const denied = find(({ apiId }) => apiId.endsWith("AUTHORIZATION_FAILED"));
  if (denied !== undefined) return { text: `denies ${doing}: ${sentence(denied.message)}`, isPermanent: true };
  const unknownHost = find(({ code }) => code === "ENOTFOUND" || code === "EAI_AGAIN");
  if (unknownHost !== undefined) return { text: `cannot be reached: ${unknownHost.message}`, isPermanent: false };
  const timeout = find(({ message }) => /timed out/.test(message));
  if (timeout !== undefined) return { text: "does not answer in time", isPermanent: false };
  // Refused, reset, closed: one text for all, so that an outage with its changing symptoms is told once.
  if (find(({ code }) => LOST.has(code) || code === "PLT_KFK_NETWORK") !== undefined) {
    const isClosed = chain.every(({ code }) => !LOST.has(code));
    return { text: "cannot be reached (no connection)", isPermanent: false, isClosed };
  }
  const refused = find(({ apiId, canRetry }) => apiId !== "" && apiId !== "UNKNOWN_SERVER_ERROR" && !canRetry);
  const reason = sentence(chain.at(-1)?.message ?? String(error));
  return { text: `: ${doing} failed: ${reason}`, isPermanent: refused !== undefined };
}

/** The name of the topic that the broker does not know, if that is what the error says. */
export function unknownTopic(error: unknown): string | null {
  for (const { apiId, message } of causesOf(error)) {
    const match = /^Unknown topic (.+)\.$/.exec(message);
    if (match !== null) return match[1];
    if (apiId === "UNKNOWN_TOPIC_OR_PARTITION") return "unknown";
  }
  return null;
}

const ELECTION = new Set([
  "COORDINATOR_NOT_AVAILABLE",
  "COORDINATOR_LOAD_IN_PROGRESS",
  "NOT_COORDINATOR",
  "LEADER_NOT_AVAILABLE",
  "NOT_LEADER_OR_FOLLOWER",
  "REPLICA_NOT_AVAILABLE",
  "FENCED_LEADER_EPOCH",
  "UNKNOWN_LEADER_EPOCH",
  "OFFSET_NOT_AVAILABLE",
]);

/** How long the cluster may take to find out which broker has what, before it is worth a line. */
export const ELECTION_MS = 10_000;
export const ELECTION_PAUSE_MS = 100;

/** Whether the cluster is finding out which broker leads a partition or keeps a group's offsets: usual, over in a moment. */
export function isElection(error: unknown): boolean {
  for (const { apiId } of causesOf(error)) if (ELECTION.has(apiId)) return true;
  return false;
}

/** The same for a code in a broker's answer. */
export function isElectionCode(errorCode: number): boolean {
  return ELECTION.has(protocolErrorsCodesById[errorCode] ?? "");
}

interface ErrorFacts {
  readonly message: string;
  readonly code: string;
  /** Name of the broker's error code; empty if it is none. */
  readonly apiId: string;
  readonly serverMessage: string;
  readonly canRetry: boolean;
}

/** The error and all it wraps, outermost first. */
function* causesOf(error: unknown): Generator<ErrorFacts> {
  if (!(error instanceof Error)) return;
  const property = (name: string) => {
    const value: unknown = Reflect.get(error, name);
    return typeof value === "string" ? value : "";
  };
  yield {
    // OpenSSL wraps its reason in places of its source code.
    message: property("reason") || error.message,
    code: property("code"),
    apiId: property("apiId"),
    serverMessage: GenericError.isGenericError(error as GenericError) ? property("serverErrorMessage") : "",
    canRetry: Reflect.get(error, "canRetry") === true,
  };
  if (error instanceof AggregateError) for (const inner of error.errors) yield* causesOf(inner);
  yield* causesOf(error.cause);
}

function sentence(message: string): string {
  return message.replace(/\.$/, "");
}
