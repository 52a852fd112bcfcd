/** What a stranger tries, each attempt a test: refused with `trust`, and possible without. */
import { isJsonObject } from '../../../config/json.ts';
import type { Headers } from '../../../runtime/ports/envelope.ts';
import type { Json, JsonObject } from '../../../runtime/ports/json.ts';
import type { Acknowledgement, Transport } from '../../../runtime/ports/transport.ts';
import { assert, type Suite } from '../../support/suite.ts';
import type { TrustedWorld } from './trusted-world.ts';

const noId = '018f2a10-0000-7000-8000-000000000001';

export function errorName({ error }: JsonObject): string {
  return isJsonObject(error) ? String(error['name']) : 'none';
}

export async function created(
  world: TrustedWorld,
  entity: string,
  data: JsonObject = {},
): Promise<string> {
  const { id } = await world.ask('api', entity, 'create', data);
  assert.is(typeof id, 'string');
  return String(id);
}

/** An object with a tag below. */
async function objectWithTag(world: TrustedWorld): Promise<{ object: string; tag: string }> {
  const object = await created(world, 'objects');
  return { object, tag: await created(world, 'tags', { parentId: object }) };
}

export async function exists(world: TrustedWorld, entity: string, id: string): Promise<boolean> {
  const { data } = await world.ask('api', entity, 'read', { id });
  return Array.isArray(data) && data.length === 1;
}

function sagaOf(saga: string): Headers {
  return { 'consent-protocol': 2, 'consent-saga': saga, 'consent-epoch': 1, 'consent-hops': 0 };
}

/** A queue of this connection, which gets the messages on `objects` under the key. */
export async function openQueue(
  transport: Transport,
  name: string,
  routingKey: string,
): Promise<void> {
  const passing = { durable: false, exclusive: true, autoDelete: true, declare: true };
  const binding = { exchange: 'objects', queue: name, routingKey, arguments: {} };
  const queues = [{ name, ...passing, arguments: {} }];
  await transport.open({ exchanges: [], queues, bindings: [binding] });
}

/** Answers every question to `archive` with `ok`, in the name of archive. */
export async function answerAsArchive(transport: Transport, queue: string): Promise<void> {
  await openQueue(transport, queue, 'archive');
  await transport.consume(queue, { prefetch: 0 }, async ({ exchange, properties }) => {
    const { replyTo = '', correlationId = '', messageId = '', headers = {} } = properties;
    await transport.publish({
      exchange: String(headers['reply-exchange'] ?? exchange),
      routingKey: replyTo,
      mandatory: false,
      properties: {
        messageId: `${messageId}/answer`,
        correlationId,
        appId: 'archive',
        contentType: 'application/json',
        persistent: false,
      },
      body: Buffer.from(JSON.stringify({ response: 'ok', service: 'archive' })),
    });
    return 'done' satisfies Acknowledgement;
  });
}

/** A vote in the name of archive under a guessed correlation id. */
async function voteBlindly(transport: Transport, correlationId: string): Promise<void> {
  for (const exchange of ['objects', 'objects_model_crud_reply', ''])
    await transport
      .publish({
        exchange,
        routingKey: 'objects_model_crud_reply',
        mandatory: false,
        properties: { correlationId, appId: 'archive', persistent: false },
        body: Buffer.from(JSON.stringify({ response: 'ok', service: 'archive' })),
      })
      .catch(() => undefined);
}

const inbox = 'archive_inbox';

/** Sends a request of this user that wants its answer in the inbox of archive. */
async function askForArchive(transport: Transport, correlationId: string): Promise<void> {
  const asked = { persistent: false, contentType: 'application/json', replyTo: inbox };
  await transport.publish({
    exchange: 'objects',
    routingKey: 'objects_model_crud_consume',
    mandatory: true,
    properties: { ...asked, correlationId, messageId: correlationId },
    body: Buffer.from(JSON.stringify({ action: 'read', data: { id: noId } })),
  });
}

/** The response to the subscription of archive, which is asked under its own name. */
export async function subscribedAsArchive(
  world: TrustedWorld,
  object: string,
): Promise<Json | undefined> {
  const data = { service: 'archive', routing_key: 'archive', subscribe_to_id: [object] };
  return (await world.ask('archive', 'objects', 'subscribe', data))['response'];
}

/** `refused`: whether the services have the section `trust`. */
export function strangers(test: Suite, world: () => TrustedWorld, refused: boolean): void {
  const outcome = refused ? 'refused' : 'possible';
  const attempts: readonly (readonly [string, 'api' | 'stranger', string, Json])[] = [
    ['overrides: retire', 'api', 'retire', { service: 'archive', by: 'x', why: 'y' }],
    ['overrides: release', 'stranger', 'release', { saga: 's', by: 'x', why: 'y' }],
    ['overrides: cancel', 'stranger', 'cancel', { saga: 's', by: 'x', why: 'y' }],
    ['overrides: skip', 'stranger', 'skip', { saga: 's', voter: 'archive', by: 'x', why: 'y' }],
    ['overrides: adopt', 'stranger', 'adopt', { service: 'archive', by: 'x', why: 'y' }],
    ['requests: a create', 'stranger', 'create', {}],
    [
      'lists: a subscription under a name of its own',
      'stranger',
      'subscribe',
      { service: 'stranger', subscribe_to_id: [noId] },
    ],
  ];
  for (const [what, user, action, data] of attempts)
    test(`${what} by ${user} is ${outcome}`, async () => {
      const name = errorName(await world().ask(user, 'objects', action, data));
      assert.is(name === 'not-permitted', refused, name);
    });

  test(`requests: a stranger’s delete is ${outcome}`, async () => {
    const id = await created(world(), 'objects');
    await world().ask('stranger', 'objects', 'delete', { id });
    assert.is(await exists(world(), 'objects', id), refused);
  });

  test(`late decision: a forged mayDelete with deleting behind it is ${outcome}`, async () => {
    const { object, tag } = await objectWithTag(world());
    const more = { headers: sagaOf(`forged ${object}`), routingKey: 'tags_model_crud' };
    for (const action of ['mayDelete', 'deleting'])
      await world().ask('stranger', 'objects', action, { id: object }, more);
    assert.is(await exists(world(), 'tags', tag), refused);
  });

  test(`promise: a mayDelete under a saga of its own is ${outcome}`, async () => {
    const { object } = await objectWithTag(world());
    const more = { headers: sagaOf(`own ${object}`), routingKey: 'tags_model_crud' };
    const answer = await world().ask('stranger', 'objects', 'mayDelete', { id: object }, more);
    assert.is(errorName(answer) === 'not-permitted', refused, JSON.stringify(answer));
    assert.is(answer['response'] === 'ok', !refused, JSON.stringify(answer));
  });

  test(`count: learning by wouldDelete how many nodes depend on a node is ${outcome}`, async () => {
    const { object } = await objectWithTag(world());
    const more = { headers: sagaOf(`curious ${object}`), routingKey: 'tags_model_crud' };
    const data = { id: object, path: 'objects_model_crud' };
    const answer = await world().ask('stranger', 'objects', 'wouldDelete', data, more);
    assert.is(errorName(answer) === 'not-permitted', refused, JSON.stringify(answer));
  });

  test('decision alone: a deleting alone removes nothing', async () => {
    const { object, tag } = await objectWithTag(world());
    const more = { headers: sagaOf(`alone ${object}`), routingKey: 'tags_model_crud' };
    await world().ask('stranger', 'objects', 'deleting', { id: object }, more);
    assert.ok(await exists(world(), 'tags', tag));
  });

  test('blind vote: a vote by a program that has not read the question is no vote', async () => {
    const object = await created(world(), 'objects');
    assert.is(await subscribedAsArchive(world(), object), 'ok');
    const blind = world().connection('stranger');
    try {
      await blind.open({ exchanges: [], queues: [], bindings: [] });
      const deletion = world().ask('api', 'objects', 'delete', { id: object });
      for (const correlationId of [object, '1', `${object}/mayDelete/archive`])
        await voteBlindly(blind, correlationId);
      assert.is(errorName(await deletion), 'refused');
      assert.ok(await exists(world(), 'objects', object));
    } finally {
      await blind.close();
    }
  });

  test(`lists: taking another service off a list is ${outcome}`, async () => {
    const { object } = await objectWithTag(world());
    const data = { service: 'tags_model_crud', subscribe_to_id: [object] };
    const answer = await world().ask('stranger', 'objects', 'unsubscribe', data);
    assert.is(errorName(answer) === 'not-permitted', refused);
  });

  test(`foreign queue: an answer into a queue of another service is ${outcome}`, async () => {
    const archive = world().connection('archive');
    const spy = world().connection('api');
    const arrived: string[] = [];
    try {
      await openQueue(archive, inbox, inbox);
      await spy.open({ exchanges: [], queues: [], bindings: [] });
      const ownArrives = new Promise<void>((resolve) => {
        void archive.consume(inbox, { prefetch: 0 }, async ({ properties }) => {
          arrived.push(properties.correlationId ?? '');
          if (properties.correlationId === 'own') resolve();
          return 'done' satisfies Acknowledgement;
        });
      });
      await askForArchive(spy, 'foreign');
      await askForArchive(archive, 'own');
      await ownArrives;
      assert.equal(arrived, refused ? ['own'] : ['foreign', 'own']);
    } finally {
      await spy.close();
      await archive.close();
    }
  });

  if (!refused) return;

  test('service: its user sends no operator’s message and no message of another service', async () => {
    const retire = { service: 'tags_model_crud', by: 'x', why: 'y' };
    const leave = { service: 'tags_model_crud', subscribe_to_id: [noId] };
    for (const [action, data] of [
      ['retire', retire],
      ['unsubscribe', leave],
    ] as const)
      assert.is(errorName(await world().ask('archive', 'objects', action, data)), 'not-permitted');
  });

  test('operator: the history names the user, with the given text as the person', async () => {
    const object = await created(world(), 'objects');
    assert.is(await subscribedAsArchive(world(), object), 'ok');
    const operator = { service: 'archive', by: 'the night shift', why: 'archive is gone' };
    await world().ask('ops', 'objects', 'retire', operator);
    const line = world()
      .history()
      .find(({ what, operation }) => what === 'operator' && operation === 'retire');
    assert.equal([line?.['by'], line?.['person']], ['ops', 'the night shift']);
  });

  test('operator: a message of an operator is taken', async () => {
    const data = { service: 'nobody', by: 'x', why: 'y' };
    assert.is(errorName(await world().ask('ops', 'objects', 'retire', data)), 'not-found');
  });

  test('a vote of the voter’s own user counts', async () => {
    const object = await created(world(), 'objects');
    assert.is(await subscribedAsArchive(world(), object), 'ok');
    const archive = world().connection('archive');
    try {
      await answerAsArchive(archive, `own.${object}`);
      assert.equal(await world().ask('api', 'objects', 'delete', { id: object }), {});
    } finally {
      await archive.close();
    }
  });
}
