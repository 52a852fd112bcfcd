/**
 * The state that the demo must leave: nodes, rows and files, each read from where it is stored.
 *
 * - complete: the error names every difference, not only the first.
 */
import { isDeepStrictEqual } from 'node:util';
import { isJsonObject } from '../../config/json.ts';
import type { Json, JsonObject } from '../../runtime/ports/json.ts';
import type { RowCounts } from './host-messages.ts';
import { filesIn, type ImageFile } from './image-folder.ts';
import type { ProcessGroup } from './process-group.ts';
import type { ShopCard } from './shop.ts';

export interface ExpectedState {
  /** As `readTree` returns the tree. */
  readonly tree: readonly string[];
  readonly deletedCard: ShopCard;
  readonly remainingCards: readonly ShopCard[];
  readonly removedFiles: readonly ImageFile[];
  readonly remainingFiles: readonly ImageFile[];
}

interface Finding {
  readonly name: string;
  readonly found: unknown;
  readonly expected: unknown;
}

/** `class dn` of every node that is no base node, sorted, as the objects service reads the tree. */
export async function readTree(
  processes: Pick<ProcessGroup, 'request'>,
): Promise<readonly string[]> {
  const query = {
    base: 'cn=prs',
    scope: 2,
    attributes: ['objectClass'],
    filter: { objectClass: ['prs*'] },
  };
  const { data, error } = await processes.request('objects_api_crud', 'read', query);
  if (error !== undefined) throw new Error(`the tree could not be read: ${JSON.stringify(error)}`);
  return objectsIn(data)
    .map(({ dn, attributes }) => `${classOf(attributes)} ${dn}`)
    .filter((line) => !line.startsWith('prsModelNode '))
    .sort();
}

/** Rejects with every difference between the state and the expected one. */
export async function checkFinalState(
  processes: ProcessGroup,
  imageFolder: string,
  expected: ExpectedState,
  deadlineMs: number,
): Promise<void> {
  const counts = await processes.settled(deadlineMs);
  const findings = [
    { name: 'tree', found: await readTree(processes), expected: expected.tree },
    ...(await rowFindings(processes, expected)),
    {
      name: 'files',
      found: filesIn(imageFolder),
      expected: expected.remainingFiles.map(({ path }) => path).sort(),
    },
    ...countFindings(counts, expected),
  ];
  const wrong = findings.filter((each) => !isDeepStrictEqual(each.found, each.expected));
  if (wrong.length === 0) return;
  const texts = wrong.map(({ name, found, expected: wanted }) => {
    return `${name}: found ${JSON.stringify(found)}, expected ${JSON.stringify(wanted)}`;
  });
  throw new Error(`the final state is not as expected:\n  ${texts.join('\n  ')}`);
}

async function rowFindings(
  processes: ProcessGroup,
  { deletedCard, remainingCards, removedFiles }: ExpectedState,
): Promise<readonly Finding[]> {
  const ids = [deletedCard, ...remainingCards].map(({ id }) => id);
  const cards = await rows(processes, 'mcards', { id: ids });
  const transactions = await rows(processes, 'transactions', {});
  const receipts = await rows(processes, 'file_remover', {});
  return [
    {
      name: 'cards',
      found: sortedRows(cards, ['id', 'owner', 'state']),
      expected: remainingCards.map(({ id, owner }) => [id, owner, 'active']).sort(),
    },
    {
      name: 'transactions',
      found: sortedRows(transactions, ['card', 'state']),
      expected: [
        [deletedCard.id, 'confirmed'],
        ...remainingCards.map(({ id }) => [id, 'PENDING']),
      ].sort(),
    },
    {
      name: 'receipts',
      found: sortedRows(receipts, ['url', 'card', 'state', 'bytes', 'sha256']),
      expected: removedFiles
        .map(({ url, bytes, sha256 }) => [url, deletedCard.id, 'removed', bytes, sha256])
        .sort(),
    },
  ];
}

/** Tables whose number of rows is known. */
function countFindings(
  counts: RowCounts,
  { remainingCards, removedFiles }: ExpectedState,
): readonly Finding[] {
  const expected: RowCounts = {
    'cards.cards': remainingCards.length,
    'cards.tombstones': 1,
    'transactions.transactions': remainingCards.length + 1,
    'files.receipts': removedFiles.length,
    'ledger.engagements': 0,
    'ledger.promises': 0,
    'journal.outbox': 0,
    'journal.asks': 0,
    'journal.timers': 0,
    'journal.activities': 0,
    'journal.dead_letters': 0,
  };
  return Object.entries(expected).map(([table, rows]) => ({
    name: `rows of ${table}`,
    found: counts[table],
    expected: rows,
  }));
}

async function rows(
  processes: ProcessGroup,
  service: string,
  query: JsonObject,
): Promise<readonly JsonObject[]> {
  const { data } = await processes.request(service, 'read', query);
  return objectsIn(data);
}

/** The values under `keys` of each row; the rows sorted. */
function sortedRows(
  given: readonly JsonObject[],
  keys: readonly string[],
): readonly (readonly (Json | undefined)[])[] {
  return given.map((row) => keys.map((key) => row[key])).sort();
}

function objectsIn(value: Json | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

function classOf(attributes: Json | undefined): string {
  const { objectClass } = isJsonObject(attributes) ? attributes : {};
  return String(Array.isArray(objectClass) ? objectClass[0] : objectClass);
}
