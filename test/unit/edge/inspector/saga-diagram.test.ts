/** History lines of a saga as a sequence diagram, and the saga in the words of `why`. */
import { sagaRecord } from '../../../../actors/consent/saga-record.ts';
import { sagaWaiting } from '../../../../actors/waiting/saga-waiting.ts';
import { sagaDiagram } from '../../../../edge/inspector/saga-diagram.ts';
import { sagaSummary } from '../../../../edge/inspector/saga-summary.ts';
import type { HistoryLine } from '../../../../runtime/ports/journal-rows.ts';
import type { JsonObject } from '../../../../runtime/ports/json.ts';
import { assert, suite } from '../../../support/suite.ts';

const test = suite('inspector: diagram of a saga');
const saga = '0192f000-0000-7000-8000-000000000001';

function history(...lines: readonly (readonly [string, JsonObject])[]): readonly HistoryLine[] {
  return lines.map(([service, line], index) => ({
    id: String(index),
    topic: saga,
    address: { service, machine: 'delete-saga', key: saga },
    atMs: 1_000 + index,
    line,
  }));
}

const nodes = [{ id: 'n1', cn: 'Kim', objectClass: 'customer' }];
const roster = ['orders', 'invoices'].map((service) => ({ service, nodeId: 'n1', consent: true }));
const begin: readonly (readonly [string, JsonObject])[] = [
  ['customers', { what: 'engaged', role: 'root', action: 'delete', nodes, roster, through: [] }],
  [
    'customers',
    { what: 'asked', action: 'mayDelete', voters: ['orders', 'invoices'], nodeIds: ['n1'] },
  ],
];
const voted = (voter: string, response: string, reason: string | null) =>
  [
    'customers',
    { what: 'voted', action: 'mayDelete', voter, nodeId: 'n1', response, reason },
  ] as const;

function drawn(lines: readonly HistoryLine[]) {
  const record = sagaRecord(saga, lines);
  const why = sagaWaiting({ saga, record, parts: [], holders: [] });
  const { lanes, steps } = sagaDiagram(lines, why);
  const texts = steps.map(({ from, to, text, tone }) => `${from} > ${to}: ${text} (${tone})`);
  return { lanes, steps, texts, why };
}

test('the request, the questions, the answers, the decision, the clean-up and the removal are steps in this order', () => {
  const { lanes, texts } = drawn(
    history(
      ...begin,
      voted('orders', 'ok', null),
      voted('invoices', 'ok', null),
      ['customers', { what: 'decided', role: 'root', action: 'delete', nodes: ['n1'] }],
      ['customers', { what: 'cleaned', action: 'deleting', voter: 'orders', nodeId: 'n1' }],
      ['customers', { what: 'cleaned', action: 'deleting', voter: 'invoices', nodeId: 'n1' }],
      ['customers', { what: 'deleted', role: 'root', action: 'delete', nodes }],
    ),
  );
  assert.equal(lanes, ['client', 'customers', 'orders', 'invoices']);
  assert.equal(texts, [
    'client > customers: delete Kim (asked)',
    'customers > orders: mayDelete (asked)',
    'customers > invoices: mayDelete (asked)',
    'orders > customers: ok (yes)',
    'invoices > customers: ok (yes)',
    'customers > customers: decided (yes)',
    'customers > orders: deleting (asked)',
    'customers > invoices: deleting (asked)',
    'orders > customers: cleaned (yes)',
    'invoices > customers: cleaned (yes)',
    'customers > customers: removed Kim, announced (yes)',
    'customers > client: deleted (yes)',
  ]);
});

test('a refusal is red with its reason but without the secrets of URLs, and the client hears of it', () => {
  const { texts, steps } = drawn(
    history(...begin, voted('orders', 'no', 'see amqp://shop:hunter2@broker'), [
      'customers',
      { what: 'called off', nodes: ['n1'], refusals: [], silent: ['invoices'], unreachable: [] },
    ]),
  );
  assert.equal(texts.slice(-3), [
    'orders > customers: no (no)',
    'customers > customers: called off (no)',
    'customers > client: refused (no)',
  ]);
  assert.equal(
    steps.slice(-3).map(({ reason }) => reason),
    ['see amqp://***@broker', 'invoices is silent', null],
  );
});

test('equal words at one time are one step with a count', () => {
  const votes = ['n1', 'n2', 'n3'].map((nodeId) => ({
    what: 'voted',
    action: 'mayDelete',
    voter: 'orders',
    nodeId,
    response: 'ok',
    reason: null,
  }));
  const lines = history(...begin, ...votes.map((vote) => ['customers', vote] as const));
  const atOnce = lines.map((line) => ({ ...line, atMs: 5 }));
  assert.equal(
    drawn(atOnce)
      .steps.filter(({ text }) => text === 'ok')
      .map(({ count }) => count),
    [3],
  );
});

test('an alarm is the level of the summary until the saga is over', () => {
  const alarm = ['customers', { what: 'stuck', waitingFor: ['orders'], reason: null }] as const;
  const decided = [
    'customers',
    { what: 'decided', role: 'root', action: 'delete', nodes: ['n1'] },
  ] as const;
  const ended = ['customers', { what: 'deleted', role: 'root', action: 'delete', nodes }] as const;
  const levels = [history(...begin, decided, alarm), history(...begin, decided, alarm, ended)].map(
    (lines) => sagaSummary(drawn(lines).why).level,
  );
  assert.equal(levels, ['stuck', 'none']);
});

test.run();
