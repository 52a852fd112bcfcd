/** Why a saga waits: a saga that was called off, and the verb of a saga without the lines of its owner. */
import type { SagaPart } from '../../../../actors/consent/ledger/store.ts';
import { sagaRecord } from '../../../../actors/consent/saga-record.ts';
import { sagaWaiting } from '../../../../actors/waiting/saga-waiting.ts';
import type { HistoryLine } from '../../../../runtime/ports/journal-rows.ts';
import type { JsonObject } from '../../../../runtime/ports/json.ts';
import { assert, suite } from '../../../support/suite.ts';

const test = suite('why a saga waits');
const saga = '01a2238b-7c1e-7d3a-8b2f-3c4d5e6f7a8b';

function line(atMs: number, service: string, entry: JsonObject): HistoryLine {
  const address = { service, machine: 'delete-saga', key: 'k' };
  return { id: String(atMs), topic: saga, address, atMs, line: entry };
}
function part(mode: SagaPart['mode'], states: SagaPart['states']): SagaPart {
  const ids = { nodeIds: [], promised: ['n'], subscribers: [] };
  return { saga, service: 'voter', role: 'voter', actor: saga, mode, states, ...ids };
}
function waiting(lines: readonly HistoryLine[], parts: readonly SagaPart[]) {
  const found = parts.map((one) => ({ part: one, rows: undefined }));
  return sagaWaiting({ saga, record: sagaRecord(saga, lines), parts: found, holders: [] });
}
const off = [
  line(1, 'owner', { what: 'engaged', role: 'root', action: 'delete', nodes: [], roster: [] }),
  line(2_000, 'owner', {
    what: 'called off',
    role: 'root',
    action: 'delete',
    nodes: [],
    refusals: [{ service: 'voter', nodeId: 'n', reason: 'a hold' }],
  }),
];

test('a saga that was called off says so with the time and the reasons, and waits for nothing', () => {
  const { state, text, sinceMs } = waiting(off, []);
  assert.equal(
    [state, text, sinceMs],
    ['called off', 'was called off 1970-01-01T00:00:02.000Z: voter: a hold', null],
  );
});

test('a saga that was called off stays so while a voter has not heard of it', () => {
  assert.is(waiting(off, [part('D', ['ok'])]).state, 'called off');
});

test('without the line of the owner, the holds tell the verb, else the questions', () => {
  const promised = line(1, 'voter', { what: 'promised', nodes: ['n'] });
  assert.is(waiting([promised], [part('U', ['ok'])]).verb, 'update');
  assert.is(waiting([promised], [part('D', ['ok'])]).verb, 'delete');
  const cleaned = { what: 'cleaned', action: 'updating', voter: 'v', nodeId: 'n' };
  assert.is(waiting([promised, line(2, 'voter', cleaned)], []).verb, 'update');
});

test.run();
