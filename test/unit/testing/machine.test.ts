/** How to test a machine: given, when, then. The order is that of docs/services.md. */
import type { MachineDefinition } from '../../../runtime/step/machine-definition.ts';
import { caller, given, message } from '../../../testing.ts';
import { suite } from '../../support/suite.ts';
import { orders } from '../docs/shop/orders.ts';

const test = suite('testing kit: a machine');

const order = orders.machines.get('order') as MachineDefinition;
const place = message(
  'place',
  { order: 'o1', amount: 12, withinMs: 60_000 },
  { replyTo: caller('m1') },
);
/** A specification is a value: every test goes on from here in its own way. */
const paying = given(order, { key: 'o1' }).when(place);

test('what a step leads to: the state, and each kind of effect by name', () => {
  paying.then({
    state: 'paying',
    context: { amount: 12 },
    activities: [{ activity: 'charge', input: { amount: 12 } }],
    timers: [60_000],
  });
});

test('an activity ends, well or not', () => {
  paying.finishes('charge', 'r1').then({
    state: 'paid',
    records: [{ topic: 'receipts', line: { order: 'o1', receipt: 'r1' } }],
    replies: [{ to: caller('m1'), body: { receipt: 'r1' } }],
  });
});

test('time passes; what it ends is stopped', () => {
  paying.waits('59 s').then({ state: 'paying' });
  paying.waits('1 min').then({
    state: 'late',
    stopped: ['charge'],
    replies: [{ body: { error: 'the payment took too long' } }],
  });
});

test('messages that came before are given', () => {
  given(order, { messages: [place] })
    .finishes('charge', 'r1')
    .then({ state: 'paid' });
});

test('a stored state is given', () => {
  const snapshot = paying.finishes('charge', 'r1').stored();
  given(order, { snapshot })
    .when(message('place', { order: 'o1', amount: 12, withinMs: 1 }, { replyTo: caller('m2') }))
    .then({
      state: 'paid',
      replies: [{ to: caller('m2'), body: { receipt: 'r1' } }],
      activities: [],
    });
});

test('a message no state takes is a dead letter, and changes nothing', () => {
  paying
    .when(message('cancel', {}))
    .thenDeadLetter(/no state of order in "paying" takes 'cancel'/)
    .then({ state: 'paying' });
});

test.run();
