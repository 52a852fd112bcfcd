/** The scenarios of the protocol over memory and in virtual time, each in a world of its own. */

import { serviceKindOf } from '../../../../actors/catalog.ts';
import { MemoryHierarchyStore } from '../../../../actors/hierarchy/memory/memory-store.ts';
import { MemoryLocks } from '../../../../runtime/memory/memory-locks.ts';
import { VirtualClock } from '../../../../runtime/simulated/virtual-clock.ts';
import { assert, suite } from '../../../support/suite.ts';
import { ConsentWorld } from '../consent-world.ts';
import { configOf } from '../entity-configs.ts';
import { shapeChanges } from '../shapes.ts';
import { possibleStates } from '../stored-states.ts';
import { crashScenarios } from './crash-scenarios.ts';
import { rareCrashes } from './rare-crashes.ts';
import { voteScenarios } from './vote-scenarios.ts';

const test = suite('scenarios of consent in memory', { deadlineMs: 60_000 });

const diedIn = new Set<string>();

/** States no process can die in, of the owner's saga and of the one inside a voter, by the reason. */
const owner = 'delete-saga';
const inner = 'voter > innerSaga';

/** Left by the step that enters them: what they wait for is read in that step, and a child's end is its parent's next state. */
const passing = [owner, inner].flatMap((saga) => [
  ...['starting', 'confirming', 'removing'].map((state) => `${saga} ${state}`),
  ...['collecting.again', 'counted'].map((state) => `${saga} > voteCollection ${state}`),
  ...['telling', 'complete'].map((state) => `${saga} > cleanUp ${state}`),
]);
const passingAtOwner = [
  ...['pending.placing', 'pending.engaging', 'leaving.looking'].map((state) => `${owner} ${state}`),
  `${owner} > dependency over`,
];
/** The voter's next state takes the place of how its inner saga has ended. */
const endings = ['finished', 'calledOff'].map((state) => `${inner} ${state}`);
/** A voter begins what is inside it at once: it alone waits, is refused, or subscribes; what it moves is moved by the owner. */
const ownersAlone = [
  ...['placing', 'subscribing', 'engaging', 'waiting'].map((state) => `${inner} pending.${state}`),
  ...['refused', 'placeHeld', 'leaving.committing', 'leaving.looking', 'overtaken'].map(
    (state) => `${inner} ${state}`,
  ),
  ...['asking', 'askingAgain', 'over'].map((state) => `${inner} > dependency ${state}`),
];
/** Only what has a decision above it promises. */
const votersAlone = [`${owner} promised`, `${owner} apart`, `${owner} ownStep`];

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
  const parts = {
    store: () => new MemoryHierarchyStore(),
    locks: new MemoryLocks(new VirtualClock()),
  };
  const { machines } = serviceKindOf(config).define(config, parts);
  const definitions = [machines.get('delete-saga'), machines.get('voter')].filter(
    (one) => one !== undefined,
  );
  const possible = [...new Set(definitions.flatMap((definition) => possibleStates(definition)))];
  assert.ok(possible.length > 15);
  const unreachable = [...passing, ...passingAtOwner, ...endings, ...ownersAlone, ...votersAlone];
  assert.equal(possible.filter((state) => !diedIn.has(state)).sort(), unreachable.sort());
});

test.run();
