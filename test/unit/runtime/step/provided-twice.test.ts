/** One machine stands under two names in `setup({ actors })`, each time with other implementations. */
import { assign, sendParent, sendTo, setup } from 'xstate';
import { activity } from '../../../../runtime/step/activity.ts';
import { findActivity } from '../../../../runtime/step/activity-lookup.ts';
import { defineMachine } from '../../../../runtime/step/machine-definition.ts';
import type { StepEffect } from '../../../../runtime/step/step-effect.ts';
import { assert, suite } from '../../../support/suite.ts';
import { Life } from './machine-samples.ts';

const test = suite('one machine provided twice');

const judge = setup({ guards: { mild: () => false } }).createMachine({
  id: 'judge',
  on: {
    ASK: [
      { guard: 'mild', actions: sendParent({ type: 'YES' }) },
      { actions: sendParent({ type: 'NO' }) },
    ],
  },
});
const court = setup({
  types: {} as { context: { said: string[] } },
  actors: { kind: judge.provide({ guards: { mild: () => true } }), stern: judge },
  actions: {
    note: assign({ said: ({ context, event }) => [...context.said, event.type] }),
  },
}).createMachine({
  id: 'court',
  context: { said: [] },
  invoke: [
    { id: 'one', src: 'kind' },
    { id: 'other', src: 'stern' },
  ],
  on: {
    ASK: { actions: [sendTo('one', { type: 'ASK' }), sendTo('other', { type: 'ASK' })] },
    YES: { actions: 'note' },
    NO: { actions: 'note' },
  },
});

test('a restored child has the implementations of its own name', () => {
  assert.equal(Life.of(court).on('ASK').context['said'], ['YES', 'NO']);
});

const worker = setup({
  actors: { run: activity(async (): Promise<string> => 'of nobody') },
}).createMachine({
  id: 'worker',
  invoke: { src: 'run', input: null },
});
const named = (name: string) =>
  worker.provide({ actors: { run: activity(async (): Promise<string> => `of ${name}`) } });
const plant = setup({ actors: { left: named('left'), right: named('right') } }).createMachine({
  id: 'plant',
  invoke: [
    { id: 'a', src: 'left' },
    { id: 'b', src: 'right' },
  ],
});

test('an activity runs with the implementation of the child that invoked it', async () => {
  const definition = { ...defineMachine(plant), kept: new Map(), migrations: new Map() };
  const { effects } = Life.of(plant);
  assert.equal(await Promise.all(effects.map((effect) => outputOf(effect))), [
    'of left',
    'of right',
  ]);

  function outputOf(effect: StepEffect): unknown {
    if (effect.kind !== 'start-activity') return effect.kind;
    const { machine, activity: kind, id, path, token } = effect;
    const row = { address, machine, kind, id, path, token, attempt: 0, notBeforeMs: 0 };
    const found = findActivity(definition, row);
    return found?.run(effect.input, {} as never);
  }
});

const address = { service: 's', machine: 'plant', key: 'k' };

test.run();
