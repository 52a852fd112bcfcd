/**
 * What must be left when the story is over: nodes, rows and files, each looked up where it is kept.
 *
 * Every difference is named; the error has them all.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Json, JsonObject } from '../../runtime/ports/json.ts';
import { filesIn, type ImageFile } from './image-folder.ts';
import type { ShopCard } from './shop.ts';
import type { Counts, Stage } from './stage.ts';

export interface FinalState {
  readonly stage: Stage;
  readonly imageFolder: string;
  /** As `readTree` gives it. */
  readonly tree: readonly string[];
  readonly deleted: ShopCard;
  readonly left: readonly ShopCard[];
  readonly files: { readonly removed: readonly ImageFile[]; readonly left: readonly ImageFile[] };
  readonly deadlineMs: number;
}

interface FoundNode {
  readonly dn: string;
  readonly attributes: { readonly objectClass: readonly string[] };
}

interface Finding {
  readonly name: string;
  readonly found: unknown;
  readonly expected: unknown;
}

/** `class dn` of every node that is no base node, sorted; as the objects service reads the tree. */
export async function readTree(stage: Pick<Stage, 'request'>): Promise<readonly string[]> {
  const query = {
    base: 'cn=prs',
    scope: 2,
    attributes: ['objectClass'],
    filter: { objectClass: ['prs*'] },
  };
  const { data, error } = await stage.request('objects_api_crud', 'read', query);
  if (error !== undefined) throw new Error(`the tree could not be read: ${JSON.stringify(error)}`);
  const nodes = data as unknown as readonly FoundNode[];
  return nodes
    .map(({ dn, attributes }) => `${attributes.objectClass[0]} ${dn}`)
    .filter((line) => !line.startsWith('prsModelNode '))
    .sort();
}

async function rows(
  stage: Stage,
  service: string,
  query: JsonObject,
  key: string,
): Promise<readonly JsonObject[]> {
  const { data } = await stage.request(service, 'read', query);
  return [...((data ?? []) as readonly JsonObject[])].sort((a, b) =>
    String(a[key]) < String(b[key]) ? -1 : 1,
  );
}

function picked(row: JsonObject, keys: readonly string[]): JsonObject {
  return Object.fromEntries(keys.map((key) => [key, row[key] as Json]));
}

async function findings(state: FinalState): Promise<readonly Finding[]> {
  const { stage, deleted, left, files } = state;
  const cards = await rows(stage, 'mcards', { id: [deleted, ...left].map(({ id }) => id) }, 'id');
  const transactions = await rows(stage, 'transactions', {}, 'transaction');
  const receipts = await rows(stage, 'file_remover', {}, 'url');
  const byUrl = [...files.removed].sort((a, b) => (a.url < b.url ? -1 : 1));
  const byId = [...left].sort((a, b) => (a.id < b.id ? -1 : 1));
  return [
    { name: 'tree', found: await readTree(stage), expected: state.tree },
    {
      name: 'cards',
      found: cards.map((card) => picked(card, ['id', 'owner', 'state'])),
      expected: byId.map(({ id, owner }) => ({ id, owner, state: 'active' })),
    },
    {
      name: 'transactions',
      found: transactions.map((row) => `${row['card']} ${row['state']}`).sort(),
      expected: [`${deleted.id} confirmed`, ...left.map(({ id }) => `${id} PENDING`)].sort(),
    },
    {
      name: 'receipts',
      found: receipts.map((receipt) =>
        picked(receipt, ['card', 'url', 'state', 'bytes', 'sha256']),
      ),
      expected: byUrl.map(({ url, bytes, sha256 }) => ({
        card: deleted.id,
        url,
        state: 'removed',
        bytes,
        sha256,
      })),
    },
    {
      name: 'files',
      found: filesIn(state.imageFolder),
      expected: files.left.map(({ path }) => path).sort(),
    },
  ];
}

/** Tables of which the number of rows is known. */
function tableFindings(counts: Counts, { left, files }: FinalState): readonly Finding[] {
  const expected: Counts = {
    ...{
      'cards.cards': left.length,
      'cards.tombstones': 1,
      'transactions.transactions': left.length + 1,
      'files.receipts': files.removed.length,
    },
    ...{
      'hierarchy.engagements': 0,
      'hierarchy.promises': 0,
      'journal.outbox': 0,
      'journal.asks': 0,
    },
    ...{ 'journal.timers': 0, 'journal.activities': 0, 'journal.dead_letters': 0 },
  };
  return Object.entries(expected).map(([name, rows]) => ({
    name: `table ${name}`,
    found: counts[name],
    expected: rows,
  }));
}

/** The final state in words. Rejects with every difference when it is another. */
export async function checkFinalState(state: FinalState): Promise<readonly string[]> {
  const counts = await state.stage.settled(state.deadlineMs);
  const all = [...(await findings(state)), ...tableFindings(counts, state)];
  const wrong = all.filter(({ found, expected }) => !isDeepStrictEqual(found, expected));
  if (wrong.length > 0) {
    const texts = wrong.map(
      ({ name, found, expected }) =>
        `${name}: found ${JSON.stringify(found)}, expected ${JSON.stringify(expected)}`,
    );
    throw new Error(`the final state is not as it must be:\n  ${texts.join('\n  ')}`);
  }
  return [
    `tree: ${state.tree.length} nodes, exactly those expected`,
    ...state.tree.map((line) => `  ${line}`),
    `cards: ${state.left.map(({ id, owner }) => `${id} of ${owner}`).join(', ')}; ${state.deleted.id} has gone, its transaction is confirmed`,
    `files: ${state.files.left.length} left on the disk; a receipt for each of the ${state.files.removed.length} removed`,
    `tables: no engagement, no promise, nothing in the outbox, no open question, no timer, no dead letter`,
  ];
}
