/** Everything that can become of the machines that remove files. */
import { fileRemoverMachine } from '../../../../actors/file-remover/file-remover-machine.ts';
import { queuedReceipt } from '../../../../actors/file-remover/store.ts';
import { caller, explore, message } from '../../../../testing.ts';
import { assertExplored, together } from '../../../support/explored.ts';
import { suite } from '../../../support/suite.ts';

const test = suite('file remover, explored', { deadlineMs: 60_000 });
const url = 'file:///tmp/a.png';
const queued = queuedReceipt({ id: 'r1', url, card: 'c1' });
const removed = { ...queued, state: 'removed' as const };
const absent = { ...removed, note: 'absent' };
const restored = { ...queued, state: 'restored' as const };
const kept = { ...queued, state: 'kept' as const, note: 'a card' };
const known = [[], [queued], [removed], [absent], [restored], [kept]];
const removals = known.flatMap((receipts) =>
  [null, 'a card'].map((lister) =>
    message(
      'remove',
      { url, card: 'c1', id: 'r1' },
      { read: { receipts, lister }, replyTo: caller('q1') },
    ),
  ),
);
const restorations = known.map((read) =>
  message('restore', { id: 'r1' }, { read, replyTo: caller('q2') }),
);
const other = message(
  'remove',
  { url: 'file:///tmp/b.png', id: 'r1' },
  { read: { receipts: [queued], lister: null } },
);
const later = { kind: 'later', delayMs: 1, note: 'busy', accepted: null, attempts: 1 };
const failure = { error: { name: 'Error', message: 'no disk' } };

function explored(quarantineMs: number, events: readonly ReturnType<typeof message>[]) {
  return explore(
    fileRemoverMachine({
      places: { roots: ['/tmp'] },
      quarantineMs,
      facts: { exchange: 'files', routingKey: 'facts' },
    }),
    {
      alphabet: {
        events: [...removals, ...events, other],
        reads: { 'file-listings.lister': [null, 'a card'] },
        activities: {
          prepareFile: [
            { output: { kind: 'present', bytes: 9, sha256: 'ab', attempts: 1 } },
            { output: { kind: 'absent', note: 'absent', attempts: 1 } },
            { output: { kind: 'refused', note: 'outside', attempts: 1 } },
            { output: later },
            failure,
          ],
          removeFile: [
            { output: { kind: 'removed', note: null, attempts: 2 } },
            { output: { kind: 'refused', note: 'busy', attempts: 2 } },
            { output: later },
            failure,
          ],
          restoreFile: [
            { output: { kind: 'restored' } },
            { output: { kind: 'not restored', note: 'another file is there' } },
            failure,
          ],
        },
      },
      // Without a quarantine a removal is followed up to the end of its waits.
      view: ({
        callers: _,
        restorers: __,
        delayMs: ___,
        attempts: ____,
        waits,
        untilMs,
        ...rest
      }) => [
        rest,
        quarantineMs === 0 ? (waits ?? 0) : Math.min(Number(waits ?? 0), 2),
        untilMs !== 0,
      ],
    },
  );
}

test('the removal of a file from quarantine', () => {
  assertExplored(together(explored(0, []), explored(60_000, restorations)));
});

test.run();
