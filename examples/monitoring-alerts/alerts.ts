import { avg, list, map, type Pipeline, type SourceOptions, type StreamSource, tumbling, value } from "millrace";

export interface Measurement {
  readonly host: string;
  readonly metric: string;
  readonly value: number;
  readonly at: number;
}

/** Given at run time: a rule with the name of another replaces it, one without `above` ends it. */
export interface Rule {
  readonly name: string;
  readonly metric: string;
  readonly above?: number | undefined;
  /** For so many minutes in a row before it is worth an alert; as many good ones end it. */
  readonly minutes: number;
  /** It holds from then on, ms. */
  readonly at: number;
}

export interface Alert {
  readonly state: "firing" | "resolved";
  readonly rule: string;
  readonly host: string;
  readonly metric: string;
  readonly value: number;
  /** End of the minute that decided, ms. */
  readonly at: number;
}

interface Minute {
  readonly metric: string;
  readonly average: number;
  readonly end: number;
}

/** How a rule stands at a host. */
interface Standing {
  readonly isFiring: boolean;
  /** Minutes in a row that speak for the other state. */
  readonly against: number;
}

export const eventTime = { watermark: { field: "at", outOfOrderness: "5s" } } satisfies SourceOptions<Measurement>;
export const ruleTime = { watermark: { field: "at", idleTimeout: "10s" } } satisfies SourceOptions<Rule>;

/**
 * Alerts of rules over the average of each metric by host and minute. A metric that flaps around its limit is told once: a rule
 * changes its mind only after as many minutes in a row as it says.
 */
export function alerts(
  job: Pipeline,
  measurements: readonly Measurement[] | StreamSource<Measurement>,
  rules: readonly Rule[] | StreamSource<Rule>,
) {
  const minutes = job
    .from<Measurement>(measurements, { name: "measurements", ...eventTime })
    .keyBy(({ host, metric }) => [host, metric] as const)
    .window(tumbling("1m"))
    .aggregate({ average: avg((each) => each.value) });
  // While no rule comes, time goes on without them.
  const current = job.from<Rule>(rules, { name: "rules", ...ruleTime }).broadcast({ rules: map<string, Rule>() });
  return minutes
    .keyBy(({ key: [host] }) => host)
    .connect(current)
    .process({
      state: { minutes: list<Minute>(), standings: value<Readonly<Record<string, Standing>>>({}) },
      onBroadcast(rule, { broadcast }) {
        if (rule.above === undefined) broadcast.rules.delete(rule.name);
        else broadcast.rules.set(rule.name, rule);
      },
      // A minute is judged when event time has come to its end in both streams: its rules are there then.
      onRecord({ key: [, metric], windowEnd, average }, ctx) {
        ctx.state.minutes.add({ metric, average, end: windowEnd });
        ctx.setTimer(windowEnd);
      },
      *onTimer(at, { key: host, state, broadcast }): Generator<Alert> {
        const due = state.minutes.get().filter(({ end }) => end <= at);
        state.minutes.set(state.minutes.get().filter(({ end }) => end > at));
        for (const { metric, average, end } of due) {
          for (const rule of broadcast.rules.values()) {
            if (rule.metric !== metric || rule.above === undefined) continue;
            const { isFiring, against } = state.standings.get()[rule.name] ?? { isFiring: false, against: 0 };
            const speaksAgainst = average > rule.above !== isFiring;
            const changes = speaksAgainst && against + 1 >= rule.minutes;
            const next = changes
              ? { isFiring: !isFiring, against: 0 }
              : { isFiring, against: speaksAgainst ? against + 1 : 0 };
            state.standings.update((before) => ({ ...before, [rule.name]: next }));
            if (!changes) continue;
            const told = next.isFiring ? "firing" : "resolved";
            yield { state: told, rule: rule.name, host, metric, value: average, at: end };
          }
        }
      },
    })
    .id("alerts");
}

/** An alert in the form of an e-mail. */
export function emailOf(alert: Alert): { readonly to: string; readonly subject: string; readonly text: string } {
  const { state, rule, host, metric, value: average, at } = alert;
  return {
    to: "oncall@example.com",
    subject: `[${state}] ${rule} at ${host}`,
    text: `${metric} was ${average.toFixed(1)} on average in the minute to ${new Date(at).toISOString()}.`,
  };
}
