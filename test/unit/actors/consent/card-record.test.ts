/** The record of a card's deletion, from the lines of history under the card's id. */
import { sagaRecord } from '../../../../actors/consent/saga-record.ts';
import type { HistoryLine } from '../../../../runtime/ports/journal-rows.ts';
import type { JsonObject } from '../../../../runtime/ports/json.ts';
import { assert, suite } from '../../../support/suite.ts';

const test = suite('record of a card');
const deleted = { what: 'card state', card: 'c3', state: 'deleted', by: 'kim' };
const why = "it is about another card: 'other'";
const refusal = { code: 409, name: 'refused', message: why };
const back = { what: 'card state', card: 'c3', state: 'active', error: refusal };

function recordOf(...lines: readonly JsonObject[]) {
  const address = { service: 'mcards', machine: 'card-deletion', key: 'c3' };
  const found = lines.map((line, at): HistoryLine => {
    return { id: `h${at}`, topic: 'c3', address, atMs: at, line };
  });
  const record = sagaRecord('c3', found);
  assert.ok(record);
  return record;
}

test('a deletion that was called off ends so, with the reason', () => {
  const { state, decisions } = recordOf(deleted, { what: 'transaction refused' }, back);
  assert.is(state, 'called off');
  assert.equal(
    decisions.map(({ what, service, nodeIds, reasons }) => [what, service, nodeIds, reasons]),
    [['called off', 'mcards', ['c3'], [why]]],
  );
});

test('a deletion under way asks, also after an earlier call off, and is done when the row is gone', () => {
  assert.is(recordOf(deleted).state, 'asking');
  assert.is(recordOf(deleted, back, deleted).state, 'asking');
  assert.is(recordOf(deleted, back, deleted, { what: 'card removed' }).state, 'done');
});

test.run();
