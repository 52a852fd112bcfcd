/** The finished deletions of cards, from lines of history. */
import { deletedCards } from '../../../../actors/cards/deleted-cards.ts';
import type { HistoryLine } from '../../../../runtime/ports/journal-rows.ts';
import type { JsonObject } from '../../../../runtime/ports/json.ts';
import { assert, suite } from '../../../support/suite.ts';

const test = suite('deleted cards');
const hash = `0x${'7'.repeat(64)}`;

function line(topic: string, atMs: number, of: JsonObject, service = 'mcards'): HistoryLine {
  const address = { service, machine: 'card-deletion', key: topic };
  return { id: `h${atMs}`, topic, address, atMs, line: of };
}
const history = (lines: readonly HistoryLine[]) => async (topic: string) =>
  lines.filter((one) => one.topic === topic);
const removed = { what: 'card removed', files: ['file:///a'], shared: [] };
const deleted = new Date(2).toISOString();

test('a removed card is deleted, with its time and the burn of its token', async () => {
  const lines = [
    line('c1', 1, { what: 'token burned for good', hash }),
    line('c1', 2, removed),
    line('c1', 3, { what: 'card removed' }, 'another'),
  ];
  assert.equal(await deletedCards('c1', history(lines)), [
    { card: 'c1', service: 'mcards', deleted, burn: hash },
    { card: 'c1', service: 'another', deleted: new Date(3).toISOString(), burn: hash },
  ]);
});

test('an undeleted card is not deleted, until the card with its content is', async () => {
  const lines = [line('c1', 2, removed), line('c1', 3, { what: 'card undeleted', as: 'c2' })];
  assert.equal(await deletedCards('c1', history(lines)), []);
  const later = [...lines, line('c2', 4, removed)];
  assert.equal(await deletedCards('c1', history(later)), [
    { card: 'c1', service: 'mcards', deleted },
  ]);
});

test.run();
