/** The callback of the transactions service over HTTP: told at least once, and only at a checked address. */
import { assert, suite } from '../../support/suite.ts';
import { WebhookServer } from '../webhook/webhook-server.ts';
import { CardWorld, places } from './card-world.ts';

const test = suite('callback of a transaction', { deadlineMs: 60_000 });
const secret = 'a secret of a test';
let server: WebhookServer;
let url: string;
let world: CardWorld | undefined;

test.before.each(async () => {
  server = new WebhookServer(secret);
  url = await server.open();
});
test.after.each(async () => {
  await world?.close();
  await server.close();
});

async function open(addresses: readonly string[]): Promise<CardWorld> {
  world = await CardWorld.open({
    TRANSACTIONS__CALLBACK: JSON.stringify({ url, addresses }),
    TRANSACTIONS__CALLBACK__SECRET: secret,
  });
  await world.start('mcards', 'transactions', 'file_remover');
  return world;
}

async function deleteCard(cards: CardWorld): Promise<void> {
  const card = { id: 'c1', owner: 'kim', transaction: 't-c1' };
  assert.equal(await cards.request(places.cards, 'create', card), { id: 'c1' });
  assert.equal(await cards.request(places.cards, 'delete', { id: 'c1', owner: 'kim' }), {});
}

test('a callback that fails first is told again, under one key, until it answers with success', async () => {
  const answers = [{ status: 500 }, null];
  server.answer = () => {
    const answer = answers[server.heard.length - 1];
    return answer === undefined ? { status: 204, body: '' } : answer;
  };
  const cards = await open(['127.0.0.1/32']);
  await deleteCard(cards);
  await cards.told('callback told', 'c1');
  const [first] = server.heard;
  const id = 'callback/t-c1/2@transactions';
  assert.equal(first?.body, {
    id,
    transaction: 't-c1',
    state: 'confirmed',
    card: 'c1',
  });
  assert.equal(
    server.heard.map(({ key, isSigned, body }) => [key, isSigned, body]),
    [first, first, first].map((each) => [id, true, each?.body]),
  );
});

test('a failure is told with its reason, and the end after it too', async () => {
  const cards = await open(['127.0.0.1/32']);
  const process = (state: string, more = {}) =>
    cards.request(places.transactions, 'process', { transaction: 't1', state, ...more });
  await process('DELETE');
  await process('failed', { reason: 'no gas' });
  await process('failed', { reason: 'again' });
  await process('DELETE');
  await process('confirmed');
  await cards.told('callback told', 't1', 2);
  assert.equal(server.heard.map(({ body }) => [body['state'], body['reason'] ?? null]).sort(), [
    ['confirmed', null],
    ['failed', 'no gas'],
  ]);
});

test('an address out of reach is never dialled, and the end is a dead letter', async () => {
  const cards = await open([]);
  await deleteCard(cards);
  await cards.told('callback not told', 'c1');
  assert.equal(server.heard, []);
  const [deadLetter] = await cards.journals.transactions.deadLetters('all', 10);
  assert.match(String(deadLetter?.reason), /only public addresses/);
});

test.run();
