import { caller, given, message } from '../../../../testing.ts';
import { orders } from './orders.ts';

const place = message(
  'place',
  { order: 'o1', amount: 12, withinMs: 60_000 },
  { replyTo: caller('m1') },
);

const paying = given(orders)
  .when(place)
  .then({
    state: 'paying',
    activities: [{ activity: 'charge', input: { amount: 12 } }],
    timers: [60_000],
  });

paying
  .finishes('charge', 'r1')
  .then({ state: 'paid', replies: [{ to: caller('m1'), body: { receipt: 'r1' } }] });

paying.waits('60 s').then({ state: 'late', stopped: ['charge'] });

paying.when(place).thenNothing(); // the same message again

given(orders)
  .when(message('cancel', {}))
  .thenDeadLetter(/does not know the action/);
