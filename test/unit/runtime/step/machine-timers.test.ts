/** Each step goes through a JSON round trip first (`Life`), so each test also shows that the restored family takes the same steps. */
import { cancel, raise } from 'xstate';
import { defineMachine } from '../../../../runtime/step/machine-definition.ts';
import { startFamily, stepTimer } from '../../../../runtime/step/machine-step.ts';
import { assert, suite } from '../../../support/suite.ts';
import { base } from './counting-machine.ts';
import { alive, Life, stamp } from './machine-samples.ts';

const test = suite('machine timers');

test('raise without delay is handled in the same step', () => {
  const machine = base.createMachine({
    id: 'm',
    context: { count: 0 },
    on: { go: { actions: raise({ type: 'x' }) }, x: { actions: 'got' } },
  });
  assert.equal(Life.of(machine).on('go').said, ['got']);
});

test('raise with delay is a timer whose event comes when it fires', () => {
  const machine = base.createMachine({
    id: 'm',
    context: { count: 0 },
    on: { go: { actions: raise({ type: 'x' }, { delay: 25 }) }, x: { actions: 'got' } },
  });
  const waiting = Life.of(machine).on('go');
  assert.equal(waiting.effects, [{ kind: 'start-timer', path: [], token: 'new-1#1', delayMs: 25 }]);
  assert.equal(waiting.fires('new-1#1')?.said, ['got']);
});

test('a timer fires once', () => {
  const machine = base.createMachine({
    id: 'm',
    context: { count: 0 },
    on: { go: { actions: raise({ type: 'x' }, { delay: 25 }) }, x: { actions: 'got' } },
  });
  assert.is(alive(Life.of(machine).on('go').fires('new-1#1')).fires('new-1#1'), undefined);
});

const ticking = base.createMachine({
  id: 'm',
  context: { count: 0 },
  initial: 'a',
  states: {
    a: { after: { 10: { target: 'late' } }, on: { leave: 'b' } },
    b: { on: { back: 'a' } },
    late: {},
  },
});

test('a timer is cancelled when its state is left', () => {
  assert.equal(Life.of(ticking).on('leave').effects, [{ kind: 'cancel-timer', token: 'new-1#1' }]);
});

test('a timer of an earlier stay in the same state is stale', () => {
  const again = Life.of(ticking).on('leave').on('back');
  assert.is(again.fires('new-1#1'), undefined);
  assert.is(again.fires(again.token('start-timer'))?.state, 'late');
});

test('a timer of an earlier life of the actor is stale', () => {
  const definition = defineMachine(ticking);
  const { family } = startFamily(definition, {}, { ...stamp, newId: 'new-2' });
  assert.is(stepTimer(family, 'new-1#1', stamp), undefined);
  assert.ok(stepTimer(family, 'new-2#1', stamp));
});

test('cancel takes back a delayed raise by its id', () => {
  const machine = base.createMachine({
    id: 'm',
    context: { count: 0 },
    on: {
      go: { actions: raise({ type: 'x' }, { delay: 25, id: 'mine' }) },
      stop: { actions: cancel('mine') },
    },
  });
  const stopped = Life.of(machine).on('go').on('stop');
  assert.equal(stopped.effects, [{ kind: 'cancel-timer', token: 'new-1#1' }]);
  assert.is(stopped.fires('new-1#1'), undefined);
});

test('cancel of what does not wait is nothing', () => {
  const machine = base.createMachine({
    id: 'm',
    context: { count: 0 },
    on: { stop: { actions: cancel('mine') } },
  });
  assert.equal(Life.of(machine).on('stop').effects, []);
});

test.run();
