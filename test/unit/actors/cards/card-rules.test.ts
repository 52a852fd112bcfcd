import {
  creationRefusal,
  judgeDeletion,
  resendDelayMs,
  transactionRefusal,
} from '../../../../actors/cards/card-rules.ts';
import type { CreateCard } from '../../../../actors/cards/messages.ts';
import type { Card } from '../../../../actors/cards/store.ts';
import type { Token } from '../../../../actors/chain/token.ts';
import { assert, suite } from '../../../support/suite.ts';

const test = suite('card rules');
const card: Card = {
  id: 'c1',
  owner: 'kim',
  kind: 'db',
  state: 'active',
  transaction: 't1',
  metadata: {},
  version: 1,
};
const tombstone = { id: 'c1', owner: 'kim', atMs: 1 };

test('the owner may delete', () => {
  assert.equal(judgeDeletion({ card, tombstone: null }, 'c1', 'kim'), { kind: 'admitted', card });
});

test('a card that is shown as deleted may be deleted: its deletion goes on', () => {
  assert.is(
    judgeDeletion({ card: { ...card, state: 'deleted' }, tombstone: null }, 'c1', 'kim').kind,
    'admitted',
  );
});

test('somebody else may not, and does not learn whose it is', () => {
  const verdict = judgeDeletion({ card, tombstone: null }, 'c1', 'lee');
  assert.ok(verdict.kind === 'refused');
  assert.is(verdict.error.code, 'not-permitted');
  assert.match(verdict.error.message, /'c1'/);
  assert.not.match(verdict.error.message, /kim/);
});

test('a card that is gone is gone for its owner only', () => {
  assert.is(judgeDeletion({ card: null, tombstone }, 'c1', 'kim').kind, 'gone');
  assert.is(judgeDeletion({ card: null, tombstone }, 'c1', 'lee').kind, 'refused');
});

test('an unknown card is not found', () => {
  const verdict = judgeDeletion({ card: null, tombstone: null }, 'c1', 'kim');
  assert.is(verdict.kind === 'refused' && verdict.error.code, 'not-found');
});

const token: Token = {
  chain: 1,
  contract: `0x${'ab'.repeat(20)}`,
  standard: 'erc721',
  id: '7',
  account: `0x${'cd'.repeat(20)}`,
};

test('a card of the kind erc is deleted by its owner', () => {
  const verdict = judgeDeletion(
    { card: { ...card, kind: 'erc', token }, tombstone: null },
    'c1',
    'kim',
  );
  assert.is(verdict.kind, 'admitted');
});

const ofChain: readonly (readonly [string, Partial<CreateCard>, boolean, string | undefined])[] = [
  ['with its token', { kind: 'erc', token }, true, undefined],
  ['without a service that burns', { kind: 'erc', token }, false, 'not-supported'],
  ['without a token', { kind: 'erc' }, true, 'bad-message'],
  ['of many deeds', { kind: 'erc', token: { ...token, amount: '2' } }, true, 'bad-message'],
  ['of the kind db with a token', { token }, true, 'bad-message'],
];
for (const [title, data, burns, code] of ofChain)
  test(`a card ${title} is ${code ?? 'created'}`, () => {
    assert.is(creationRefusal({ owner: 'kim', ...data }, burns)?.code, code);
  });

test('metadata no database keeps are refused', () => {
  for (const text of ['a\u0000b', 'a\ud800b', '\u0000']) {
    assert.is(
      creationRefusal({ owner: 'kim', metadata: { note: text } as object }, true)?.code,
      'bad-message',
      JSON.stringify(text),
    );
  }
});

test('a listed URL that names no file exactly is refused with its place and its reason', () => {
  const urls = ['file:///tmp/a.png', 'https://example.org/b.png', 'file:///tmp/c.png?v=2'];
  const refusal = creationRefusal(
    { owner: 'kim', metadata: { must_be_deleted_files: urls } },
    true,
  );
  assert.equal(
    [refusal?.code, refusal?.at],
    ['bad-message', '/data/metadata/must_be_deleted_files/2'],
  );
  assert.match(refusal?.message ?? '', /'file:\/\/\/tmp\/c\.png\?v=2' .* it has a query/);
  const inOrder = { must_be_deleted_files: urls.slice(0, 2) };
  assert.is(creationRefusal({ owner: 'kim', metadata: inOrder }, true), undefined);
});

test('what only looks like it is kept', () => {
  for (const text of ['\\u0000', '\\\\u0000', '😀', '\u0001']) {
    assert.is(
      creationRefusal({ owner: 'kim', metadata: { note: text } as object }, true),
      undefined,
      JSON.stringify(text),
    );
  }
});

test('answers of every age are understood', () => {
  for (const answer of ['ok', true, { response: 'ok' }])
    assert.is(transactionRefusal(answer), undefined);
  assert.equal(transactionRefusal({ error: { code: 409, name: 'refused', message: 'no' } }), {
    code: 409,
    name: 'refused',
    message: 'no',
  });
  assert.equal(transactionRefusal({ response: 'no', message: 'why' }), {
    code: 409,
    name: 'refused',
    message: 'why',
  });
  assert.equal(transactionRefusal(null), { code: 409, name: 'refused', message: 'null' });
});

test('questions are asked again soon, and then once a minute for ever', () => {
  const delays = [0, 1, 2, 3, 4, 5, 6, 1_000].map(resendDelayMs);
  assert.equal(delays, [1_000, 2_000, 5_000, 10_000, 30_000, 60_000, 60_000, 60_000]);
});

test.run();
