/** The scenarios of the protocol over memory and in virtual time, each in a world of its own. */
import { suite } from '../../support/suite.ts';
import { ConsentWorld } from './consent-world.ts';
import { crashScenarios } from './scenarios/crash-scenarios.ts';
import { voteScenarios } from './scenarios/vote-scenarios.ts';
import { shapeChanges } from './shapes.ts';

const test = suite('scenarios of consent in memory', { deadlineMs: 60_000 });

for (const { name, play } of [...voteScenarios, ...crashScenarios]) {
  test(name, async () => {
    const world = new ConsentWorld(shapeChanges);
    await world.open();
    await play(world);
    await world.close();
  });
}

test.run();
