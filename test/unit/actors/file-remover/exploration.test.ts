/** Everything that can become of the machines that remove files. */
import { fileRemoverMachine } from '../../../../actors/file-remover/file-remover-machine.ts';
import { queuedReceipt } from '../../../../actors/file-remover/store.ts';
import { caller, explore, message } from '../../../../testing.ts';
import { assertExplored } from '../../../support/explored.ts';
import { suite } from '../../../support/suite.ts';

const test = suite('file remover, explored');
const url = 'file:///tmp/a.png';
const queued = queuedReceipt({ id: 'r1', url, card: 'c1' });
const removed = { ...queued, state: 'removed' as const };
const requests = [[], [queued], [removed]].map((read) =>
  message('remove', { url, card: 'c1', id: 'r1' }, { read, replyTo: caller('q1') }),
);
const other = message('remove', { url: 'file:///tmp/b.png', id: 'r1' }, { read: [queued] });
const later = { kind: 'later', delayMs: 1, note: 'busy', accepted: null, attempts: 1 };
const failure = { error: { name: 'Error', message: 'no disk' } };

test('the removal of a file', () => {
  const found = explore(
    fileRemoverMachine({
      places: { roots: ['/tmp'] },
      facts: { exchange: 'files', routingKey: 'facts' },
    }),
    {
      alphabet: {
        events: [...requests, other],
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
        },
      },
      view: ({ callers, delayMs: _, attempts: __, ...rest }) => [
        rest,
        (callers as readonly unknown[]).length > 0,
      ],
    },
  );
  assertExplored(found);
});

test.run();
