/**
 * Strange messages to awkward machines, other ones in each run. Memory gets most of the messages, because virtual time
 * is quick; the databases and the broker get enough for each kind of message. `npm run fuzz:edge` runs many more, makes
 * a failing batch smaller, and prints the messages.
 */
import { proofSize } from '../../support/proof-size.ts';
import { assert, note, seed, suite } from '../../support/suite.ts';
import type { Need } from '../../support/suite-needs.ts';
import type { SystemName } from './edge-system.ts';
import { fuzz } from './fuzz.ts';
import { notYetKinds } from './not-yet.ts';

const shares: Readonly<Record<SystemName, number>> = { memory: 0.6, pglite: 0.2, servers: 0.2 };

async function check(system: SystemName, messages: number): Promise<void> {
  const { failures, messages: played } = await fuzz({
    ...{ system, seed: seed(), messages, failuresMax: 1 },
    without: notYetKinds,
  });
  const findings = failures.flatMap((failure) => failure.findings);
  if (findings.length > 0)
    note(`npm run fuzz:edge -- --system ${system} --seed ${seed()} --messages ${played}`);
  assert.equal(
    findings.map(({ kind, problem }) => `${kind}: ${problem}`),
    [],
  );
}

function edgeSuite(system: SystemName, needs: readonly Need[]): void {
  const messages = Math.ceil(proofSize('edge-fuzz') * shares[system]);
  const test = suite(`edge on ${system}`, { needs, deadlineMs: 120_000 + messages * 500 });
  test(`${messages} messages: each is handled, answered or kept, and nothing is mixed or stuck`, () =>
    check(system, messages));
  test.run();
}

edgeSuite('memory', []);
edgeSuite('pglite', []);
edgeSuite('servers', ['postgres', 'rabbitmq', 'rabbitmqctl']);
