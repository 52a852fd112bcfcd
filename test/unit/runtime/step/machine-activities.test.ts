/** Each step goes through a JSON round trip first (`Life`), so each test also shows that the restored family takes the same steps. */
import { fromPromise, setup } from 'xstate';
import { activity } from '../../../../runtime/step/activity.ts';
import { assert, suite } from '../../../support/suite.ts';
import { actions } from './counting-machine.ts';
import { alive, Life } from './machine-samples.ts';

const test = suite('machine activities');

const working = setup({
  actors: { work: activity(async () => 1), promised: fromPromise(async () => 1) },
  actions,
}).createMachine({
  id: 'm',
  initial: 'idle',
  states: {
    idle: { on: { go: 'busy' } },
    busy: {
      invoke: {
        src: 'work',
        id: 'w',
        input: { n: 1 },
        onDone: { target: 'idle', actions: 'got' },
        onError: 'failed',
      },
      on: { leave: 'idle', again: { target: 'busy', reenter: true } },
    },
    failed: { entry: 'late' },
  },
});

test('an invoked activity is an effect with its input', () => {
  const [effect] = Life.of(working).on('go').effects;
  assert.equal(effect, {
    kind: 'start-activity',
    path: [],
    token: 'new-1#1',
    machine: 'm',
    activity: 'work',
    id: 'w',
    input: { n: 1 },
  });
});

test('an activity that is given no input gets none', () => {
  const machine = setup({ actors: { work: fromPromise(async () => 1) } }).createMachine({
    id: 'm',
    invoke: { src: 'work', id: 'w' },
  });
  const [effect] = Life.of(machine).effects;
  assert.ok(effect?.kind === 'start-activity' && effect.input === undefined);
});

test('an invoked promise is an activity', () => {
  const machine = setup({ actors: { promised: fromPromise(async () => 1) } }).createMachine({
    id: 'm',
    invoke: { src: 'promised' },
  });
  assert.equal(
    Life.of(machine).effects.map(({ kind }) => kind),
    ['start-activity'],
  );
});

test('the output of an activity comes to onDone', () => {
  const done = alive(Life.of(working).on('go').ends('new-1#1', { output: 7 }));
  assert.equal([done.state, done.said], ['idle', ['got']]);
});

test('the error of an activity comes to onError', () => {
  assert.is(Life.of(working).on('go').ends('new-1#1', { error: 'no' })?.state, 'failed');
});

test('the error of an activity nobody handles fails the actor', () => {
  const machine = setup({ actors: { work: activity(async () => 1) } }).createMachine({
    id: 'm',
    invoke: { src: 'work', input: null },
  });
  assert.is(Life.of(machine).ends('new-1#1', { error: 'no' })?.status, 'error');
});

test('an activity whose state was left is stopped, and stale when it ends', () => {
  const left = Life.of(working).on('go').on('leave');
  assert.equal(left.effects, [{ kind: 'stop-activity', token: 'new-1#1' }]);
  assert.is(left.ends('new-1#1', { output: 1 }), undefined);
});

test('an activity of an earlier stay in the same state is stale', () => {
  const again = Life.of(working).on('go').on('again');
  assert.is(again.ends('new-1#1', { output: 1 }), undefined);
  assert.is(again.ends(again.token('start-activity'), { output: 1 })?.state, 'idle');
});

test.run();
