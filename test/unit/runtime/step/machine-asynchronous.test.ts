/** Asynchronous functions in the definition of a machine, which no step awaits. */
import { assign, createMachine, enqueueActions, not, raise, sendTo } from 'xstate';
import { Broken } from '../../../../runtime/ports/errors.ts';
import {
  afterCommit,
  publish,
  record,
  refuse,
  reply,
  write,
} from '../../../../runtime/step/effects.ts';
import { defineMachine } from '../../../../runtime/step/machine-definition.ts';
import { assert, suite } from '../../../support/suite.ts';

const test = suite('machine definition: asynchronous functions');

/** Refused with the part, which `inState` places in the state `sample.idle`. */
function refused(config: object, part: string, implementations: object = {}): void {
  const define = () =>
    defineMachine(createMachine({ id: 'sample', ...config } as never, implementations as never));
  const reason = new RegExp(`${part} is asynchronous, and a step awaits nothing`);
  const broken = (error: unknown) =>
    error instanceof Broken && error.code === 'machine-invalid' && reason.test(error.message);
  assert.throws(define, broken);
}

const inState = (state: object) => ({ initial: 'idle', states: { idle: state } });
const child = createMachine({ id: 'child' });

test('an asynchronous function is refused wherever a step takes a result, because nothing awaits its promise', () => {
  const later = async () => ({ paid: true });
  refused(inState({ entry: assign(later as never) }), 'the function given to assign');
  refused(inState({ entry: assign({ paid: later } as never) }), 'the function given to assign');
  refused(inState({ entry: 'note' }), "'sample\\.idle', entry: the function given to assign", {
    actions: { note: assign(later as never) },
  });
  refused(
    inState({ entry: enqueueActions(later as never) }),
    'the function given to enqueueActions',
  );
  refused(inState({ always: { guard: later } }), "'sample\\.idle', always: the guard");
  refused(inState({ always: { guard: not(later as never) } }), 'the guard');
  refused(inState({ on: { go: { guard: 'isPaid' } } }), "the guard 'isPaid'", {
    guards: { isPaid: later },
  });
  refused(inState({ after: { soon: {} } }), "the delay 'soon'", { delays: { soon: later } });
  refused({ context: later }, 'the function of the context');
});

test('an asynchronous function is refused wherever a step takes data, also in parameters and delays', () => {
  const later = (async () => ({ type: 'paid' })) as never;
  async function* many() {
    yield true;
  }
  const guards = { isPaid: (_: unknown, is: boolean) => is };
  const guard = { type: 'isPaid', params: later };
  refused(inState({ always: { guard } }), "the params of the guard 'isPaid'", { guards });
  refused(inState({ always: { guard: not(guard) } }), "the params of the guard 'isPaid'", {
    guards,
  });
  refused(inState({ always: { guard: many } }), 'the guard');
  const actions = { note: assign({}) };
  const entry = { type: 'note', params: later };
  refused(inState({ entry }), "the params of the action 'note'", { actions });
  refused(inState({ entry: raise(later) }), 'the function given to raise');
  refused(
    inState({ entry: raise({ type: 'go' }, { delay: later }) }),
    'the function given to raise',
  );
  refused(inState({ entry: sendTo('child', later) }), 'the function given to sendTo');
  refused(
    inState({ entry: sendTo(later, { type: 'go' } as never) }),
    'the function given to sendTo',
  );
  const invoke = { src: 'child', id: 'work', input: later };
  refused(inState({ invoke }), "the input of 'work'", { actors: { child } });
  refused(inState({ type: 'final', output: later }), 'the output');
  for (const made of [publish(later), reply(later), refuse('go', later), write('go', later)])
    refused(inState({ entry: made }), "the function of the effect 'sample\\.idle entry'");
  refused(inState({ entry: 'tell' }), "the function of the effect 'tell'", {
    actions: { tell: record(later) },
  });
  const fine = inState({ entry: afterCommit(async () => undefined) });
  defineMachine(createMachine({ id: 'sample', ...fine }));
});

test.run();
