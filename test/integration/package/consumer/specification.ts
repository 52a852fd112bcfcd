/** Specifies the service without a runtime, and prints a line if everything holds. */
import { caller, given, message } from '../../../../testing.ts';
import { orders } from './orders.ts';

const place = message('place', { order: 'o1', amount: 12 }, { replyTo: caller('m1') });
const paying = given(orders).when(place);

paying.then({ state: 'paying', activities: [{ activity: 'charge', input: { amount: 12 } }] });
paying
  .finishes('charge', 'r1')
  .then({ state: 'paid', replies: [{ to: caller('m1'), body: { receipt: 'r1' } }] });
paying.waits('60 s').then({ state: 'late', stopped: ['charge'] });
console.log('specified');
