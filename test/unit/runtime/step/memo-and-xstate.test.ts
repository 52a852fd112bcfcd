/** The parts of XState on which the step memo relies. */
import { readFileSync } from 'node:fs';
import {
  type AnyStateMachine,
  assign,
  cancel,
  createMachine,
  emit,
  enqueueActions,
  log,
  raise,
  sendTo,
  spawnChild,
  stopChild,
} from 'xstate';
import { projectRoot } from '../../../support/project-root.ts';
import { assert, suite } from '../../../support/suite.ts';

const test = suite('step memo and XState');

test('XState is the version with which the memo was compared: `npm run fuzz:machines -- --pairs 20000` before another one', () => {
  const manifest = readFileSync(`${projectRoot}node_modules/xstate/package.json`, 'utf8');
  assert.is((JSON.parse(manifest) as { version: string }).version, '5.33.3');
});

test('the actions of XState are functions with the members that the memo reads', () => {
  const members = (action: object) => Object.keys(action).join(' ');
  assert.is(members(assign({})), 'type assignment resolve');
  assert.is(members(raise({ type: 'A' })), 'type event id delay resolve execute');
  assert.is(
    members(sendTo('a', { type: 'A' })),
    'type to event id delay resolve retryResolve execute',
  );
  assert.is(members(cancel('a')), 'type sendId resolve execute');
  assert.is(members(emit({ type: 'A' })), 'type event resolve execute');
  assert.is(members(log('a')), 'type value label resolve execute');
  assert.is(members(stopChild('a')), 'type actorRef resolve execute');
  assert.is(members(enqueueActions(() => undefined)), 'type collect resolve');
  assert.is(members(spawnChild('a')), 'type id systemId src input syncSnapshot resolve execute');
});

test('snapshots, states and transitions of XState have the members that the memo reads', () => {
  const machine = createMachine({
    initial: 'a',
    states: { a: { on: { go: 'b' } }, b: {} },
  } as never) as AnyStateMachine;
  const snapshot = machine.resolveState({ value: 'a', context: {} });
  assert.equal(Object.keys(snapshot), [
    ...['status', 'output', 'error', 'machine', 'context', '_nodes', 'value', 'tags', 'children'],
    ...['historyValue', 'matches', 'hasTag', 'can', 'getMeta', 'toJSON'],
  ]);
  for (const member of ['type', 'entry', 'exit', 'invoke', 'initial', 'tags', 'output', 'always'])
    assert.ok(member in machine.root, member);
  const [transition] = machine.getTransitionData(snapshot, { type: 'go' });
  for (const member of ['target', 'source', 'reenter', 'actions'])
    assert.ok(member in Object(transition), member);
});

test.run();
