/**
 * How long the slow test files take, so that the runner starts them first and no long file comes last.
 *
 * Seconds on two cores beside other files. The numbers need not be exact: only their order counts. A file that is not listed takes
 * less than four seconds.
 */
const fileSeconds: Readonly<Record<string, number>> = {
  'test/bench/benchmarks.test.ts': 78,
  'test/integration/journal/postgres-journal.test.ts': 42,
  'test/integration/cli/modules.test.ts': 42,
  'test/integration/examples/erase-customer.test.ts': 42,
  'test/integration/cli/messages.test.ts': 40,
  'test/integration/demo/kill-any.test.ts': 39,
  'test/integration/cli/inspector.test.ts': 39,
  'test/integration/cli/why.test.ts': 38,
  'test/integration/transports/rabbitmq-node.test.ts': 37,
  'test/integration/docs/participants.test.ts': 35,
  'test/simulation/consent.test.ts': 32,
  'test/integration/demo/demo.test.ts': 25,
  'test/integration/demo/demo-servers.test.ts': 25,
  'test/integration/consent/scenarios/consent-processes.test.ts': 24,
  'test/integration/transports/campaign/recovery-campaign.test.ts': 24,
  'test/integration/cli/services.test.ts': 24,
  'test/integration/chaos/chaos.test.ts': 22,
  'test/integration/transports/fuzz/transport-fuzz.test.ts': 20,
  'test/integration/journal/pglite-journal.test.ts': 18,
  'test/integration/journal/killed-journal.test.ts': 17,
  'test/integration/sweep/pglite-sweep.test.ts': 16,
  'test/integration/hierarchy/pglite-hierarchy.test.ts': 16,
  'test/integration/transports/rabbitmq-transport.test.ts': 15,
  'test/integration/sweep/postgres-sweep.test.ts': 13,
  'test/integration/cli/stored-commands.test.ts': 13,
  'test/integration/cli/control-socket.test.ts': 12,
  'test/integration/docs/shop-kills.test.ts': 12,
  'test/integration/sweep/replaying.test.ts': 11,
  'test/integration/hierarchy/hierarchy-agreement.test.ts': 11,
  'test/integration/journal/folder-lock.test.ts': 9,
  'test/integration/consent/consent-memory.test.ts': 8,
  'test/unit/support/suite.test.ts': 8,
  'test/unit/runtime/differential/differential.test.ts': 7,
  'test/integration/sweep/memory-sweep.test.ts': 7,
  'test/integration/cli/strict.test.ts': 7,
  'test/integration/cli/config-diff.test.ts': 6,
  'test/integration/sweep/cut-connections.test.ts': 6,
  'test/integration/processes/process-race.test.ts': 6,
  'test/integration/cli/config-commands.test.ts': 5,
  'test/unit/support/run.test.ts': 5,
  'test/integration/consent/scenarios/consent-scenarios.test.ts': 5,
  'test/integration/hierarchy/hierarchy-races.test.ts': 5,
  'test/integration/cards/pglite-cards.test.ts': 4,
  'test/integration/files/pglite-files.test.ts': 4,
  'test/integration/simulated/tree-determinism.test.ts': 4,
};

/** The files with a known cost. */
export const slowFiles: readonly string[] = Object.keys(fileSeconds);

/** The slowest files first, the others in alphabetical order after them. */
export function longestFirst(files: readonly string[]): readonly string[] {
  const costOf = (file: string) => fileSeconds[file] ?? 0;
  return [...files].sort(
    (one, other) => costOf(other) - costOf(one) || (one < other ? -1 : one > other ? 1 : 0),
  );
}
