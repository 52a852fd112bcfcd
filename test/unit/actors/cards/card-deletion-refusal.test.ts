import { answer, given } from '../../../../testing.ts';
import { suite } from '../../../support/suite.ts';
import {
  burn,
  confirming,
  definition,
  deletion,
  error,
  lock,
  locking,
  marked,
  marking,
  markQuestion,
  ok,
  queued,
  releasing,
  removal,
  replyTo,
} from './given-deletion.ts';

const test = suite('card deletion: refusals', { deadlineMs: 60_000 });

const refusedAnswer = answer('transaction.marked', { error: error('refused', 409) });

const calledOff = marking.when(refusedAnswer);

test('a refusal calls the deletion off: the card is active again, and the caller is told', () => {
  calledOff.then({
    state: 'releasing',
    writes: [
      { store: 'cards', op: 'restore', args: { id: 'c1' }, expect: { version: 5, ticket: 7 } },
      { store: 'cards', op: 'leave', args: { id: 'c1' } },
    ],
    activities: [{ activity: 'releaseLock', input: lock }],
    asks: [],
    deadLetters: [],
  });
  calledOff
    .finishes('releaseLock', true)
    .then({ replies: [{ to: replyTo, body: { error: error('refused', 409) } }] })
    .thenEnded();
});

test('the history tells of the refusal and of the state', () => {
  const of = { card: 'c1', transaction: 't1', error: error('refused', 409) };
  calledOff.then({
    records: [
      { topic: 'c1', line: { what: 'transaction refused', ...of } },
      { topic: 'c1', line: { what: 'card state', state: 'active', ...of } },
    ],
  });
});

test('a refusal that nobody waits for is a dead letter of the request', () => {
  queued
    .when(burn(marked))
    .finishes('acquireLock', null)
    .when(refusedAnswer)
    .then({
      deadLetters: [
        {
          queue: 'spec',
          action: 'delete',
          data: { id: 'c1', owner: 'kim', mode: 'async' },
          reason: "the deletion of the card 'c1' is called off: why",
        },
      ],
    });
});

test('a request that comes while the lock of a refused deletion is given back is refused', () => {
  calledOff.when(deletion({ mode: 'async', from: 'q2' })).thenRefused('refused', /called off: why/);
  calledOff.when(deletion({ from: 'q2' })).thenRefused('refused', /called off: why/);
  calledOff.when(burn()).thenRefused('refused', /called off: why/);
});

test('a card whose row is gone is not restored', () => {
  given(definition, { key: 'c1', reads: removal(null) })
    .when(deletion())
    .waits(0)
    .finishes('acquireLock', null)
    .when(refusedAnswer)
    .then({ state: 'releasing', writes: [{ op: 'leave' }] });
});

test('an error of the transactions service is no refusal, and the next question is a new one', () => {
  marking
    .when(answer('transaction.marked', { error: error('journal-locked', 503) }))
    .then({ state: 'marking', replies: [], writes: [], asks: [] })
    .waits(1_000)
    .then({ asks: [markQuestion(1)] })
    .when(answer('transaction.marked', ok))
    .when(answer('transaction.confirmed', ok))
    .then({ state: 'releasing' });
});

test('after the removal of the row a refusal no longer counts', () => {
  confirming
    .when(answer('transaction.confirmed', { error: error('refused', 409) }))
    .then({ state: 'confirming', replies: [], writes: [] })
    .waits(1_000)
    .then({ asks: [{ messageId: 'service/c1/new-1/confirmed/1' }] });
});

test('answers that come twice or too late change nothing', () => {
  locking.when(answer('transaction.marked', ok)).then({ state: 'locking' });
  confirming
    .when(answer('transaction.marked', ok))
    .then({ state: 'confirming', writes: [], asks: [] });
  releasing.when(answer('transaction.confirmed', ok)).then({ state: 'releasing', replies: [] });
});

test.run();
