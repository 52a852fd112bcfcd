import { setup } from 'xstate';
import type { MessageEvent, ReadEvent } from '../../../../runtime/messages/message-events.ts';
import { reply } from '../../../../runtime/step/effects.ts';
import { caller, given, message } from '../../../../testing.ts';
import { suite } from '../../../support/suite.ts';

const test = suite('effects');

type Place = MessageEvent<{ readonly order: string }, null, 'place'>;
type Found = ReadEvent<number, 'found'>;

const machine = setup({
  types: {} as { events: Place | Found | { readonly type: 'mistaken' } },
  actions: {
    answerOrder: reply('place', ({ event }: { event: Place }) => ({ body: event.data.order })),
    answerNobody: reply(['place', 'found'], () => ({ to: null, body: 'nobody hears' })),
    answerAny: reply(({ event }) => ({ body: event.type })),
  },
}).createMachine({
  id: 'orders',
  on: {
    place: { actions: ['answerOrder', 'answerNobody'] },
    found: { actions: 'answerAny' },
    mistaken: { actions: 'answerOrder' },
  },
});

test('an answer without an address goes to the sender of the event, one to null is dropped', () => {
  given(machine)
    .when(message('place', { order: 'o-1' }, { replyTo: caller('m1') }))
    .then({ replies: [{ to: caller('m1'), body: 'o-1' }] });
});

test('an event that nobody sent is answered to nobody', () => {
  given(machine)
    .when(message('place', { order: 'o-1' }))
    .thenNothing();
  given(machine).when({ type: 'found' }).thenNothing();
});

test('an answer without a body is a bug of the machine, and is told to the asker', () => {
  given(machine)
    .when(message('place', {}, { replyTo: caller('m1') }))
    .thenDeadLetter(/a reply has no body: found undefined; reply null in place/);
});

test('an action for one event that runs on another is a bug of the machine', () => {
  given(machine)
    .when(message('mistaken', {}))
    .thenDeadLetter(/an action for the event place ran on the event 'mistaken'/);
});

test.run();
