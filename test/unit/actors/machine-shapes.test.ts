/**
 * What a journal holds of the consent machines at their versions. Nothing was published before version 1: there is nothing to migrate to it.
 *
 * Whoever changes a shape changes what stored actors are read as: raise the machine's version and add a migration (or keep the earlier
 * machine), then write the new shape down here. A key that only some actors have, and the machine does without, is no change.
 */

import { serviceKindOf } from '../../../actors/catalog.ts';
import { MemoryHierarchyStore } from '../../../actors/hierarchy/memory/memory-store.ts';
import { MemoryLocks } from '../../../runtime/memory/memory-locks.ts';
import { systemClock } from '../../../runtime/ports/clock.ts';
import { given } from '../../../testing.ts';
import { configOf } from '../../integration/consent/entity-configs.ts';
import { assert, suite } from '../../support/suite.ts';

const test = suite('shapes of stored machines');
const store = new MemoryHierarchyStore();
const config = configOf('tags_model_crud');
const { machines } = serviceKindOf(config).define(config, {
  store: () => store,
  locks: new MemoryLocks(systemClock),
});

interface Shape {
  readonly version: number;
  /** Top states. */
  readonly states: string;
  /** Keys every actor has. */
  readonly context: string;
}
const shapes: Readonly<Record<string, Shape>> = {
  'base-node': {
    version: 1,
    states: 'ready',
    context: '',
  },
  'alias-creation': { version: 1, states: 'asked done', context: '' },
  'node-creation': {
    version: 1,
    states: 'created refused starting waiting',
    context: 'attempts attributes depends generations id message parentId place problem subscribed',
  },
  subscription: {
    version: 1,
    states: 'done leaving looking settled taken',
    context: 'leaving subscriber',
  },
  'delete-saga': {
    version: 1,
    states: [
      'apart asking askingOld blocked calledOff cleaning confirming finished leaving overtaken ownStep pending',
      'placeHeld promised refused removing starting',
    ].join(' '),
    context: [
      'above actor age asked cancelled change cleaned deadlineAtMs decidedAbove generations gone hops ids',
      'inventory nodes nowMs place refusals requestedBy requester role rounds saga silent subscriptions',
      'through unreachable upstream verb votes',
    ].join(' '),
  },
  voter: {
    version: 1,
    states: 'engaged fulfilled released',
    context: [
      'age alarms askedAtMs groups hops inquiries nodes oldOwner ownerKnows parked questions restarting',
      'saga verb',
    ].join(' '),
  },
  'saga-operation': {
    version: 1,
    states: 'answered asked taken',
    context: 'data decided leaves message operation outcomes parts retired',
  },
  adoption: {
    version: 1,
    states: 'answered taken',
    context: '',
  },
  'held-deletion': {
    version: 1,
    states: 'over paused starting trying unanswered waiting',
    context: 'held tries waitMs',
  },
  retention: {
    version: 1,
    states: 'ended starting telling waiting',
    context: 'retention waitMs',
  },
  'deletion-plan': {
    version: 1,
    states: 'answered asking measuring refused starting',
    context: 'atMs deadlineMs heard hops ids isRoot nodes part path plan requester subscriptions',
  },
};

for (const [name, definition] of machines) {
  if (definition.ephemeral) continue;
  test(`${name}, version ${definition.version}`, () => {
    const states = Object.keys(definition.machine.states).sort().join(' ');
    const context = Object.keys(given(definition).context()).sort().join(' ');
    assert.equal({ version: definition.version, states, context }, shapes[name]);
  });
}

test.run();
