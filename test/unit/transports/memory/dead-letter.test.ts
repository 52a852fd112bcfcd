import {
  type Death,
  type DeathReason,
  deadLetter,
  wouldCycle,
} from '../../../../transports/memory/dead-letter.ts';
import type { StoredMessage } from '../../../../transports/memory/stored-message.ts';
import { assert, suite } from '../../../support/suite.ts';

const test = suite('dead letter');

const fresh: StoredMessage = {
  exchange: 'x',
  routingKey: 'k',
  properties: { persistent: true, expirationMs: 5, headers: { own: 1 } },
  body: new Uint8Array(),
};

function death(queue: string, reason: DeathReason): Death {
  return { queue, reason, atMs: 1_700_000_000_123, exchange: 'dlx', routingKey: undefined };
}

function deaths(dead: StoredMessage) {
  return dead.properties.headers?.['x-death'] as {
    queue: string;
    reason: string;
    count: number;
  }[];
}

test('1. the first death is described in full', () => {
  const dead = deadLetter(fresh, death('q', 'expired'));
  const entry = {
    count: 1,
    reason: 'expired',
    queue: 'q',
    time: 1_700_000_000_000,
    exchange: 'x',
    'routing-keys': ['k'],
    'original-expiration': '5',
  };
  assert.equal(dead, {
    exchange: 'dlx',
    routingKey: 'k',
    body: fresh.body,
    properties: {
      persistent: true,
      headers: {
        own: 1,
        'x-first-death-reason': 'expired',
        'x-first-death-queue': 'q',
        'x-first-death-exchange': 'x',
        'x-death': [entry],
      },
    },
  });
});

test('1. dying again of the same in the same queue counts, and is the newest', () => {
  const first = deadLetter(fresh, death('q', 'rejected'));
  const second = deadLetter(first, death('other', 'rejected'));
  const third = deadLetter(second, death('q', 'rejected'));
  const summary = deaths(third).map(({ queue, count }) => `${queue} ${count}`);
  assert.equal(summary, ['q 2', 'other 1']);
});

test('1. dying of something else in the same queue is another entry', () => {
  const dead = deadLetter(deadLetter(fresh, death('q', 'rejected')), death('q', 'maxlen'));
  assert.equal(
    deaths(dead).map(({ reason }) => reason),
    ['maxlen', 'rejected'],
  );
  assert.is(dead.properties.headers?.['x-first-death-reason'], 'rejected');
});

test('2. the message given in is not changed', () => {
  deadLetter(fresh, death('q', 'expired'));
  assert.equal(fresh.properties, { persistent: true, expirationMs: 5, headers: { own: 1 } });
});

test('3. a message does not expire back into a queue it died in', () => {
  const dead = deadLetter(fresh, death('q', 'expired'));
  assert.is(wouldCycle(dead, 'q', 'expired'), true);
  assert.is(wouldCycle(dead, 'other', 'expired'), false);
});

test('3. a rejection, now or on the way, ends the cycle', () => {
  const rejected = deadLetter(fresh, death('q', 'rejected'));
  assert.is(wouldCycle(rejected, 'q', 'rejected'), false);
  const later = deadLetter(rejected, death('other', 'expired'));
  assert.is(wouldCycle(later, 'q', 'expired'), false);
  assert.is(wouldCycle(later, 'other', 'expired'), true);
});

test('a header x-death that is not a list of deaths is replaced', () => {
  const odd = { ...fresh, properties: { persistent: true, headers: { 'x-death': 'odd' } } };
  assert.is(deaths(deadLetter(odd, death('q', 'expired'))).length, 1);
});

test.run();
