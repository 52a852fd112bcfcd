/** The numbers are those of `actors/chain/tracer-machine.ts`. */
import { chainWrite } from '../../../../actors/chain/store.ts';
import type { Token } from '../../../../actors/chain/token.ts';
import { tracerMachine } from '../../../../actors/chain/tracer-machine.ts';
import type { BurnSight, Mined, Web3Wrapper } from '../../../../actors/chain/web3-wrapper.ts';
import type { ErrorCode } from '../../../../runtime/ports/errors.ts';
import { defineMachine } from '../../../../runtime/step/machine-definition.ts';
import { caller, given, message } from '../../../../testing.ts';
import { suite } from '../../../support/suite.ts';

const test = suite('tracer');
const account = `0x${'ef'.repeat(20)}`;
const token: Token = {
  chain: 1,
  contract: `0x${'ab'.repeat(20)}`,
  standard: 'erc721',
  id: '7',
  account: `0x${'cd'.repeat(20)}`,
};
const web3 = (chain: number) => (chain === 1 ? ({} as Web3Wrapper) : undefined);
const definition = defineMachine(
  tracerMachine({ web3, pollMs: 100, stuckMs: 300, maxFeeLimit: () => 1_000n }),
);
const atMs = 1_000_000;
const replyTo = caller('q1');
const fees = { maxFee: '80', tip: '8' };
const possible = { kind: 'possible', account, nonce: 4, gas: '60000', fees, head: 90 };
const request = (changes: object = {}, read: unknown = null) =>
  message('burn', { id: 'b1', token, card: 'c1', ...changes }, { read, replyTo });

const reservation = { burn: 'b1', chain: 1, account, nonce: 6 };
const reads = { 'chain.reservation': reservation };
const start = given(definition, { key: 'b1', atMs, reads });
const checking = start.when(request());
const reserved = checking.finishes('checkBurn', possible);
const signing = reserved.waits(0);
const signed = { hash: '0x1', raw: '0x02f8' };
const broadcasting = signing.finishes('signBurn', signed);
const looking = broadcasting.finishes('broadcastBurn', { kind: 'accepted', note: null });

const mined: Mined = { hash: '0x1', block: 91, blockHash: '0xb91', outcome: 'burned' };
const sight = (changes: Partial<BurnSight> = {}) => ({
  sights: [
    {
      head: 100,
      final: 90,
      nonce: 6,
      finalNonce: 6,
      mined: null,
      foreign: null,
      isKnown: true,
      ...changes,
    },
  ],
  silent: [],
});
const line = (what: string, more: object = {}) => ({
  topic: 'c1',
  line: {
    what,
    burn: 'b1',
    token: `erc721 7 of ${token.contract} on chain 1`,
    card: 'c1',
    ...more,
  },
});

test('the chain is asked before a nonce is given', () => {
  checking.then({
    state: 'checking',
    activities: [{ activity: 'checkBurn', input: { token } }],
    writes: [chainWrite('open', { id: 'b1', token, atMs })],
  });
  reserved.then({
    state: 'reserved',
    writes: [chainWrite('reserve', { burn: 'b1', chain: 1, account, floor: 4 })],
    activities: [],
  });
});

test('a burn that can never succeed fails with the reason, and gets no nonce', () => {
  checking.finishes('checkBurn', { kind: 'impossible', reason: 'there is no token 7' }).then({
    state: 'done',
    writes: [
      chainWrite('end', {
        id: 'b1',
        state: 'failed',
        hash: null,
        block: null,
        reason: 'there is no token 7',
        atMs,
      }),
    ],
    replies: [
      {
        to: replyTo,
        body: { error: { code: 409, name: 'refused', message: 'there is no token 7' } },
      },
    ],
  });
});

test('the order is signed with the nonce of the store', () => {
  signing.then({
    state: 'signing',
    activities: [{ activity: 'signBurn', input: { token, nonce: 6, gas: '60000', fees } }],
  });
});

test('signed bytes are stored in the commit that asks for their broadcast', () => {
  broadcasting.then({
    state: 'broadcasting',
    writes: [chainWrite('keep', { ...reservation, ...signed, atMs })],
    activities: [{ activity: 'broadcastBurn', input: { chain: 1, raw: '0x02f8' } }],
  });
});

for (const kind of ['known', 'nonce-used', 'underpriced', 'rejected'] as const)
  test(`a broadcast that is '${kind}' is no end`, () => {
    broadcasting
      .finishes('broadcastBurn', { kind, note: 'note' })
      .then({ state: 'looking', writes: [], replies: [] });
  });

test('a final burn is written and answered', () => {
  looking.finishes('lookAtBurn', sight({ mined, final: 91, nonce: 7 })).then({
    state: 'done',
    writes: [
      chainWrite('end', {
        id: 'b1',
        state: 'burned',
        hash: '0x1',
        block: 91,
        reason: null,
        atMs,
      }),
    ],
    replies: [
      { to: replyTo, body: { response: 'ok', burn: { id: 'b1', hash: '0x1', block: 91 } } },
    ],
  });
});

test('a block that is not final is looked at again', () => {
  const young = looking.finishes('lookAtBurn', sight({ mined, nonce: 7 }));
  young.then({ state: 'resting', records: [line('burn in a block', mined)], replies: [] });
  young.waits(100).then({ state: 'looking' });
});

test('a reorganisation takes the burn back into the wait', () => {
  const young = looking.finishes('lookAtBurn', sight({ mined, nonce: 7 })).waits(100);
  young.finishes('lookAtBurn', sight()).then({
    state: 'resting',
    records: [line('burn taken back by a reorganisation', mined)],
  });
});

test('dropped bytes are sent again, the same ones', () => {
  looking
    .finishes('lookAtBurn', sight({ isKnown: false }))
    .waits(100)
    .then({
      state: 'broadcasting',
      activities: [{ activity: 'broadcastBurn', input: { chain: 1, raw: '0x02f8' } }],
    });
});

const stuck = looking
  .finishes('lookAtBurn', sight())
  .waits(100)
  .finishes('lookAtBurn', sight())
  .waits(100)
  .finishes('lookAtBurn', sight());

test('a stuck transaction is signed again with the same nonce and a higher fee', () => {
  stuck.then({ state: 'pricing', activities: [{ activity: 'askMarket', input: { chain: 1 } }] });
  stuck.finishes('askMarket', { maxFee: '85', tip: '9' }).then({
    state: 'signing',
    activities: [
      {
        activity: 'signBurn',
        input: { token, nonce: 6, gas: '60000', fees: { maxFee: '91', tip: '10' } },
      },
    ],
  });
});

test('all bytes of the nonce are followed', () => {
  const second = { hash: '0x2', raw: '0x02f9' };
  stuck
    .finishes('askMarket', fees)
    .finishes('signBurn', second)
    .finishes('broadcastBurn', { kind: 'accepted', note: null })
    .then({
      state: 'looking',
      activities: [
        {
          activity: 'lookAtBurn',
          input: { token, account, nonce: 6, hashes: ['0x1', '0x2'], since: 90 },
        },
      ],
    });
});

test('above the limit of the fee a transaction waits', () => {
  stuck.finishes('askMarket', { maxFee: '1001', tip: '9' }).then({
    state: 'resting',
    records: [
      line('burn waits: the limit allows no higher fee', { nonce: 6, maxFee: '80', tip: '8' }),
    ],
  });
});

test('a young use of the nonce by another transaction changes nothing', () => {
  looking.finishes('lookAtBurn', sight({ nonce: 7 })).then({ state: 'resting', writes: [] });
});

test('a final use of the nonce by another transaction leads to a new check and a new nonce', () => {
  const foreign = looking.finishes(
    'lookAtBurn',
    sight({ nonce: 7, finalNonce: 7, foreign: '0x9' }),
  );
  foreign.then({
    state: 'checking',
    records: [line('nonce used by another transaction', { nonce: 6, foreign: '0x9' })],
  });
  foreign.finishes('checkBurn', { ...possible, nonce: 7 }).then({
    context: { hashes: [] },
    writes: [chainWrite('reserve', { burn: 'b1', chain: 1, account, floor: 7 })],
  });
});

test('a burn that is reverted for good fails with what the chain says of the token', () => {
  const reverted = { ...mined, outcome: 'reverted' as const };
  const explaining = looking.finishes('lookAtBurn', sight({ mined: reverted, final: 91 }));
  explaining.then({ state: 'explaining', writes: [] });
  explaining
    .finishes('checkBurn', { kind: 'impossible', reason: 'the token 7 belongs to nobody' })
    .then({
      state: 'done',
      writes: [
        chainWrite('end', {
          id: 'b1',
          state: 'failed',
          hash: '0x1',
          block: 91,
          reason: 'the token 7 belongs to nobody',
          atMs,
        }),
      ],
    });
});

test('a signature that cannot be made is waited for', () => {
  signing
    .fails('signBurn', { name: 'Broken', message: 'no key' })
    .then({ state: 'unsigned', records: [line('burn waits', { reason: 'no key' })] });
});

test('an ended burn is answered from its row', () => {
  const row = { id: 'b1', token, state: 'burned', hash: '0x1', block: 91, reason: null, atMs };
  start.when(request({}, row)).then({
    state: 'done',
    writes: [],
    replies: [
      { to: replyTo, body: { response: 'ok', burn: { id: 'b1', hash: '0x1', block: 91 } } },
    ],
  });
});

const refusals: readonly (readonly [string, object, unknown, ErrorCode])[] = [
  ['of a chain without a config', { token: { ...token, chain: 2 } }, null, 'not-supported'],
  ['of two deeds', { token: { ...token, amount: '2' } }, null, 'bad-message'],
  [
    'of another token under the same id',
    { token: { ...token, id: '8' } },
    { id: 'b1', token, state: 'open', hash: null, block: null, reason: null, atMs },
    'refused',
  ],
];
for (const [title, changes, row, code] of refusals)
  test(`a burn ${title} is refused`, () => {
    start.when(request(changes, row)).thenRefused(code);
  });

test.run();
