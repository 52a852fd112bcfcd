/** The messages of the protocol: the table in the section "Messages" of `docs/protocol.md`. */
import {
  answersBody,
  noBody,
  okBody,
  readAnswer,
  readAnswers,
  waitBody,
} from '../../../../actors/consent/answers.ts';
import {
  consentMessage,
  consentMessageId,
  factMessages,
} from '../../../../actors/consent/messages.ts';
import { nodesTag } from '../../../../actors/consent/node-ids.ts';
import { consentHeaders, sagaHeaders, sagaKey } from '../../../../actors/consent/saga-headers.ts';
import {
  generationOf,
  isNewPeer,
  subscribeMessage,
  subscribeRequest,
} from '../../../../actors/consent/subscribe-messages.ts';
import { verbOf } from '../../../../actors/consent/verbs.ts';
import { message } from '../../../../testing.ts';
import { assert, suite } from '../../../support/suite.ts';
import { id, tagsSettings, under } from './sample.ts';

const test = suite('consent messages');

test('a message belongs to the verb of its word', () => {
  for (const name of ['mayDelete', 'deleting', 'deleted', 'notDeleted', 'isDeleting'])
    assert.is(verbOf(name).name, 'delete', name);
  for (const name of ['mayUpdate', 'updating', 'updated', 'notUpdated', 'isUpdating'])
    assert.is(verbOf(name).name, 'update', name);
});

test('yes is read in every form a peer may write', () => {
  for (const body of [
    'ok',
    true,
    { response: 'ok' },
    { response: true },
    { response: 'ok', error: null },
  ])
    assert.is(readAnswer(body)?.response, 'ok', JSON.stringify(body));
});

test('a long reason of a peer is cut where it comes in', () => {
  const long = 'x'.repeat(3_000);
  const cut = `${'x'.repeat(999)}…`;
  const told = { service: 's', nodeId: id(1) };
  const refusals = [{ ...told, reason: long }];
  assert.equal(readAnswer({ response: 'no', message: long, refusals }), {
    response: 'no',
    reason: cut,
    refusals: [{ ...told, reason: cut }],
    silent: [],
  });
  assert.is(readAnswer({ error: long })?.reason, cut);
});

test('no is read in every form, with its reason where there is one', () => {
  for (const body of ['no', false, { response: 'no' }, { response: false }])
    assert.is(readAnswer(body)?.response, 'no', JSON.stringify(body));
  assert.equal(readAnswer({ response: 'no', message: 'why', service: 's' }), {
    response: 'no',
    reason: 'why',
    service: 's',
    refusals: [],
    silent: [],
  });
  assert.is(readAnswer({ error: 'bad' })?.reason, 'bad');
  assert.is(readAnswer({ error: { code: 1, message: 'worse' } })?.reason, 'worse');
  assert.is(readAnswer({ error: { code: 1 } })?.reason, '{"code":1}');
  assert.is(readAnswer({ response: 'ok', error: 'but' })?.response, 'no');
});

test('wait is neither', () => {
  assert.is(readAnswer('wait')?.response, 'wait');
  assert.is(readAnswer(waitBody)?.response, 'wait');
});

test('what is no answer is none', () => {
  for (const body of [
    null,
    1,
    '',
    'maybe',
    [],
    ['ok'],
    {},
    { response: 'maybe' },
    { response: null },
    { error: { code: 413, name: 'answer-too-large', message: 'too large' } },
    { error: { code: 502, name: 'bad-answer', message: 'not JSON' } },
  ])
    assert.is(readAnswer(body), undefined, JSON.stringify(body));
});

test('what stands behind a no is taken as far as it is well-formed', () => {
  const good = { service: 's', nodeId: id(1), reason: 'r' };
  const read = readAnswer({
    response: 'no',
    refusals: [null, 1, { service: 1 }, good],
    silent: [null, 'quiet', {}],
  });
  assert.equal(read?.refusals, [good]);
  assert.equal(read?.silent, ['quiet']);
});

test('a list question is answered by id; ids without an answer are left out', () => {
  const answers = readAnswers({ results: { [id(1)]: okBody, [id(2)]: 'no', [id(3)]: 'perhaps' } }, [
    id(1),
    id(2),
    id(3),
    id(4),
  ]);
  assert.equal(
    [...answers].map(([nodeId, { response }]) => [nodeId, response]),
    [
      [id(1), 'ok'],
      [id(2), 'no'],
    ],
  );
});

test('one answer to a list is an answer for every id', () => {
  assert.is(readAnswers('ok', [id(1), id(2)]).size, 2);
});

test('results that are no results are no answer', () => {
  for (const results of [null, 'ok', 3, []])
    assert.is(readAnswers({ results }, [id(1)]).size, 0, JSON.stringify(results));
});

test('an id is looked up among the results alone', () => {
  assert.is(readAnswers({ results: {} }, ['constructor']).size, 0);
});

test('one id is answered plainly, several by id', () => {
  assert.equal(
    answersBody([id(1)], () => okBody),
    okBody,
  );
  assert.equal(
    answersBody([id(1), id(2)], () => okBody),
    { results: { [id(1)]: okBody, [id(2)]: okBody } },
  );
});

test('a no says why and who, and names who stands behind it', () => {
  assert.equal(noBody('s', 'why'), { response: 'no', message: 'why', service: 's' });
  const refusal = { service: 'a', nodeId: id(1), reason: 'r' };
  assert.equal(noBody('s', 'why', [refusal], ['quiet']), {
    response: 'no',
    message: 'why',
    service: 's',
    refusals: [refusal],
    silent: ['quiet'],
  });
});

test('both forms of a subscription are understood', () => {
  assert.equal(subscribeRequest({ service: 's', subscribe_to_id: [id(1), id(2)] }), {
    service: 's',
    ids: [id(1), id(2)],
  });
  assert.equal(subscribeRequest({ service: 's', subscribe_to_id: id(1), routing_key: 'k' }), {
    service: 's',
    routingKey: 'k',
    ids: [id(1)],
  });
  assert.equal(subscribeRequest({ routing_key: 'k', id: [id(1)] }), {
    service: 'k',
    routingKey: 'k',
    ids: [id(1)],
  });
});

test('the headers of a saga are written and read', () => {
  const headers = consentHeaders({ saga: 'T', epoch: 3, hops: 2, deadlineMs: 1234.5 });
  assert.equal(headers, {
    'consent-protocol': 2,
    'consent-saga': 'T',
    'consent-epoch': 3,
    'consent-hops': 2,
    'consent-deadline-ms': 1235,
  });
  assert.equal(sagaHeaders(headers), { saga: 'T', deadlineMs: 1235, hops: 2 });
});

test('after the decision no deadline is told', () => {
  assert.not.ok(
    'consent-deadline-ms' in consentHeaders({ saga: 'T', epoch: 0, hops: 0, deadlineMs: null }),
  );
});

test('an old peer has no saga: its exchange and the node stand for it', () => {
  assert.is(sagaHeaders({}), undefined);
  assert.is(sagaHeaders({ 'consent-saga': '' }), undefined);
  assert.is(sagaKey({}, 'objects', id(1)), `objects:${id(1)}`);
  assert.is(sagaKey(under('T'), 'objects', id(1)), 'T');
});

test('headers that are no numbers are passed over', () => {
  assert.equal(
    sagaHeaders({ 'consent-saga': 'T', 'consent-hops': 'x', 'consent-deadline-ms': 'y' }),
    {
      saga: 'T',
      deadlineMs: null,
      hops: 0,
    },
  );
});

test('a message id is the same for the same message and names saga, nodes, action and voter', () => {
  assert.is(
    consentMessageId('T', [id(1)], 'mayDelete', { service: 'v' }),
    `T/${id(1)}/mayDelete/v`,
  );
  assert.match(nodesTag([id(1), id(2), id(3)]), new RegExp(`^${id(1)}\\+[\\w-]{43}$`));
});

test('a question to a voter goes through the owner’s exchange under the voter’s key', () => {
  const scope = { saga: 'T', epoch: 1, hops: 1, deadlineMs: 10 };
  const asked = consentMessage(tagsSettings, 'mayDelete', [id(1)], scope, {
    service: 'alerts',
    routingKey: 'key',
  });
  assert.is(asked.exchange, 'tags');
  assert.is(asked.routingKey, 'key');
  assert.equal(asked.data, { id: id(1) });
  assert.is(asked.messageId, `T/${id(1)}/mayDelete/alerts`);
});

test('a fact goes to the broadcast key and to the node’s id', () => {
  const facts = factMessages(tagsSettings, 'deleted', id(1), 'T');
  assert.equal(
    facts.map(({ exchange, routingKey, mandatory }) => [exchange, routingKey, mandatory]),
    [
      ['tags', 'tags_model_crud_publish', undefined],
      ['tags', id(1), undefined],
    ],
  );
  assert.is(new Set(facts.map(({ messageId }) => messageId)).size, 2);
});

test('lists of nodes that begin alike, or hold the same nodes in another order, have names of their own', () => {
  const lists = [
    [id(1)],
    [id(1), id(2)],
    [id(1), id(3)],
    [id(1), id(2), id(3)],
    [id(1), id(3), id(2)],
  ];
  assert.is(new Set(lists.map(nodesTag)).size, lists.length);
});

test('no service has the ids of a broadcast, whatever its name, nor one round those of another', () => {
  const idTo = (to: { service: string; round?: number }) =>
    consentMessageId('T', [id(1)], 'mayDelete', to);
  const all = [
    { service: 'all', round: 1 },
    { service: 'all', round: 2 },
    { service: 'all' },
    { service: 'all/2' },
    { service: 'all.2' },
  ];
  assert.is(new Set(all.map(idTo)).size, all.length);
});

test('a subscription is told apart by service, node, generation and purpose', () => {
  const to = { exchange: 'objects', routingKey: 'k' };
  const asked = subscribeMessage(tagsSettings, 'subscribe', to, id(1), 3, ['create', '2']);
  assert.is(asked.messageId, `tags_model_crud/${id(1)}/subscribe/3/create/2`);
  assert.equal(asked.data, { service: 'tags_model_crud', subscribe_to_id: [id(1)] });
  const received = message('subscribe', null, { headers: asked.headers ?? {} }).$.message;
  assert.is(generationOf(received), 3);
  assert.ok(isNewPeer(received));
});

test('an old peer’s subscription has no generation and does not speak the protocol', () => {
  const received = message('subscribe', null).$.message;
  assert.is(generationOf(received), 0);
  assert.not.ok(isNewPeer(received));
});

test.run();
