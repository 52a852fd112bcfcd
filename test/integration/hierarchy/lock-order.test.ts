/** Commits of several actors over the same rows, in the opposite order, at the same time. */
import { ledgerWrite } from '../../../actors/consent/ledger/store.ts';
import { isInLockOrder } from '../../../actors/consent/lock-order.ts';
import { hierarchyWrite } from '../../../actors/hierarchy/store.ts';
import type { Write } from '../../../runtime/ports/store.ts';
import { idOf } from '../../contract/hierarchy-world.ts';
import { assert, suite } from '../../support/suite.ts';
import { postgresBench } from './benches.ts';

const test = suite('lock order of commits', { needs: ['postgres'], deadlineMs: 120_000 });
test.after(() => postgresBench.end());

const parents = Array.from({ length: 12 }, (_, n) => idOf(`parent ${n}`));

function link(nodeId: string): Write {
  return ledgerWrite('link', { service: 'tags', nodeId, generation: 1 }, null);
}

function depend(nodeId: string): Write {
  const below = { nodeId, above: [], despite: [] };
  return ledgerWrite('depend', { service: 'tags', on: [nodeId], below }, {});
}

function create(parentId: string, name: string): Write {
  const node = { service: 'tags', objectClass: 'prsTag', attributes: {}, systemNode: false };
  return hierarchyWrite('add', { id: idOf(`${parentId} ${name}`), parentId, ...node }, null);
}

test('creates below the same parents in opposite orders do not wait for each other in a circle', async () => {
  const stores = await postgresBench.fresh();
  const plant = { service: 'objects', objectClass: 'prsObject', attributes: {}, systemNode: false };
  await stores.apply([
    hierarchyWrite('ensureBase', { baseNode: 'o', ids: [idOf('root'), idOf('base')] }, null),
    ...parents.map((id) => hierarchyWrite('add', { id, parentId: idOf('base'), ...plant }, null)),
  ]);
  const commit = (order: readonly string[], name: string): Promise<void> =>
    stores.apply(
      order.flatMap((id, at) => [at % 2 === 0 ? link(id) : depend(id), create(id, name)]),
    );
  for (let round = 0; round < 20; round += 1)
    await Promise.all([
      commit(parents, `first ${round}`),
      commit([...parents].reverse(), `second ${round}`),
    ]);
});

test('writes are in order when no later one locks a row before the rows that are held', () => {
  assert.ok(isInLockOrder([['a', 'c'], ['a'], ['d', 'c']]));
  assert.not(isInLockOrder([['a', 'c'], ['b']]));
  assert.ok(isInLockOrder([[], ['b', 'a'], []]));
});

test.run();
