import type { Transaction, TransactionState } from '../../../../actors/transactions/store.ts';
import { judgeTransition } from '../../../../actors/transactions/transition-rules.ts';
import { assert, suite } from '../../../support/suite.ts';

const test = suite('transition rules');

function row(state: TransactionState, card: string | null = 'c1'): Transaction {
  return { address: 't1', state, card, version: 1, atMs: 0 };
}

function judged(
  current: Transaction | null,
  state: TransactionState,
  card: string | null = 'c1',
): string {
  const verdict = judgeTransition(current, { address: 't1', state, card });
  return verdict.kind === 'refused' ? verdict.error.code : verdict.kind;
}

const cases: readonly [Transaction | null, TransactionState, string][] = [
  [null, 'PENDING', 'changed'],
  [null, 'DELETE', 'changed'],
  [null, 'CONFIRMED', 'not-found'],
  [row('PENDING'), 'PENDING', 'unchanged'],
  [row('PENDING'), 'DELETE', 'changed'],
  [row('PENDING'), 'CONFIRMED', 'changed'],
  [row('DELETE'), 'PENDING', 'refused'],
  [row('DELETE'), 'DELETE', 'unchanged'],
  [row('DELETE'), 'CONFIRMED', 'changed'],
  [null, 'FAILED', 'changed'],
  [row('PENDING'), 'FAILED', 'changed'],
  [row('DELETE'), 'FAILED', 'changed'],
  [row('CONFIRMED'), 'FAILED', 'refused'],
  [row('FAILED'), 'FAILED', 'unchanged'],
  [row('FAILED'), 'DELETE', 'changed'],
  [row('FAILED'), 'PENDING', 'refused'],
  [row('FAILED'), 'CONFIRMED', 'refused'],
  [row('CONFIRMED'), 'PENDING', 'refused'],
  [row('CONFIRMED'), 'DELETE', 'unchanged'],
  [row('CONFIRMED'), 'CONFIRMED', 'unchanged'],
];

for (const [current, wanted, expected] of cases) {
  test(`${current?.state ?? 'nothing'} → ${wanted} is ${expected}`, () => {
    assert.is(judged(current, wanted), expected);
  });
}

test('another card is refused in every state', () => {
  for (const state of ['PENDING', 'DELETE', 'CONFIRMED'] as const) {
    assert.is(judged(row(state), 'DELETE', 'c2'), 'refused');
    assert.is(judged(row(state), 'CONFIRMED', 'c2'), 'refused');
  }
});

test('the first card named is kept', () => {
  const taken = judgeTransition(row('PENDING', null), {
    address: 't1',
    state: 'DELETE',
    card: 'c9',
  });
  assert.equal(taken, { kind: 'changed', card: 'c9' });
  const kept = judgeTransition(row('DELETE'), { address: 't1', state: 'CONFIRMED', card: null });
  assert.equal(kept, { kind: 'changed', card: 'c1' });
});

test('a refusal says what is and what was wanted', () => {
  const verdict = judgeTransition(row('CONFIRMED'), { address: 't1', state: 'DELETE', card: 'c2' });
  assert.ok(verdict.kind === 'refused');
  assert.match(
    verdict.error.message,
    /'t1' is CONFIRMED and cannot become DELETE for the card 'c2': it is about another card/,
  );
});

test.run();
