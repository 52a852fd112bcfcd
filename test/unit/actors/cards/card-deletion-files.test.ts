import type { Card } from '../../../../actors/cards/store.ts';
import { answer, caller, given } from '../../../../testing.ts';
import { suite } from '../../../support/suite.ts';
import {
  atMs,
  card,
  collecting,
  confirming,
  definition,
  deletion,
  error,
  fileEnds,
  fileIds,
  files,
  locking,
  marking,
  markQuestion,
  ok,
  removal,
  replyTo,
} from './given-deletion.ts';

const test = suite('card deletion: files', { deadlineMs: 60_000 });

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

test.run();
