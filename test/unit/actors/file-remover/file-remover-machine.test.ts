import { fileRemoverMachine } from '../../../../actors/file-remover/file-remover-machine.ts';
import { waitMs, waitsMax } from '../../../../actors/file-remover/removal-waits.ts';
import { queuedReceipt, type Receipt } from '../../../../actors/file-remover/store.ts';
import { defineMachine } from '../../../../runtime/step/machine-definition.ts';
import { caller, given, message } from '../../../../testing.ts';
import { suite } from '../../../support/suite.ts';

const test = suite('file remover machine');

const definition = defineMachine(
  fileRemoverMachine({
    places: { roots: ['/tmp'] },
    quarantineMs: 0,
    facts: { exchange: 'files', routingKey: 'facts' },
  }),
);
const atMs = 1_000_000;
const url = 'file:///tmp/a.png';
const queuedRow = queuedReceipt({ id: 'r1', url, card: 'c1' });
const sha256 = 'ab'.repeat(32);
const replyTo = caller('q1');

const lister = 'the node n1 of tags';

function remove(receipts: readonly Receipt[] = [], from = 'q1', listed: string | null = null) {
  const read = { receipts, lister: listed };
  return message('remove', { url, card: 'c1', id: 'r1' }, { read, replyTo: caller(from) });
}
/** The row that lists the file at the look before the removal. */
const unlisted = { 'file-listings.lister': null };
const listed = { 'file-listings.lister': lister };
const start = given(definition, { key: 'r1', atMs, reads: unlisted });
const preparing = start.when(remove());
const present = { kind: 'present', bytes: 9, sha256, attempts: 1 };
const removing = preparing.finishes('prepareFile', present);

function line(what: string, more: object) {
  return { topic: 'c1', line: { what, file: 'r1', url, card: 'c1', ...more } };
}

test('a receipt is queued before the file is looked at', () => {
  preparing.then({
    state: 'preparing',
    writes: [{ store: 'files', op: 'queue', args: { id: 'r1', url, card: 'c1' } }],
    activities: [{ activity: 'prepareFile', input: { id: 'r1', url } }],
    records: [line('file queued', {})],
    replies: [],
  });
});

test('what is known of the file is durable before it goes', () => {
  removing.then({
    state: 'removing',
    context: { bytes: 9, sha256 },
    writes: [],
    activities: [
      { activity: 'removeFile', input: { id: 'r1', url, evidence: null, accepted: null } },
    ],
  });
});

test('a removed file has a receipt, a fact and an answer', () => {
  removing
    .finishes('removeFile', { kind: 'removed', note: null, attempts: 2 })
    .then({
      state: 'done',
      writes: [
        {
          store: 'files',
          op: 'remove',
          args: {
            id: 'r1',
            bytes: 9,
            sha256,
            evidence: null,
            attempts: 2,
            note: null,
            removedAtMs: atMs,
          },
        },
      ],
      publishes: [
        {
          exchange: 'files',
          routingKey: 'facts',
          action: 'file.removed',
          data: {
            id: 'r1',
            url,
            card: 'c1',
            bytes: 9,
            sha256,
            evidence: null,
            removedAtMs: atMs,
            note: null,
          },
        },
      ],
      records: [line('file removed', { bytes: 9, sha256 })],
      replies: [{ to: replyTo, body: {} }],
    })
    .thenEnded();
});

const other = message(
  'remove',
  { url: 'file:///tmp/b.png', id: 'r1' },
  { read: { receipts: [queuedRow], lister: null }, replyTo },
);

test('another file under the id of a record is refused, at work and later', () => {
  preparing.when(other).thenRefused('refused', /'r1' is not of the file file:\/\/\/tmp\/b\.png/);
  start.when(other).thenRefused('refused', /'r1' is not of the file/);
});

test('a file that is not there counts as removed, and the receipt says so', () => {
  preparing.finishes('prepareFile', { kind: 'absent', note: 'absent', attempts: 1 }).then({
    state: 'done',
    writes: [
      {
        store: 'files',
        op: 'remove',
        args: {
          id: 'r1',
          bytes: null,
          sha256: null,
          evidence: null,
          attempts: 1,
          note: 'absent',
          removedAtMs: atMs,
        },
      },
    ],
    publishes: [{ action: 'file.removed' }],
    records: [line('file absent', { bytes: null, sha256: null })],
    activities: [],
  });
});

test('a refusal leaves the file and says why', () => {
  preparing
    .finishes('prepareFile', { kind: 'refused', note: 'not-permitted: outside', attempts: 1 })
    .then({
      state: 'done',
      writes: [
        {
          store: 'files',
          op: 'fail',
          args: { id: 'r1', attempts: 1, note: 'not-permitted: outside', failedAtMs: atMs },
        },
      ],
      publishes: [],
      replies: [
        {
          to: replyTo,
          body: { error: { code: 409, name: 'refused', message: 'not-permitted: outside' } },
        },
      ],
      activities: [],
    });
});

test('a refusal at the last moment counts', () => {
  removing
    .finishes('removeFile', { kind: 'refused', note: 'not-permitted: a link', attempts: 1 })
    .then({
      writes: [
        {
          store: 'files',
          op: 'fail',
          args: { id: 'r1', attempts: 1, note: 'not-permitted: a link', failedAtMs: atMs },
        },
      ],
      publishes: [],
    });
});

test('a file that cannot be removed is noted as failed', () => {
  const failure = { name: 'broken', code: 500, message: 'EACCES' };
  const expected = {
    state: 'done',
    writes: [
      {
        store: 'files',
        op: 'fail',
        args: { id: 'r1', attempts: 12, note: 'broken: EACCES', failedAtMs: atMs },
      },
    ],
    publishes: [],
    deadLetters: [
      {
        queue: 'spec',
        exchange: 'spec',
        routingKey: 'spec',
        action: 'remove',
        data: { id: 'r1', url, card: 'c1' },
        reason: `the file ${url} is not removed: broken: EACCES`,
      },
    ],
  };
  preparing.fails('prepareFile', failure).then(expected);
  removing.fails('removeFile', failure).then(expected).thenEnded();
});

test('what was removed before is not looked for again', () => {
  start
    .when(remove([{ ...queuedRow, state: 'removed', removedAtMs: 5 }]))
    .then({
      state: 'done',
      writes: [],
      activities: [],
      publishes: [],
      replies: [{ to: replyTo, body: {} }],
    })
    .thenEnded();
});

test('what failed before is tried again', () => {
  start
    .when(remove([{ ...queuedRow, state: 'failed', note: 'x' }]))
    .then({ state: 'preparing', activities: [{ activity: 'prepareFile' }] });
});

test('a second message for the same file waits for the same end', () => {
  removing
    .when(remove([queuedRow], 'q2'))
    .then({ state: 'removing', activities: [], writes: [] })
    .finishes('removeFile', { kind: 'removed', note: null, attempts: 1 })
    .then({ replies: [{ to: replyTo }, { to: caller('q2') }] });
});

const accepted = { status: 'https://files.test/jobs/1' };
const later = { kind: 'later', delayMs: 5_000, note: 'busy', accepted: null, attempts: 1 };

test('a place that is busy is waited for as long as the place says', () => {
  preparing
    .finishes('prepareFile', later)
    .then({
      state: 'pausing',
      records: [line('file waits', { note: 'busy', delayMs: 5_000 })],
      writes: [],
      replies: [],
    })
    .waits(4_999)
    .then({ state: 'pausing' })
    .waits(1)
    .then({ state: 'preparing', activities: [{ activity: 'prepareFile' }] });
});

test('a removal that the place carries out is followed, with growing waits', () => {
  const waiting = removing.finishes('removeFile', { ...later, delayMs: 10, accepted });
  waiting
    .waits(1_000)
    .then({
      state: 'removing',
      activities: [{ activity: 'removeFile', input: { id: 'r1', url, evidence: null, accepted } }],
    })
    .finishes('removeFile', { ...later, delayMs: 10, accepted })
    .then({ state: 'pausing', records: [] })
    .waits(1_999)
    .then({ state: 'pausing' })
    .waits(1)
    .finishes('removeFile', { kind: 'removed', note: null, evidence: { status: 204 }, attempts: 1 })
    .then({
      state: 'done',
      context: { attempts: 3, evidence: { status: 204 } },
      replies: [{ to: replyTo, body: {} }],
    });
});

test('the last wait ends in a failure with the reason', () => {
  let waiting = preparing.finishes('prepareFile', later);
  for (let wait = 1; wait < waitsMax; wait += 1)
    waiting = waiting.waits(waitMs(wait - 1, 5_000)).finishes('prepareFile', later);
  waiting
    .then({ state: 'pausing' })
    .waits(600_000)
    .finishes('prepareFile', later)
    .then({
      state: 'done',
      context: { attempts: waitsMax },
      deadLetters: [
        { reason: `the file ${url} is not removed: timed-out: not done after 100 waits: busy` },
      ],
    });
});

test('a file without a card has its history under its own id', () => {
  start
    .when(message('remove', { url, id: 'r1' }, { read: { receipts: [], lister: null } }))
    .then({ records: [{ topic: 'r1', line: { what: 'file queued', file: 'r1', url } }] });
});

const held = defineMachine(
  fileRemoverMachine({
    places: { roots: ['/tmp'] },
    quarantineMs: 60_000,
    facts: { exchange: 'files', routingKey: 'facts' },
  }),
);
const restore = (read: readonly Receipt[] = [], from = 'q2') =>
  message('restore', { id: 'r1' }, { read, replyTo: caller(from) });
const quarantined = given(held, { key: 'r1', atMs, reads: unlisted })
  .when(remove())
  .finishes('prepareFile', { kind: 'present', bytes: 9, sha256, attempts: 1 });
const restoring = quarantined.when(restore());

test('the callers are answered when the file is in quarantine, and it is removed at its end', () => {
  quarantined.then({
    state: 'held',
    writes: [
      {
        store: 'files',
        op: 'hold',
        args: { id: 'r1', bytes: 9, sha256, attempts: 1, evidence: null },
      },
    ],
    records: [line('file in quarantine', {})],
    replies: [{ to: replyTo, body: { quarantined: { untilMs: atMs + 60_000 } } }],
    activities: [],
  });
  quarantined.waits(60_000).then({ state: 'removing' });
});

test('a file is restored out of quarantine, and its record ends', () => {
  restoring.then({ activities: [{ activity: 'restoreFile', input: { id: 'r1', url } }] });
  restoring
    .finishes('restoreFile', { kind: 'restored' })
    .then({
      state: 'done',
      writes: [{ store: 'files', op: 'restore', args: { id: 'r1' } }],
      records: [line('file restored', {})],
      replies: [{ to: caller('q2'), body: {} }],
    })
    .thenEnded();
});

test('a file that cannot be restored is removed after all, and the sender is told', () => {
  restoring.finishes('restoreFile', { kind: 'not restored', note: 'taken' }).then({
    state: 'removing',
    replies: [{ to: caller('q2'), body: { error: { code: 410, name: 'gone', message: 'taken' } } }],
  });
});

test('no restoration is promised once the removal has begun, or for a removed file', () => {
  quarantined
    .waits(60_000)
    .when(restore())
    .thenRefused('refused', /is being removed/);
  removing.when(restore()).thenRefused('refused', /is being removed/);
  start.when(restore()).thenRefused('not-found', /no file record 'r1'/);
  const gone: Receipt = { ...queuedRow, state: 'removed' };
  start.when(restore([gone])).thenRefused('gone', /is removed/);
  start
    .when(restore([{ ...gone, note: 'absent' }]))
    .then({ replies: [{ to: caller('q2'), body: {} }] });
});

test('a restoration that comes while the file is looked at is done afterwards', () => {
  preparing
    .when(restore())
    .finishes('prepareFile', { kind: 'present', bytes: 9, sha256, attempts: 1 })
    .then({ state: 'restoring' });
});

test('a file that a row lists is not touched, and the receipt names the row', () => {
  start
    .when(remove([], 'q1', lister))
    .then({
      state: 'done',
      writes: [
        { store: 'files', op: 'queue', args: { id: 'r1', url, card: 'c1' } },
        { store: 'files', op: 'keep', args: { id: 'r1', note: lister } },
      ],
      records: [line('file kept', { note: lister })],
      replies: [{ to: replyTo, body: { kept: { by: lister } } }],
      activities: [],
      publishes: [],
      deadLetters: [],
    })
    .thenEnded();
});

test('a file that was kept goes when no row lists the file any more', () => {
  const kept: Receipt = { ...queuedRow, state: 'kept', note: lister };
  start.when(remove([kept])).then({ state: 'preparing' });
  start.when(restore([kept])).then({ activities: [{ activity: 'restoreFile' }] });
});

const returning = given(definition, { key: 'r1', atMs, reads: listed })
  .when(remove())
  .finishes('prepareFile', present);

test('a row that is added while the file is prepared gets the file back', () => {
  returning
    .then({
      state: 'returning',
      activities: [{ activity: 'restoreFile', input: { id: 'r1', url } }],
    })
    .finishes('restoreFile', { kind: 'restored' })
    .then({
      state: 'done',
      writes: [{ store: 'files', op: 'keep', args: { id: 'r1', note: lister } }],
      replies: [{ to: replyTo, body: { kept: { by: lister } } }],
    })
    .thenEnded();
});

test('a row that is added during the quarantine gets the file back at its end', () => {
  given(held, { key: 'r1', atMs, reads: listed })
    .when(remove())
    .finishes('prepareFile', present)
    .then({ state: 'held' })
    .waits(60_000)
    .then({ state: 'returning', activities: [{ activity: 'restoreFile' }] });
});

test('a listed file that cannot go back stays in quarantine, and somebody is told', () => {
  const failed = { writes: [{ store: 'files', op: 'fail' }], deadLetters: [{ action: 'remove' }] };
  returning.finishes('restoreFile', { kind: 'not restored', note: 'taken' }).then(failed);
  returning.fails('restoreFile', { name: 'broken', message: 'EACCES' }).then(failed);
});

test('a restoration that is asked for on the way back is the end of the record', () => {
  returning
    .when(restore())
    .finishes('restoreFile', { kind: 'restored' })
    .then({
      writes: [{ store: 'files', op: 'restore', args: { id: 'r1' } }],
      replies: [{ to: caller('q2'), body: {} }, { to: replyTo }],
    });
});

test('a restored file is never removed under the same id', () => {
  start
    .when(remove([{ ...queuedRow, state: 'restored' }]))
    .thenRefused('refused', /needs a new id/);
});

test.run();
