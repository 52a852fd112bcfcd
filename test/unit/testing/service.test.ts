/** How to test a service: messages take its routes, and are remembered. The services are those of docs/services.md. */
import { caller, given, message } from '../../../testing.ts';
import { suite } from '../../support/suite.ts';
import { orders } from '../docs/shop/orders.ts';
import { trips } from '../docs/shop/trips.ts';

const test = suite('testing kit: a service');

const place = message(
  'place',
  { order: 'o1', amount: 12, withinMs: 60_000 },
  { replyTo: caller('m1') },
);

test('a message starts the actor its route names', () => {
  given(orders).when(place).actor('order', 'o1').then({ state: 'paying' });
});

test('the same message again changes nothing', () => {
  given(orders).when(place).when(place).thenNothing();
});

test('the same message again, once it is answered, is answered again', () => {
  given(orders)
    .when(place)
    .finishes('charge', 'r1')
    .when(place)
    .then({ replies: [{ body: { receipt: 'r1' } }], activities: [] });
});

test('an action the service does not know is a dead letter', () => {
  given(orders)
    .when(message('cancel', {}))
    .thenDeadLetter(/orders does not know the action 'cancel'/);
});

test('children are stepped with their parent', () => {
  given(trips)
    .when(message('book', { trip: 't1' }, { replyTo: caller('m1') }))
    .then({
      activities: [
        { activity: 'reserve', input: { what: 'flight' } },
        { activity: 'reserve', input: { what: 'hotel' } },
      ],
    })
    .finishes('reserve', 'LH 1')
    .then({ replies: [] })
    .finishes('reserve', 'Ritz')
    .then({ state: 'booked', replies: [{ body: { flight: 'LH 1', hotel: 'Ritz' } }] });
});

test.run();
