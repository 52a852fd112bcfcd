/**
 * The metrics of a process, by name: what they count, and their labels. `docs/metrics.md`, the
 * dashboard and the alert rules use these names.
 *
 * - counters begin at 0 with the process; gauges are read from the databases at each scrape.
 */
export interface MetricDefinition {
  readonly kind: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  readonly labels: readonly string[];
  /** Upper bounds of a histogram. */
  readonly buckets?: readonly number[];
}

export const metricDefinitions = {
  unanimous_turns_total: {
    kind: 'counter',
    help: 'Turns of actors that were committed.',
    labels: ['service'],
  },
  unanimous_turn_seconds: {
    kind: 'histogram',
    help: 'Time from the computation of a turn to the end of its commit.',
    labels: ['service'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
  },
  unanimous_commit_turns: {
    kind: 'histogram',
    help: 'Turns in one commit.',
    labels: [],
    buckets: [1, 2, 4, 8, 16, 32, 64, 128],
  },
  unanimous_messages_handled_total: {
    kind: 'counter',
    help: 'Messages that actors have handled.',
    labels: ['service'],
  },
  unanimous_messages_sent_total: {
    kind: 'counter',
    help: 'Messages that actors have sent.',
    labels: ['service'],
  },
  unanimous_activities_started_total: {
    kind: 'counter',
    help: 'Activities that machines have begun.',
    labels: ['service'],
  },
  unanimous_dead_letters_total: {
    kind: 'counter',
    help: 'Messages that turns have put among the dead letters.',
    labels: ['service', 'kind'],
  },
  unanimous_votes_total: {
    kind: 'counter',
    help: 'Votes about nodes, by the service that asked and the voter. response: ok, no, unreachable or silent.',
    labels: ['owner', 'voter', 'response'],
  },
  unanimous_saga_decisions_total: {
    kind: 'counter',
    help: 'Ends of the vote of a saga. decision: decided or called off.',
    labels: ['owner', 'decision'],
  },
  unanimous_saga_alarms_total: {
    kind: 'counter',
    help: 'Calls of sagas for an operator. level: alarm or stuck.',
    labels: ['owner', 'level'],
  },
  unanimous_sagas: {
    kind: 'gauge',
    help: 'Parts of services in sagas that are under way. state: waiting, engaged, promised or decided.',
    labels: ['service', 'role', 'state'],
  },
  unanimous_saga_age_seconds: {
    kind: 'gauge',
    help: 'Age of the oldest saga in which the service has a part.',
    labels: ['service'],
  },
  unanimous_outbox_age_seconds: {
    kind: 'gauge',
    help: 'Age of the oldest message that waits to be published, for the services of one journal.',
    labels: ['journal'],
  },
  unanimous_rows: {
    kind: 'gauge',
    help: 'Rows of a table; of several databases, the sum.',
    labels: ['table'],
  },
} as const satisfies Readonly<Record<string, MetricDefinition>>;

export type MetricName = keyof typeof metricDefinitions;
