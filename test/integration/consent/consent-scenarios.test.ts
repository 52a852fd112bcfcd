/** The scenarios of the protocol over memory and in virtual time, each in a world of its own. */
import { MemoryHierarchyStore } from '../../../actors/hierarchy/memory-store.ts';
import { serviceKindOf } from '../../../catalog.ts';
import { MemoryLocks } from '../../../runtime/memory/memory-locks.ts';
import { VirtualClock } from '../../../runtime/simulated/virtual-clock.ts';
import { assert, suite } from '../../support/suite.ts';
import { ConsentWorld } from './consent-world.ts';
import { configOf } from './entity-configs.ts';
import { crashScenarios } from './scenarios/crash-scenarios.ts';
import { rareCrashes } from './scenarios/rare-crashes.ts';
import { voteScenarios } from './scenarios/vote-scenarios.ts';
import { shapeChanges } from './shapes.ts';
import { possibleStates } from './stored-states.ts';

const test = suite('scenarios of consent in memory', { deadlineMs: 60_000 });

const diedIn = new Set<string>();

/** Left by the step that enters them: what they wait for is read in that step, and a child's end is its parent's next state. */
const passing = [
  ...['starting', 'pending.placing', 'pending.engaging', 'confirming', 'removing', 'leaving.looking'].map(
    (state) => `delete-saga ${state}`,
  ),
  ...['collecting.again', 'counted'].map((state) => `vote-collection ${state}`),
  ...['telling', 'complete'].map((state) => `clean-up ${state}`),
  'dependency over',
];
/** Told to wait, it asks again: nothing that could be waited for shows it. The simulation kills there. */
const unseen = ['dependency askingAgain'];
/** Refused at once: the request's own turn is all there is of it, and after that only its answer is left to be sent. */
const answered = ['delete-saga refused'];

for (const { name, play } of [...voteScenarios, ...crashScenarios, ...rareCrashes]) {
  test(name, async () => {
    const world = new ConsentWorld(shapeChanges);
    await world.open();
    await play(world);
    for (const state of world.diedIn) diedIn.add(state);
    await world.close();
  });
}

test('a process was killed in every state an owner and a voter can be stored in', () => {
  const config = configOf('tags_model_crud');
  const parts = { store: () => new MemoryHierarchyStore(), locks: new MemoryLocks(new VirtualClock()) };
  const { machines } = serviceKindOf(config).define(config, parts);
  const definitions = [machines.get('delete-saga'), machines.get('voter')].filter((one) => one !== undefined);
  const possible = [...new Set(definitions.flatMap(possibleStates))];
  assert.ok(possible.length > 15);
  assert.equal(possible.filter((state) => !diedIn.has(state)).sort(), [...passing, ...unseen, ...answered].sort());
});

test.run();
