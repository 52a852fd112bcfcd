import { MemoryHierarchyStore } from '../../../actors/hierarchy/memory/memory-store.ts';
import { hierarchyRead, hierarchyWrite } from '../../../actors/hierarchy/store.ts';
import { MemoryJournal } from '../../../runtime/memory/memory-journal.ts';
import type { Json } from '../../../runtime/ports/json.ts';
import type { Store } from '../../../runtime/ports/store.ts';
import type { UndoLog } from '../../../runtime/ports/undo-log.ts';
import { hierarchyContract } from '../../contract/hierarchy-contract.ts';
import { turn } from '../../contract/journal/samples.ts';
import { assert, suite } from '../../support/suite.ts';
import { memoryBench } from './benches.ts';

hierarchyContract('memory', memoryBench);

const test = suite('hierarchy in memory, in a commit');

test('a read that is asked for while a commit goes on does not see what is undone with it', async () => {
  const hierarchy = new MemoryHierarchyStore();
  const base = [
    '00000000-0000-0000-0000-000000000001',
    '00000000-0000-0000-0000-000000000002',
  ] as const;
  const { op, args } = hierarchyRead('search', { base: 'cn=prs', scope: 2, deref: false });
  let seen: Promise<Json> | undefined;
  const failing: Store<UndoLog> = {
    name: 'failing',
    read: async () => null,
    apply: async () => {
      seen = hierarchy.read(op, args);
      await new Promise((resolve) => setImmediate(resolve));
      throw new Error('the other store fails');
    },
  };
  const journal = new MemoryJournal({ stores: [hierarchy, failing] });
  await journal.open();
  const writes = [
    hierarchyWrite('ensureBase', { baseNode: 'tags', ids: base }, null),
    { store: 'failing', op: 'fail', args: null },
  ];
  await assert.rejects(journal.commit('one', [turn({ writes })]), /the other store fails/);
  assert.equal(await seen, []);
  await journal.commit('one', [turn({ writes: writes.slice(0, 1) })]);
  assert.is(((await hierarchy.read(op, args)) as readonly Json[]).length, 2);
});

test.run();
