/**
 * The attacks on the wire, each a test, by users of the broker who may write to every exchange. The
 * services are those of `plant.ts`: with `trust`, and each as its own user.
 */
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { withEscapes } from '../../../cli/print.ts';
import { isJsonObject } from '../../../config/json.ts';
import type { Headers } from '../../../runtime/ports/envelope.ts';
import type { JsonObject } from '../../../runtime/ports/json.ts';
import type { Acknowledgement, Transport } from '../../../runtime/ports/transport.ts';
import { assert, type Suite } from '../../support/suite.ts';
import type { Outsider, Plant } from './plant.ts';

const files = { exchange: 'file_management_queue', routingKey: 'file_management_queue' };
const cards = { exchange: 'mcards', routingKey: 'mcards_consume' };
const gateway = { exchange: 'objects', routingKey: 'objects_api_crud_consume' };
const byOperator = { by: 'the night shift', why: 'a test' };

function errorOf({ error }: JsonObject): JsonObject {
  return isJsonObject(error) ? error : {};
}

function isRefused(answer: JsonObject): void {
  assert.is(errorOf(answer)['name'], 'not-permitted', JSON.stringify(answer));
}

async function created(plant: Plant, entity: string, data: JsonObject = {}): Promise<string> {
  const answer = await plant.request('api', entity, 'create', data);
  assert.is(typeof answer['id'], 'string', JSON.stringify(answer));
  return String(answer['id']);
}

async function exists(plant: Plant, entity: string, id: string): Promise<boolean> {
  const { data } = await plant.request('api', entity, 'read', { id });
  return Array.isArray(data) && data.length === 1;
}

/** A tag below an object, and a method of the tag that uses a constant. */
async function methodInUse(plant: Plant) {
  const object = await created(plant, 'objects');
  const tag = await created(plant, 'tags', { parentId: object });
  const constant = await created(plant, 'constants');
  const attributes = { prsConstantId: constant };
  const method = await created(plant, 'methods', { parentId: tag, attributes });
  return { object, tag, constant, method };
}

function sagaOf(saga: string, more: Headers = {}): Headers {
  const consent = { 'consent-protocol': 2, 'consent-epoch': 1, 'consent-hops': 0 };
  return { ...consent, 'consent-saga': saga, ...more };
}

/** A queue of the connection itself, with what comes under the key. */
async function listen(
  transport: Transport,
  [exchange, routingKey]: readonly [string, string],
  take: (
    transport: Transport,
    delivery: Parameters<Parameters<Transport['consume']>[2]>[0],
  ) => void,
): Promise<void> {
  const name = `own.${exchange}.${routingKey}.${process.hrtime.bigint()}`;
  const passing = { durable: false, exclusive: true, autoDelete: true, declare: true };
  await transport.open({
    exchanges: [],
    queues: [{ name, ...passing, arguments: {} }],
    bindings: [{ exchange, queue: name, routingKey, arguments: {} }],
  });
  await transport.consume(name, { prefetch: 0 }, async (delivery) => {
    take(transport, delivery);
    return 'done' satisfies Acknowledgement;
  });
}

function filesAttacks(test: Suite, plant: () => Plant): void {
  test('symlink swap: a removal through a link to a folder outside the root removes nothing', async () => {
    const { filesFolder } = plant();
    const outside = join(filesFolder, '..', 'outside');
    mkdirSync(outside);
    symlinkSync(outside, join(filesFolder, 'link'));
    const file = join(outside, 'kept.txt');
    writeFileSync(file, 'kept');
    const url = pathToFileURL(join(filesFolder, 'link', 'kept.txt')).href;
    const data = { url, id: 'link-1' };
    isRefused(await plant().ask('stranger', files, { action: 'remove', data }));
    const answer = await plant().ask('api', files, { action: 'remove', data });
    assert.ok(answer['error'], JSON.stringify(answer));
    assert.ok(existsSync(file));
  });

  test('file id poison: nobody else uses up the id under which the file of a card is removed', async () => {
    const file = join(plant().filesFolder, 'card.pdf');
    writeFileSync(file, 'private');
    const list = { must_be_deleted_files: [pathToFileURL(file).href] };
    const card = { id: 'card-02', owner: 'kim', metadata: list };
    const made = await plant().ask('api', cards, { action: 'create', data: card });
    assert.is(made['id'], 'card-02', JSON.stringify(made));
    const url = pathToFileURL(join(plant().filesFolder, 'nothing.pdf')).href;
    const poison = { action: 'remove', data: { url, id: 'mcards/card-02/file/0' } };
    isRefused(await plant().ask('stranger', files, poison));
    const asked = { action: 'delete', data: { id: 'card-02', owner: 'kim' } };
    assert.equal(await plant().ask('api', cards, asked), {});
    assert.not.ok(existsSync(file));
  });
}

function consentAttacks(test: Suite, plant: () => Plant): void {
  test('eternal promise: a forged mayDelete with an endless deadline makes no promise', async () => {
    const object = await created(plant(), 'objects');
    const headers = sagaOf('evil-05', { 'consent-deadline-ms': 10 ** 15 });
    const to = { exchange: 'objects', routingKey: 'tags_model_crud' };
    const question = { action: 'mayDelete', data: { id: object } };
    for (const user of ['stranger', 'api', 'archive'] as const)
      isRefused(await plant().ask(user, to, question, { headers }));
    assert.ok(await created(plant(), 'tags', { parentId: object }));
  });

  for (const body of [{ response: 'ok' }, { response: 'ok', service: 'nobody' }])
    test(`forged vote: a vote that is forged sooner than the voter’s is no vote: ${JSON.stringify(body)}`, async () => {
      const { constant, method } = await methodInUse(plant());
      const spy = await plant().connect('stranger');
      let forged = 0;
      await listen(spy, ['constants', 'methods_model_crud'], (transport, { properties }) => {
        const { replyTo = '', correlationId = '', headers = {} } = properties;
        const exchanges = ['constants', String(headers['reply-exchange']), ''];
        forged += 1;
        for (const exchange of exchanges)
          void transport
            .publish({
              exchange,
              routingKey: replyTo,
              mandatory: false,
              properties: { correlationId, appId: 'methods_model_crud', persistent: false },
              body: Buffer.from(JSON.stringify(body)),
            })
            .catch(() => undefined);
      });
      const answer = await plant().request('api', 'constants', 'delete', { id: constant });
      await spy.close();
      assert.ok(forged > 0, 'the spy has heard a question');
      assert.is(errorOf(answer)['name'], 'refused', JSON.stringify(answer));
      assert.ok(await exists(plant(), 'constants', constant));
      assert.ok(await exists(plant(), 'methods', method));
    });

  const ways = [
    ['through the owner’s exchange', 'objects', 'tags_model_crud', sagaOf('evil-07')],
    ['as an older owner', 'objects', 'tags_model_crud', {}],
    ['through the exchange of the voter', 'tags', 'tags_model_crud_consume', {}],
  ] as const;
  for (const [way, exchange, routingKey, headers] of ways)
    test(`forged deleting: ${way} removes nothing`, async () => {
      const { object, tag, method } = await methodInUse(plant());
      const forged = { action: 'deleting', data: { id: object } };
      isRefused(await plant().ask('stranger', { exchange, routingKey }, forged, { headers }));
      assert.ok(await exists(plant(), 'tags', tag));
      assert.ok(await exists(plant(), 'methods', method));
    });

  test('forged unsubscribe: nobody takes another service off a list, moves its questions, or lists a name of its own', async () => {
    const { object } = await methodInUse(plant());
    const headers = { 'consent-protocol': 2, 'consent-generation': 999 };
    const tags = { service: 'tags_model_crud', subscribe_to_id: [object] };
    const ghost = { service: 'ghost', subscribe_to_id: [object] };
    const attempts = [
      ['unsubscribe', tags],
      ['subscribe', { ...tags, routing_key: 'evil' }],
      ['subscribe', ghost],
    ] as const;
    for (const user of ['stranger', 'archive'] as const)
      for (const [action, data] of attempts)
        isRefused(await plant().request(user, 'objects', action, data, { headers }));
    assert.equal(await plant().request('api', 'objects', 'delete', { id: object }), {});
  });
}

function operatorAttacks(test: Suite, plant: () => Plant): void {
  test('a NUL in an operator’s message is answered, and the service goes on', async () => {
    const data = { saga: 'a\0b', ...byOperator };
    isRefused(await plant().request('stranger', 'objects', 'cancel', data));
    const answer = await plant().request('ops', 'objects', 'cancel', data);
    assert.ok(['bad-message', 'bad-key', 'not-found'].includes(String(errorOf(answer)['name'])));
    assert.ok(await created(plant(), 'objects'));
  });

  test('operators: nobody retires a voter, so a constant in use stays', async () => {
    const { constant } = await methodInUse(plant());
    const data = { service: 'methods_model_crud', by: 'root', why: 'because' };
    for (const user of ['stranger', 'api', 'archive'] as const)
      isRefused(await plant().request(user, 'constants', 'retire', data));
    const answer = await plant().request('api', 'constants', 'delete', { id: constant });
    assert.is(errorOf(answer)['name'], 'refused');
    assert.ok(await exists(plant(), 'constants', constant));
  });

  test('operators: nobody skips a voter or cancels a saga, and internal actions are unknown', async () => {
    const voter = { saga: 's', voter: 'archive', ...byOperator };
    isRefused(await plant().request('stranger', 'objects', 'skip', voter));
    const cancel = { saga: 's', ...byOperator };
    isRefused(await plant().request('stranger', 'objects', 'cancel', cancel));
    for (const user of ['stranger', 'ops'] as const) {
      const data = { operation: 'cancel', saga: 's', key: 'k', ...byOperator };
      const error = errorOf(await plant().request(user, 'objects', 'operateSaga', data));
      assert.is(error['name'], 'unknown-action');
      assert.not.match(String(error['message']).replace(/.* it knows /, ''), /operate|ensure/);
    }
  });
}

async function answerTo(plant: Plant, user: Outsider, messageId: string, cn: string) {
  return plant.request(user, 'objects', 'create', { attributes: { cn } }, { messageId });
}

function messageAttacks(test: Suite, plant: () => Plant): void {
  test('identity collision: two clients with one message id get their own answers', async () => {
    const one = await answerTo(plant(), 'api', 'm-10', 'ten-a');
    const other = await answerTo(plant(), 'ops', 'm-10', 'ten-b');
    assert.is.not(one['id'], other['id']);
    assert.equal(await answerTo(plant(), 'api', 'm-10', 'ten-a'), one);
    const reused = errorOf(await answerTo(plant(), 'api', 'm-10', 'ten-c'));
    assert.is(reused['name'], 'message-id-reused');
  });

  test('long ids: a message id as long as AMQP allows is answered, and blocks nothing', async () => {
    const messageId = 'x'.repeat(255);
    const data = { id: '018f2a10-0000-7000-8000-000000000001' };
    const answer = await plant().request('api', 'objects', 'delete', data, { messageId });
    assert.is(errorOf(answer)['name'], 'not-found', JSON.stringify(answer));
    isRefused(await plant().request('stranger', 'objects', 'delete', data, { messageId }));
    assert.ok(await created(plant(), 'tags'));
  });

  test('shapes of an older gateway: bodies with null for each value that is not given', async () => {
    const attributes = { cn: null, description: null, prsActive: true, prsIndex: null };
    const body = { action: 'objects.create', data: { parentId: null, attributes } };
    const to = { exchange: 'objects', routingKey: 'objects_api_crud_publish' };
    const { id } = await plant().ask('api', to, body);
    assert.is(typeof id, 'string');
    const erased = { action: 'objects.delete', data: { id: [String(id)] } };
    assert.equal(await plant().ask('api', to, erased), {});
    isRefused(await plant().ask('stranger', to, body));
  });

  test('large read: an answer of more than a megabyte comes through the gateway', async () => {
    const object = await created(plant(), 'objects');
    for (const cn of ['one', 'two'])
      await created(plant(), 'objects', {
        parentId: object,
        attributes: { cn, description: 'x'.repeat(700_000) },
      });
    const answer = await plant().ask('api', gateway, { action: 'read', data: { base: object } });
    assert.ok(JSON.stringify(answer).length > 1_400_000);
    isRefused(await plant().ask('stranger', gateway, { action: 'read', data: { base: object } }));
  });

  test('terminal escapes: a stranger’s control characters reach no terminal', async () => {
    const { deadLetters } = plant().deployment;
    const action = '\u001b[2J\u001b]0;pwned\u0007nothing to see';
    const answer = await plant().request('stranger', 'objects', action, {});
    const shown = withEscapes(String(errorOf(answer)['message']));
    assert.match(shown, /\\u001b\[2J/);
    const stranger = await plant().connect('stranger');
    await stranger.open({ exchanges: [], queues: [], bindings: [] });
    await stranger.publish({
      exchange: 'objects',
      routingKey: 'objects_model_crud_consume',
      mandatory: true,
      properties: { messageId: 'esc-17', contentType: 'application/json', persistent: false },
      body: Buffer.from(JSON.stringify({ action, data: {} })),
    });
    // The service takes messages in their order, so the dead letter is there with this answer.
    assert.ok(await created(plant(), 'objects'));
    const kept = await deadLetters.list({ service: 'objects_model_crud' });
    const deadLetter = kept.find(({ properties }) => properties.messageId === 'esc-17');
    assert.ok(deadLetter !== undefined);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the character of the attack
    assert.not.match(withEscapes(deadLetter?.reason ?? ''), /[\u001b\u0007]/);
  });
}

/** All attacks that reach a broker, as tests of the suite. */
export function wireAttacks(test: Suite, plant: () => Plant): void {
  filesAttacks(test, plant);
  operatorAttacks(test, plant);
  consentAttacks(test, plant);
  messageAttacks(test, plant);
}
