import type { DeletionPorts } from '../../../../actors/cards/card-deletion.ts';
import { cardDeletionMachine } from '../../../../actors/cards/card-deletion-machine.ts';
import type { Card, CardLookup } from '../../../../actors/cards/store.ts';
import type { Headers } from '../../../../runtime/ports/envelope.ts';
import type { JsonObject } from '../../../../runtime/ports/json.ts';
import { defineMachine } from '../../../../runtime/step/machine-definition.ts';
import { answer, caller, given, message } from '../../../../testing.ts';
import { suite } from '../../../support/suite.ts';

const test = suite('card deletion machine', { deadlineMs: 60_000 });

const ports: DeletionPorts = {
  locks: { acquire: async () => undefined, keep: () => undefined, release: async () => true },
  settings: {
    lockTtlMs: 60_000,
    lockDeadlineMs: 5_000,
    callerDeadlineMs: 30_000,
    filesWaitMs: 5_000,
    undeleteMs: 0,
    ownerHeader: null,
    provesUsers: false,
  },
  burns: { exchange: 'mcard.single_burn', routingKey: 'mcard.single_burn' },
  transactions: { exchange: 'transaction.process', routingKey: 'transaction.process' },
  files: { exchange: 'file_management_queue', routingKey: 'file_management_queue' },
  chains: { exchange: 'chains', routingKey: 'chains_consume' },
};
const definition = defineMachine(cardDeletionMachine(ports));
const atMs = 1_000_000;
const files = ['file:///tmp/a.png', 'file:///tmp/b.png'];
const card: Card = {
  id: 'c1',
  owner: 'kim',
  kind: 'db',
  state: 'active',
  transaction: 't1',
  metadata: { must_be_deleted_files: files },
  version: 4,
};
const lookup: CardLookup = { card, tombstone: null };
const marked: CardLookup = { card: { ...card, state: 'deleted', version: 5 }, tombstone: null };
const replyTo = caller('q1');
const ok = { response: 'ok' };
const lock = { name: 'transaction/t1', holder: 'c1' };

function deletion(
  options: { owner?: string; mode?: 'sync' | 'async'; read?: CardLookup; from?: string } = {},
) {
  const { owner = 'kim', mode, read = lookup, from = 'q1' } = options;
  return message(
    'delete',
    { id: 'c1', owner, ...(mode === undefined ? {} : { mode }) },
    { read, replyTo: caller(from) },
  );
}
function burn(read = lookup, owner = 'kim') {
  return message('mcard_burn', { card: 'c1', owner }, { read });
}
function markQuestion(refusals = 0) {
  const data = { transaction: 't1', card: 'c1', state: 'DELETE' };
  return {
    exchange: 'transaction.process',
    routingKey: 'transaction.process',
    action: 'process',
    data,
    messageId: `service/c1/new-1/DELETE/${refusals}`,
    answer: 'transaction.marked',
  };
}
function error(name: string, code: number) {
  return { name, code, message: 'why' };
}

const first = { ticket: 7, ahead: null };
function removal(row: Card | null = marked.card, shared: readonly string[] = []) {
  return { 'cards.removal': { card: row, shared } as never, 'cards.turn': first as never };
}
const fileIds = files.map((url, index) => ({ url, id: `service/c1/new-1/file/${index}` }));
const fileEnds = (...answers: readonly JsonObject[]) =>
  answers.map((body, index) => answer('file.ended', body, fileIds[index]));

const start = given(definition, { key: 'c1', atMs, reads: removal() });
const begun = start.when(deletion());
const locking = begun.waits(0);
const marking = locking.finishes('acquireLock', null);
const confirming = marking.when(answer('transaction.marked', ok));
const releasing = confirming.when(answer('transaction.confirmed', ok));
const collecting = releasing.finishes('releaseLock', true);
const queued = start.when(deletion({ mode: 'async' }));

test('the state deleted is written before anything else is begun, and by itself', () => {
  begun.then({
    state: 'waiting',
    writes: [
      {
        store: 'cards',
        op: 'markDeleted',
        args: { id: 'c1', lock: 'transaction/t1' },
        expect: { version: 4 },
      },
    ],
    records: [
      {
        topic: 'c1',
        line: { what: 'card state', card: 'c1', transaction: 't1', state: 'deleted', by: 'kim' },
      },
    ],
    activities: [],
    asks: [],
    publishes: [],
    replies: [],
  });
  locking.then({ activities: [{ activity: 'acquireLock', input: lock }] });
});

test('with the lock the transaction is asked to be marked', () => {
  marking.then({ state: 'marking', asks: [markQuestion()], writes: [], publishes: [] });
});

test('row, files and the next question are one step (row before file)', () => {
  confirming.then({
    state: 'confirming',
    writes: [
      {
        store: 'cards',
        op: 'remove',
        args: { id: 'c1', atMs, shared: [] },
        expect: { version: 5, ticket: 7 },
      },
    ],
    asks: [
      ...fileIds.map(({ url, id }) => ({
        exchange: 'file_management_queue',
        routingKey: 'file_management_queue',
        messageId: id,
        body: { url, card: 'c1', id },
      })),
      {
        messageId: 'service/c1/new-1/confirmed/0',
        data: { transaction: 't1', card: 'c1', state: 'confirmed' },
      },
    ],
    records: [
      {
        topic: 'c1',
        line: { what: 'card removed', card: 'c1', transaction: 't1', files, shared: [] },
      },
    ],
    replies: [],
  });
});

test('the deletion of a later card of the same id sends under other ids', () => {
  const later = collecting
    .when(fileEnds({})[0] as never)
    .when(fileEnds({}, {})[1] as never)
    .when(deletion({ mode: 'async' }));
  later.then({ publishes: [{ messageId: 'service/c1/new-12/burn' }] });
});

test('no file is asked for before that', () => {
  locking.then({ asks: [] });
  marking.then({ asks: [markQuestion()] });
});

function askedFiles(row: Card, shared: readonly string[] = []) {
  return given(definition, { key: 'c1', reads: removal(row, shared) })
    .when(deletion())
    .waits(0)
    .finishes('acquireLock', null)
    .when(answer('transaction.marked', ok));
}

test('a file that is listed twice, in any spelling, goes once', () => {
  const urls = ['file:///a%28', 'file:///a('];
  askedFiles({ ...card, metadata: { must_be_deleted_files: urls } }).then({
    asks: [{ messageId: 'service/c1/new-1/file/0' }, { answer: 'transaction.confirmed' }],
  });
});

test('a file that another card lists too stays, and the store is told so', () => {
  askedFiles(card, files.slice(0, 1)).then({
    writes: [{ op: 'remove', args: { id: 'c1', atMs, shared: files.slice(0, 1) } }],
    asks: [
      { about: { url: files[1] ?? '', id: 'service/c1/new-1/file/0' } },
      { answer: 'transaction.confirmed' },
    ],
  });
});

test('the caller is answered when all files are gone', () => {
  const [first, second] = fileEnds({}, {});
  collecting
    .then({ state: 'collecting', replies: [] })
    .when(first as never)
    .then({ state: 'collecting', replies: [] })
    .when(second as never)
    .then({ state: 'done', replies: [{ to: replyTo, body: {} }], records: [] })
    .thenEnded();
});

test('a file that cannot be removed is in the answer and in the history', () => {
  const partly = [{ url: files[0] ?? '', reason: 'why' }];
  const [first, second] = fileEnds({ error: error('refused', 409) }, {});
  collecting
    .when(first as never)
    .when(second as never)
    .then({
      replies: [{ to: replyTo, body: { partly } }],
      records: [
        {
          topic: 'c1',
          line: { what: 'files not removed', card: 'c1', transaction: 't1', files: partly },
        },
      ],
    })
    .thenEnded();
});

test('files that are gone before the confirmation count, and a repeated answer counts once', () => {
  const [first, second] = fileEnds({ error: error('refused', 409) }, {});
  confirming
    .when(first as never)
    .when(first as never)
    .when(second as never)
    .when(answer('transaction.confirmed', ok))
    .finishes('releaseLock', true)
    .then({
      state: 'done',
      replies: [{ body: { partly: [{ url: files[0] ?? '', reason: 'why' }] } }],
    });
});

test('a file remover that does not answer keeps nobody waiting, and the removal goes on', () => {
  const reason = 'not removed yet: the file remover has not answered, and the removal goes on';
  const open = { url: files[1] ?? '', reason };
  const gone = { card: null, tombstone: { id: 'c1', owner: 'kim', atMs } };
  collecting
    .when(fileEnds({})[0] as never)
    .waits(4_999)
    .then({ replies: [] })
    .waits(1)
    .then({ state: 'collecting', replies: [{ to: replyTo, body: { partly: [open] } }] })
    .when(deletion({ from: 'q2', read: gone }))
    .waits(30_000)
    .then({ replies: [{ to: caller('q2'), body: { partly: [open] } }] })
    .when(fileEnds({}, {})[1] as never)
    .then({ state: 'done', replies: [] })
    .thenEnded();
});

test('open removals are asked for again, later and later', () => {
  collecting
    .when(fileEnds({})[0] as never)
    .waits(60_000)
    .then({ state: 'collecting', asks: [{ messageId: fileIds[1]?.id ?? '' }] })
    .waits(119_999)
    .then({ asks: [] })
    .waits(1)
    .then({ asks: [{ messageId: fileIds[1]?.id ?? '' }] });
});

test('when it is confirmed the lock is given back, whatever the files do', () => {
  releasing
    .then({
      state: 'releasing',
      replies: [],
      activities: [{ activity: 'releaseLock', input: lock }],
    })
    .finishes('releaseLock', true)
    .then({
      state: 'collecting',
      records: [
        {
          topic: 'c1',
          line: { what: 'lock released', card: 'c1', transaction: 't1', lock: 'transaction/t1' },
        },
      ],
    });
});

test('a lock that cannot be given back ends by itself', () => {
  releasing.fails('releaseLock', error('broken', 500)).then({ state: 'collecting' });
});

test('the question is asked again under the same identity after 1, 2, 5, 10, 30, 60, 60 … s', () => {
  let waiting = marking;
  for (const delayMs of [1_000, 2_000, 5_000, 10_000, 30_000, 60_000, 60_000]) {
    waiting = waiting
      .waits(delayMs - 1)
      .then({ asks: [] })
      .waits(1)
      .then({ state: 'marking', asks: [markQuestion()] });
  }
});

test('the confirmation is asked again as well, beginning with the short delays', () => {
  marking
    .waits(18_000)
    .when(answer('transaction.marked', ok))
    .waits(1_000)
    .then({ state: 'confirming', asks: [{ messageId: 'service/c1/new-1/confirmed/0' }] });
});

test('a question that came back is asked again later', () => {
  marking
    .when({ type: 'transaction.marked.unroutable' })
    .then({ state: 'marking', asks: [] })
    .waits(1_000)
    .then({ asks: [markQuestion()] });
});

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

const behind = { 'cards.turn': { ticket: 9, ahead: 'c0' } as never };
const lockLine = { card: 'c1', transaction: 't1', lock: 'transaction/t1' };

test('a deletion that is not first waits, and the history names the card in front once', () => {
  const waiting = given(definition, { key: 'c1', reads: { ...removal(), ...behind } })
    .when(deletion())
    .waits(0);
  waiting.then({ state: 'waiting', activities: [], asks: [] });
  waiting
    .waits(1_000)
    .then({ state: 'waiting', records: [] })
    .waits(3_600_000)
    .then({ state: 'waiting', asks: [] });
});

test('a lock that another program holds is waited for, and the history says so', () => {
  locking
    .waits(5_000)
    .then({
      state: 'locking',
      asks: [],
      stopped: [],
      records: [{ topic: 'c1', line: { what: 'waiting for lock', ...lockLine, fence: 7 } }],
    })
    .waits(3_600_000)
    .then({ state: 'locking', asks: [] });
});

test('locks that cannot be reached are done without', () => {
  locking.finishes('acquireLock', 'unreachable').then({
    state: 'marking',
    records: [{ topic: 'c1', line: { what: 'lock not taken', ...lockLine } }],
  });
  locking.fails('acquireLock', error('broken', 500)).then({ state: 'marking' });
});

test('a card without a transaction is removed at once when its own lock is taken', () => {
  const alone = { card: { ...card, transaction: null }, tombstone: null };
  given(definition, {
    key: 'c1',
    atMs,
    reads: removal({ ...alone.card, version: 5 }),
  })
    .when(deletion({ read: alone }))
    .waits(0)
    .then({ activities: [{ activity: 'acquireLock', input: { name: 'card/c1', holder: 'c1' } }] })
    .finishes('acquireLock', null)
    .then({
      state: 'releasing',
      writes: [
        {
          store: 'cards',
          op: 'remove',
          args: { id: 'c1', atMs, shared: [] },
          expect: { version: 5, ticket: 7 },
        },
        { store: 'cards', op: 'leave', args: { id: 'c1' } },
      ],
      asks: [{ answer: 'file.ended' }, { answer: 'file.ended' }],
      replies: [],
    });
});

test('a row somebody else has removed is passed over, its transaction is confirmed', () => {
  given(definition, { key: 'c1', reads: removal(null) })
    .when(deletion())
    .waits(0)
    .finishes('acquireLock', null)
    .when(answer('transaction.marked', ok))
    .then({
      state: 'confirming',
      writes: [],
      publishes: [],
      asks: [{ messageId: 'service/c1/new-1/confirmed/0' }],
    });
});

test('a caller who waits too long gets an error, once, and the deletion goes on', () => {
  marking
    .waits(30_000)
    .then({ state: 'marking', replies: [{ to: replyTo }] })
    .when(answer('transaction.marked', ok))
    .when(answer('transaction.confirmed', ok))
    .then({ state: 'releasing', replies: [] });
});

test('whoever was answered is not told that it is late', () => {
  marking
    .waits(30_000)
    .then({ replies: [{ to: replyTo }] })
    .waits(60_000)
    .then({ replies: [] });
});

test('every caller is answered at the end', () => {
  marking
    .when(deletion({ from: 'q2', read: marked }))
    .then({ state: 'marking', replies: [], writes: [] })
    .when(answer('transaction.marked', ok))
    .when(answer('transaction.confirmed', ok))
    .finishes('releaseLock', true)
    .when(fileEnds({})[0] as never)
    .when(fileEnds({}, {})[1] as never)
    .then({
      replies: [
        { to: replyTo, body: {} },
        { to: caller('q2'), body: {} },
      ],
    });
});

test('a caller who comes when all is done but the files waits for the files', () => {
  collecting
    .when(
      deletion({ from: 'q2', read: { card: null, tombstone: { id: 'c1', owner: 'kim', atMs } } }),
    )
    .then({ state: 'collecting', replies: [] })
    .when(fileEnds({})[0] as never)
    .when(fileEnds({}, {})[1] as never)
    .then({ replies: [{ to: replyTo }, { to: caller('q2'), body: {} }] });
});

test('async: accepted at once, and a burn is queued under its own identity', () => {
  queued.then({
    state: 'queued',
    writes: [
      {
        store: 'cards',
        op: 'markDeleted',
        args: { id: 'c1', lock: 'transaction/t1' },
        expect: { version: 4 },
      },
    ],
    replies: [{ to: replyTo, body: {} }],
    publishes: [
      {
        exchange: 'mcard.single_burn',
        routingKey: 'mcard.single_burn',
        messageId: 'service/c1/new-1/burn',
        headers: { request_id: 'service/c1/new-1/burn' },
        body: { mcard_burn: { card: 'c1', owner: 'kim', transaction: 't1', kind: 'db' } },
      },
    ],
    activities: [],
  });
});

test('async: the burn goes on with the lock', () => {
  queued
    .when(burn(marked))
    .then({ state: 'locking', writes: [], activities: [{ activity: 'acquireLock', input: lock }] });
});

test('async: a burn that got lost is published again', () => {
  queued
    .waits(1_000)
    .then({ state: 'queued', publishes: [{ messageId: 'service/c1/new-1/burn' }] });
});

test('async: a burn that comes twice is taken once', () => {
  queued
    .when(burn(marked))
    .when(burn(marked))
    .then({ state: 'locking', activities: [], writes: [] });
});

test('async: a deletion under way is accepted again', () => {
  marking
    .when(deletion({ mode: 'async', from: 'q2', read: marked }))
    .then({ state: 'marking', replies: [{ to: caller('q2'), body: {} }] });
});

test('a burn nobody has announced begins at the beginning', () => {
  start.when(burn()).then({
    state: 'waiting',
    writes: [
      {
        store: 'cards',
        op: 'markDeleted',
        args: { id: 'c1', lock: 'transaction/t1' },
        expect: { version: 4 },
      },
    ],
    replies: [],
  });
});

test('somebody else is refused, whether it is begun or not', () => {
  start.when(deletion({ owner: 'lee' })).thenRefused('not-permitted', /'c1'/);
  start.when(burn(lookup, 'lee')).thenRefused('not-permitted');
  queued.when(burn(marked, 'lee')).thenRefused('not-permitted');
  marking.when(deletion({ owner: 'lee', read: marked })).thenRefused('not-permitted');
  marking.when(burn(marked, 'lee')).thenRefused('not-permitted');
  releasing.when(deletion({ owner: 'lee', read: marked })).thenRefused('not-permitted');
});

test('with a header for the caller the header counts, and the body does not', () => {
  const settings = { ...ports.settings, ownerHeader: 'x-caller' };
  const behind = given(defineMachine(cardDeletionMachine({ ...ports, settings })), {
    key: 'c1',
    reads: removal(),
  });
  const asked = (headers: Headers, mode = 'sync') =>
    message('delete', { id: 'c1', owner: 'kim', mode }, { read: lookup, replyTo, headers });
  behind.when(asked({})).thenRefused('not-permitted', /no header 'x-caller'/);
  behind.when(asked({ 'x-caller': 'lee' })).thenRefused('not-permitted', /only the owner/);
  behind.when(asked({ 'x-caller': 'kim' })).then({ state: 'waiting' });
  behind
    .when(asked({ 'x-caller': 'kim' }, 'async'))
    .then({ publishes: [{ headers: { request_id: 'service/c1/new-1/burn', 'x-caller': 'kim' } }] });
});

test('an unknown card is not found', () => {
  start.when(deletion({ read: { card: null, tombstone: null } })).thenRefused('not-found', /'c1'/);
});

test('a card that is gone is answered as if it had just gone', () => {
  start
    .when(deletion({ read: { card: null, tombstone: { id: 'c1', owner: 'kim', atMs: 1 } } }))
    .then({ state: 'done', replies: [{ to: replyTo, body: {} }], writes: [], publishes: [] })
    .thenEnded();
});

test.run();
