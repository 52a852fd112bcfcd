/** The story of a run: messages of clients are told with their content, those of services without. */
import { noFaultMix } from '../../../testing/simulation/fault-mix.ts';
import { narrate } from '../../../testing/simulation/narrate.ts';
import type { TraceLine } from '../../../transports/simulated/trace.ts';
import { assert, suite } from '../../support/suite.ts';

const test = suite('stories of the simulation');
const plan = { seed: 7, services: ['orders'], operations: [], faults: noFaultMix };

function line(who: string, what: TraceLine['what'], outcome: string, body: unknown): TraceLine {
  return {
    atMs: 5,
    who,
    what,
    exchange: 'orders',
    routingKey: 'in',
    type: '',
    messageId: 'm1',
    digest: 'd',
    body: Buffer.from(JSON.stringify(body)),
    outcome,
  };
}

function toldOf(...lines: readonly TraceLine[]): readonly string[] {
  const outcome = { seed: 7, violation: undefined, hash: '', situations: new Map(), lines };
  return narrate(plan, outcome).split('\n').slice(2, -1);
}

test('a message of a client is told with action and data, an answer with its body', () => {
  const body = { action: 'place', data: { order: 'o1' } };
  assert.equal(
    toldOf(
      line('shop', 'publish', 'confirmed', body),
      line('shop', 'deliver', 'shop.1', { receipt: 'r1' }),
    ),
    ['5 ms  shop → orders/in  place {"order":"o1"} (m1)', '5 ms  shop ← {"receipt":"r1"}'],
  );
});

test('a message between services, in whichever process, is told without its content', () => {
  const body = { action: 'pay', data: { amount: 3 } };
  assert.equal(
    toldOf(
      line('orders', 'publish', 'confirmed', body),
      line('orders#2', 'deliver', 'orders_consume again', body),
    ),
    ['5 ms  orders → orders/in  a message (m1)', '5 ms  orders#2 ← a message (m1), again'],
  );
});

test('a long message, and one that is no action, are told as far as they fit', () => {
  const [long = ''] = toldOf(
    line('shop', 'publish', 'lost', { action: 'a', data: 'x'.repeat(999) }),
  );
  assert.match(long, /→ orders\/in {2}\{"action":"a","data":"x+… \(m1\): lost$/);
  assert.ok(long.length < 400);
  assert.equal(toldOf(line('shop', 'publish', 'confirmed', [1])), [
    '5 ms  shop → orders/in  [1] (m1)',
  ]);
});

test.run();
