/** The subscriptions of many nodes in one commit: the number of statements. */
import { SqlLedgerStore } from '../../../actors/consent/ledger/sql/sql-ledger-store.ts';
import { ledgerStoreName, ledgerWrite } from '../../../actors/consent/ledger/store.ts';
import { hierarchySqlModule } from '../../../actors/hierarchy/sql/sql-store.ts';
import { hierarchyStoreName, hierarchyWrite } from '../../../actors/hierarchy/store.ts';
import { executePrepared } from '../../../runtime/postgres/prepared-statements.ts';
import { idOf } from '../../contract/hierarchy-world.ts';
import { assert, suite } from '../../support/suite.ts';
import { postgresBench } from './benches.ts';

const test = suite('many subscriptions', { needs: ['postgres'] });
test.before.each(async () => void (await postgresBench.fresh()));
test.after(() => postgresBench.end());

/** Adds as many nodes, subscribes to them twice and leaves them; the statements of each step. */
async function statements(count: number): Promise<readonly number[]> {
  const database = await postgresBench.database();
  const sent: number[] = [];
  const unread = () => {
    throw new Error('no read is tested');
  };
  const access = (name: string) => ({
    schema: database.schemaOf(name),
    read: unread,
    snapshot: unread,
    execute: (...given: Parameters<typeof executePrepared>) => {
      sent[sent.length - 1] = (sent.at(-1) ?? 0) + 1;
      return executePrepared(...given);
    },
    isPipelined: true,
  });
  const ledger = new SqlLedgerStore(access(ledgerStoreName));
  const tree = hierarchySqlModule.create(access(hierarchyStoreName));
  const ids = Array.from({ length: count }, (_, n) => idOf(`of ${count}: ${n}`));
  const of = { subscriber: 'tags', generation: 1 };
  const listed = (nodeId: string) => ({ ...of, nodeId, consent: true });
  const subscribing = ids.map((nodeId) =>
    ledgerWrite(
      'subscribe',
      { ...listed(nodeId), service: 'o', above: [], despite: [] },
      { epochs: {} },
    ),
  );
  const listing = ids.map((nodeId) =>
    hierarchyWrite('list', { id: idOf(`list ${nodeId}`), ...listed(nodeId) }, null),
  );
  const leaving = ids.map((nodeId) => ledgerWrite('unsubscribe', { nodeId, ...of }, null));
  const unlisting = [hierarchyWrite('unlist', { nodeIds: ids, ...of }, null)];
  const plant = { service: 'o', objectClass: 'c', attributes: {}, systemNode: false };
  await database.transaction(async (transaction) => {
    const treeRows = transaction.entityManager(database.schemaOf(hierarchyStoreName));
    const root = { baseNode: 'o', ids: [idOf('root'), idOf('base')] as const };
    await tree.apply(treeRows, [
      hierarchyWrite('ensureBase', root, null),
      ...ids.map((id) => hierarchyWrite('add', { id, parentId: idOf('base'), ...plant }, null)),
    ]);
    const ledgerRows = transaction.entityManager(database.schemaOf(ledgerStoreName));
    for (const [lists, nodes] of [
      [subscribing, listing],
      [subscribing, listing],
      [leaving, unlisting],
    ] as const) {
      sent.push(0);
      await ledger.apply(ledgerRows, lists);
      await tree.apply(treeRows, nodes);
    }
  });
  return sent.slice(-3);
}

test('a message for fifty nodes takes as many statements as one for two nodes', async () => {
  const few = await statements(2);
  assert.equal(await statements(50), few);
  assert.ok(Math.max(...few) <= 9, `${few}`);
});

test.run();
