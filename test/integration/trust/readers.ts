/** What a program tries that reads the messages of an exchange through a queue of its own. */
import { Client } from '../../../runtime/client.ts';
import { systemClock } from '../../../runtime/ports/clock.ts';
import type { Delivery } from '../../../runtime/ports/envelope.ts';
import { systemIds } from '../../../runtime/ports/ids.ts';
import type { Json, JsonObject } from '../../../runtime/ports/json.ts';
import type { Acknowledgement, Transport } from '../../../runtime/ports/transport.ts';
import { assert, type Suite } from '../../support/suite.ts';
import {
  answerAsArchive,
  created,
  errorName,
  exists,
  openQueue,
  subscribedAsArchive,
} from './strangers.ts';
import type { TrustedWorld } from './trusted-world.ts';

function actionOf({ body }: Delivery): string {
  return JSON.parse(Buffer.from(body).toString('utf8')).action;
}

/** Sends the message again under the key, with the same properties and another body. */
async function resend(
  transport: Transport,
  { exchange, properties: { userId: _user, ...properties } }: Delivery,
  routingKey: string,
  body: Json,
): Promise<void> {
  const bytes = Buffer.from(JSON.stringify(body));
  await transport.publish({ exchange, routingKey, mandatory: false, properties, body: bytes });
}

/** Archive as an older program: silent about a question, obedient to a decision. Returns what it has removed. */
async function openOldArchive(transport: Transport, queue: string): Promise<readonly string[]> {
  const removed: string[] = [];
  await openQueue(transport, queue, 'archive');
  await transport.consume(queue, { prefetch: 0 }, async (delivery) => {
    const { exchange, properties } = delivery;
    if (actionOf(delivery) !== 'deleting') return 'done' satisfies Acknowledgement;
    const { replyTo = '', correlationId = '', messageId, headers = {} } = properties;
    removed.push(String(messageId));
    await transport.publish({
      exchange: String(headers['reply-exchange'] ?? exchange),
      routingKey: replyTo,
      mandatory: false,
      properties: { correlationId, appId: 'archive', persistent: false },
      body: Buffer.from('{"response":"ok"}'),
    });
    return 'done' satisfies Acknowledgement;
  });
  return removed;
}

/** `refused`: whether the services have the section `trust`. */
export function readers(test: Suite, world: () => TrustedWorld, refused: boolean): void {
  const outcome = refused ? 'refused' : 'possible';

  test('read request: a client takes the answer of a program that reads its request', async () => {
    const spy = world().connection('stranger');
    try {
      await openQueue(spy, 'spy.requests', 'for-nobody-else');
      await spy.consume('spy.requests', { prefetch: 0 }, async ({ properties }) => {
        const { replyTo = '', correlationId = '' } = properties;
        await spy.publish({
          exchange: 'objects',
          routingKey: replyTo,
          mandatory: false,
          properties: { correlationId, contentType: 'application/json', persistent: false },
          body: Buffer.from('{"id":"forged"}'),
        });
        return 'done' satisfies Acknowledgement;
      });
      const more = { routingKey: 'for-nobody-else' };
      assert.equal(await world().ask('api', 'objects', 'create', {}, more), { id: 'forged' });
    } finally {
      await spy.close();
    }
  });

  test(`read vote: a vote in the name of a silent voter is ${outcome}`, async () => {
    const object = await created(world(), 'objects');
    assert.is(await subscribedAsArchive(world(), object), 'ok');
    const spy = world().connection('stranger');
    try {
      await answerAsArchive(spy, `spy.${object}`);
      const answer = await world().ask('api', 'objects', 'delete', { id: object });
      assert.is(errorName(answer) === 'refused', refused, JSON.stringify(answer));
    } finally {
      await spy.close();
    }
  });

  test('copy: a client takes the refusal of a copy for the answer to its request', async () => {
    const spy = world().connection('stranger');
    try {
      await openQueue(spy, 'spy.copies', 'for-a-copy');
      await spy.consume('spy.copies', { prefetch: 0 }, async (delivery) => {
        const copy = { action: 'create', data: { parentId: 'nonsense' } };
        await resend(spy, delivery, 'objects_model_crud_consume', copy);
        return 'done' satisfies Acknowledgement;
      });
      const more = { routingKey: 'for-a-copy' };
      const answer = await world().ask('api', 'objects', 'create', {}, more);
      assert.is(errorName(answer), refused ? 'not-permitted' : 'bad-message');
    } finally {
      await spy.close();
    }
  });

  test('clean-up: the clean-up of an older voter that has not voted counts as its ok', async () => {
    const object = await created(world(), 'objects');
    assert.is(await subscribedAsArchive(world(), object), 'ok');
    const [archive, spy] = [world().connection('archive'), world().connection('stranger')];
    try {
      const removed = await openOldArchive(archive, `archive.${object}`);
      await openQueue(spy, `spy.${object}`, 'archive');
      await spy.consume(`spy.${object}`, { prefetch: 0 }, async (delivery) => {
        if (actionOf(delivery) === 'mayDelete')
          await resend(spy, delivery, 'archive', { action: 'deleting', data: { id: object } });
        return 'done' satisfies Acknowledgement;
      });
      assert.equal(await world().ask('api', 'objects', 'delete', { id: object }), {});
      assert.ok(removed.length >= 2, 'archive has heard the forged decision and the true one');
      assert.not.ok(await exists(world(), 'objects', object));
    } finally {
      await spy.close();
      await archive.close();
    }
  });

  test('borrowed name: a client uses up a message id of another client, under its name', async () => {
    const [borrower, owner] = [world().connection('ops'), world().connection('api')];
    const ports = { clock: systemClock, ids: systemIds(systemClock) };
    const client = new Client({ transport: owner, name: 'api', ...ports });
    try {
      await borrower.open({ exchanges: [], queues: [], bindings: [] });
      await client.open();
      const to = { exchange: 'objects', routingKey: 'objects_model_crud_consume' };
      const body = { action: 'create', data: { attributes: { cn: 'borrowed' } } };
      await borrower.publish({
        ...to,
        mandatory: true,
        properties: { messageId: 'm-1', appId: 'api', persistent: false },
        body: Buffer.from(JSON.stringify(body)),
      });
      const own = { action: 'create', data: { attributes: { cn: 'own' } } };
      const answer = await client.request(to, own, { messageId: 'm-1' });
      assert.is(errorName(answer as JsonObject), 'message-id-reused', JSON.stringify(answer));
    } finally {
      await borrower.close();
      await client.close();
    }
  });
}
