/** The numbers are those of `actors/chain/burn-verdict.ts`. */
import { judgeSights, raisedFees } from '../../../../actors/chain/burn-verdict.ts';
import type { BurnSight, Mined } from '../../../../actors/chain/web3-wrapper.ts';
import { assert, suite } from '../../../support/suite.ts';

const test = suite('verdict about a burn');
const nonce = 4;
const mined: Mined = { hash: '0x1', block: 90, blockHash: '0xb90', outcome: 'burned' };
const sight = (changes: Partial<BurnSight> = {}): BurnSight => ({
  head: 100,
  final: 90,
  nonce,
  finalNonce: nonce,
  mined: null,
  foreign: null,
  isKnown: true,
  ...changes,
});
const burned = sight({ mined, nonce: 5, finalNonce: 5 });
const kindOf = (...sights: BurnSight[]) => judgeSights(sights, nonce).kind;

const single: readonly (readonly [string, BurnSight, string])[] = [
  ['the bytes wait for a block', sight(), 'waiting'],
  ['no node has the bytes', sight({ isKnown: false }), 'dropped'],
  ['the burn stands in the newest final block', burned, 'burned'],
  ['the block is one too young', sight({ mined: { ...mined, block: 91 } }), 'mined'],
  ['the burn was reverted', sight({ mined: { ...mined, outcome: 'reverted' } }), 'reverted'],
  ['the contract shows no burn', sight({ mined: { ...mined, outcome: 'unburned' } }), 'unburned'],
  ['another transaction is final', sight({ nonce: 5, finalNonce: 5, foreign: '0x9' }), 'foreign'],
  ['the nonce is used in a young block', sight({ nonce: 5 }), 'taken'],
  ['3: the nonce is used, and nobody shows by what', sight({ nonce: 5, finalNonce: 5 }), 'taken'],
];
for (const [title, one, kind] of single)
  test(title, () => {
    assert.is(kindOf(one), kind);
  });

test('the burn is final when each node says so', () => {
  assert.is(kindOf(burned, burned), 'burned');
  assert.is(kindOf(burned, sight({ mined, final: 89 })), 'mined');
  assert.is(kindOf(burned, sight()), 'mined');
  assert.is(kindOf(sight({ isKnown: false }), burned), 'mined');
});

test('nodes on two branches agree on nothing', () => {
  const branch = sight({ mined: { ...mined, blockHash: '0xb90b' } });
  assert.is(kindOf(burned, branch), 'mined');
  assert.is(kindOf(burned, sight({ mined: { ...mined, outcome: 'reverted' } })), 'mined');
});

test('another use of the nonce counts when each node shows the same one', () => {
  const foreign = sight({ foreign: '0x9', nonce: 5 });
  assert.is(kindOf(foreign, foreign), 'foreign');
  assert.is(kindOf(foreign, sight({ foreign: '0x8', nonce: 5 })), 'taken');
  assert.is(kindOf(foreign, sight()), 'taken');
  assert.is(kindOf(foreign, burned), 'mined');
});

test('a node far behind does not keep a burn from being final', () => {
  const late = (head: number) => sight({ head, final: head - 10, isKnown: false });
  assert.is(kindOf(burned, late(68)), 'mined');
  assert.is(kindOf(burned, late(67)), 'burned');
});

test('bytes that one node has are not dropped', () => {
  assert.is(kindOf(sight({ isKnown: false }), sight()), 'waiting');
});

test('fees rise by an eighth and to the market', () => {
  const fees = { maxFee: '80', tip: '8' };
  assert.equal(raisedFees(fees, { maxFee: '1', tip: '1' }, null), { maxFee: '91', tip: '10' });
  assert.equal(raisedFees(fees, { maxFee: '200', tip: '20' }, null), { maxFee: '200', tip: '20' });
});

test('fees above the limit are not offered', () => {
  const fees = { maxFee: '80', tip: '8' };
  assert.is(raisedFees(fees, fees, 90n), undefined);
  assert.equal(raisedFees(fees, fees, 91n), { maxFee: '91', tip: '10' });
});

test.run();
