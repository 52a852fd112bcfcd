/** The scenarios of the protocol with a process for each service, on RabbitMQ and PostgreSQL: processes die by SIGKILL. */
import { suite } from '../../support/suite.ts';
import { ProcessWorld } from './process-world.ts';
import { crashScenarios } from './scenarios/crash-scenarios.ts';
import { rareCrashes } from './scenarios/rare-crashes.ts';
import { voteScenarios } from './scenarios/vote-scenarios.ts';
import { shapeChanges } from './shapes.ts';

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

for (const { name, play } of [...voteScenarios, ...crashScenarios, ...rareCrashes])
  test(name, () => play(world));

test.run();
