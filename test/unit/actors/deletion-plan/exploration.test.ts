/** Everything that can become of a plan, at the owner and at a voter. */
import { deletionPlanMachine } from '../../../../actors/deletion-plan/deletion-plan-machine.ts';
import type { JsonObject } from '../../../../runtime/ports/json.ts';
import { caller, explore, message } from '../../../../testing.ts';
import { assertExplored } from '../../../support/explored.ts';
import { suite } from '../../../support/suite.ts';
import {
  asJson,
  id,
  no,
  node,
  ok,
  plainNodes,
  subscription,
  tagsSettings,
  under,
} from '../consent/sample.ts';

const test = suite('deletion plan, explored');
const subscriptions = [subscription(1, 'alerts'), subscription(1, 'methods')];
const replyTo = caller('q1');

function plan(more: JsonObject = {}) {
  const read = {
    nodes: [node(1)],
    missing: [],
    gone: [],
    foreign: [],
    refusals: [],
    conflicts: [],
    subscriptions,
    ...more,
  };
  return message('plan', { id: id(1) }, { read: asJson(read), replyTo });
}
function question(more: JsonObject = {}) {
  const read = {
    links: [],
    refusals: [],
    nodes: [{ ...node(1), through: id(9) }],
    detached: [],
    conflicts: [],
    subscriptions,
    ...more,
  };
  return message(
    'wouldDelete',
    { id: id(9) },
    { read: asJson(read), replyTo, headers: under('P') },
  );
}
const using = {
  refusals: asJson([{ nodeId: id(9), reason: 'in use' }]),
};

const rows = asJson({
  nodes: [],
  subscriptions: [],
  rows: [
    { entity: 'objects', table: 'orders', node: id(9), dependants: [{ id: 'o1', version: 1 }] },
  ],
}) as JsonObject;

test('asked for by a requester and by an owner, answered in every way or not at all', () => {
  const found = explore(deletionPlanMachine(tagsSettings, plainNodes), {
    alphabet: {
      events: [plan(), plan({ missing: [id(1)] }), question(), question(using), question(rows)],
      answers: { estimated: [ok, no('alerts', 'in use'), { error: { message: 'unknown' } }] },
      reads: { 'consent.footprint': [asJson([{ nodeId: id(1), rows: 3, files: [] }])] },
    },
    input: {},
    view: ({ isRoot, heard }) => [
      isRoot ?? null,
      [...new Set((heard as JsonObject[]).map((one) => JSON.stringify(one)))].sort(),
    ],
  });
  // One question makes one actor: its key is the identity of the message.
  assertExplored(found, { unhandled: { '"asking"': ['plan', 'wouldDelete'] } });
});

test.run();
