/** Everything that can become of the machines for cards. */
import type { DeletionPorts } from '../../../../actors/cards/card-deletion.ts';
import { cardDeletionMachine } from '../../../../actors/cards/card-deletion-machine.ts';
import { cardMachine } from '../../../../actors/cards/card-machine.ts';
import type { Card, CardLookup } from '../../../../actors/cards/store.ts';
import { answer, caller, explore, message } from '../../../../testing.ts';
import { assertExplored, together } from '../../../support/explored.ts';
import { suite } from '../../../support/suite.ts';

const test = suite('cards, explored', { deadlineMs: 60_000 });

const portsOf = (undeleteMs: number): DeletionPorts => ({
  locks: { acquire: async () => undefined, keep: () => undefined, release: async () => true },
  settings: {
    lockTtlMs: 60_000,
    lockDeadlineMs: 5_000,
    callerDeadlineMs: 30_000,
    filesWaitMs: 5_000,
    undeleteMs,
    ownerHeader: null,
    provesUsers: false,
  },
  burns: { exchange: 'burns', routingKey: 'burns' },
  transactions: { exchange: 'transactions', routingKey: 'transactions' },
  files: { exchange: 'files', routingKey: 'files' },
  chains: { exchange: 'chains', routingKey: 'chains_consume' },
});
const card: Card = {
  id: 'c1',
  owner: 'kim',
  kind: 'db',
  state: 'active',
  transaction: 't1',
  metadata: { must_be_deleted_files: ['file:///tmp/a.png'] },
  version: 4,
};
const bare: Card = { ...card, transaction: null };
const ofChain: Card = {
  ...card,
  kind: 'erc',
  token: { chain: 1, contract: '0xab', standard: 'erc721', id: '7', account: '0xcd' },
};
const lookups: readonly CardLookup[] = [
  { card, tombstone: null },
  { card: bare, tombstone: null },
  { card: ofChain, tombstone: null },
  { card: { ...ofChain, transaction: null }, tombstone: null },
  { card: null, tombstone: { id: 'c1', owner: 'kim' } as never },
  { card: null, tombstone: null },
];

function deletions(mode: 'sync' | 'async') {
  return lookups.map((read) =>
    message('delete', { id: 'c1', owner: 'kim', mode }, { read, replyTo: caller('q1') }),
  );
}
const undeletions = [
  ...lookups,
  { card: null, tombstone: { id: 'c1', owner: 'lee' } as never },
].map((read) => message('undelete', { id: 'c1', owner: 'kim' }, { read, replyTo: caller('q2') }));
const burns = lookups.map((read) => message('mcard_burn', { card: 'c1', owner: 'kim' }, { read }));
const ownBurn = message(
  'mcard_burn',
  { card: 'c1', owner: 'kim' },
  { read: { card, tombstone: null }, headers: { request_id: 'explored/c1/explored/burn' } },
);
const replays = [undefined, `0x${'7'.repeat(64)}`].flatMap((burn) =>
  lookups.map((read) =>
    message(
      'replayDeletion',
      { id: 'c1', ...(burn === undefined ? {} : { burn }), by: 'ada', why: 'restored' },
      { read, replyTo: caller('q3') },
    ),
  ),
);
const failure = { error: { name: 'Error', message: 'why' } };
const processed = [
  { response: 'ok' },
  { error: { code: 409, name: 'refused', message: 'why' } },
  { error: { code: 503, name: 'journal-locked', message: 'not now' } },
];
/** Answers that come when nobody waits for them any more, or not yet. */
const stray = { id: 'another', url: 'file:///another' };
const answered = [
  'transaction.marked',
  'transaction.confirmed',
  'transaction.failed',
  'token.checked',
  'token.burned',
];
const strayAnswers = [...answered, 'file.ended', 'file.restored'].flatMap((type) => [
  answer(type, processed[0] ?? null, stray),
  answer(`${type}.unroutable`, null),
]);

function explored(undeleteMs: number) {
  return explore(cardDeletionMachine(portsOf(undeleteMs)), {
    alphabet: {
      events: [
        ...deletions('sync'),
        ...deletions('async'),
        ...burns,
        ownBurn,
        ...replays,
        ...undeletions,
        ...strayAnswers,
      ],
      answers: {
        'transaction.marked': processed,
        'transaction.confirmed': processed,
        'transaction.failed': processed,
        'token.checked': processed,
        'token.burned': processed,
        'file.ended': [...processed, { quarantined: { untilMs: 1 } }],
        'file.restored': processed,
      },
      activities: {
        acquireLock: [{ output: null }, { output: 'unreachable' }, failure],
        releaseLock: [{ output: true }, failure],
      },
      reads: {
        'cards.turn': [
          { ticket: 1, ahead: null },
          { ticket: 1, ahead: 'c0' },
        ],
        'cards.unlisted': [[], ['file:///tmp/a.png']],
        'cards.removal': [
          { card: card as never, shared: [] },
          { card: null, shared: [] },
        ],
      },
    },
    input: { key: 'c1' },
    view: ({ card: of, replay, callers, kept, isWanted, files, restoring, unrestored }) => [
      of ?? null,
      replay !== null,
      ...[callers, files, restoring, unrestored].map(
        (list) => (list as readonly unknown[]).length > 0,
      ),
      kept !== null,
      isWanted ?? null,
    ],
  });
}

test('the deletion of a card reaches every state and takes every transition', () => {
  assertExplored(together(explored(0), explored(60_000)));
});

test('the creation of a card', () => {
  const create = (data: object) => message('create', { owner: 'kim', ...data });
  assertExplored(
    explore(cardMachine(null), {
      alphabet: { events: [create({}), create({ id: 'c1' }), create({ kind: 'chain' })] },
    }),
  );
});

test.run();
