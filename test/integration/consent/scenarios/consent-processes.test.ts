/**
 * The scenarios of the protocol with a process for each service, on RabbitMQ and PostgreSQL: processes die by SIGKILL.
 *
 * A run of the suite plays a part that its seed draws, with at least one scenario of each kind. The suites in memory play all of them.
 */
import { drawnOfEach } from '../../../support/drawn-part.ts';
import { proofSize } from '../../../support/proof-size.ts';
import { seed, suite } from '../../../support/suite.ts';
import { ProcessWorld } from '../process-world.ts';
import { shapeChanges } from '../shapes.ts';
import { crashScenarios } from './crash-scenarios.ts';
import { rareCrashes } from './rare-crashes.ts';
import { voteScenarios } from './vote-scenarios.ts';

const test = suite('scenarios of consent in processes', {
  needs: ['rabbitmq', 'rabbitmqctl', 'postgres'],
  deadlineMs: 120_000,
});

let world: ProcessWorld;
test.before(async () => {
  world = await ProcessWorld.open(['objects', 'tags', 'alerts', 'methods'], shapeChanges);
});
test.after.each(() => world.endScenario());
test.after(() => world.close());

const ownerCrashes = crashScenarios.filter(({ name }) => name.startsWith('the owner'));
const voterCrashes = crashScenarios.filter(({ name }) => !name.startsWith('the owner'));
const kinds = [voteScenarios, ownerCrashes, voterCrashes, rareCrashes];
for (const { name, play } of drawnOfEach(kinds, proofSize('consent-processes'), seed()))
  test(name, () => play(world));

test.run();
