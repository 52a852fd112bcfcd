/** The three services together on the memory broker: what a caller sees, and what is left when a card is gone. */
import { mkdir, symlink, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Card } from '../../../actors/cards/store.ts';
import type { Receipt } from '../../../actors/file-remover/store.ts';
import type { Transaction } from '../../../actors/transactions/store.ts';
import type { Json, JsonObject } from '../../../runtime/ports/json.ts';
import { noUndo } from '../../../runtime/ports/undo-log.ts';
import { assert, suite } from '../../support/suite.ts';
import { CardWorld, places } from './card-world.ts';

const test = suite('card services');
let world: CardWorld;
let urls: string[];

test.before.each(async () => {
  world = await CardWorld.open();
  urls = await world.writeFiles('a.png', 'b.png');
});
test.after.each(() => world.close());

async function create(id = 'c1', more: JsonObject = {}): Promise<Json> {
  const data = {
    id,
    owner: 'kim',
    transaction: `t-${id}`,
    metadata: { must_be_deleted_files: urls, title: 'x' },
    ...more,
  };
  return world.request(places.cards, 'create', data);
}
const remove = (more: JsonObject = {}, messageId?: string) =>
  world.request(places.cards, 'delete', { id: 'c1', owner: 'kim', ...more }, messageId);

async function rows<Row>(place: keyof typeof places, filter: JsonObject): Promise<readonly Row[]> {
  const answer = (await world.request(places[place], 'read', filter)) as JsonObject;
  return answer['data'] as unknown as readonly Row[];
}
const cards = () => rows<Card>('cards', { id: 'c1' });
const transactions = () => rows<Transaction>('transactions', { transaction: 't-c1' });
const receipts = () => rows<Receipt>('files', { card: 'c1' });
const errorOf = (answer: Json) =>
  (answer as { error?: { code: number; name: string; message: string } }).error;

const all = ['mcards', 'transactions', 'file_remover'] as const;

test('a card is created and read', async () => {
  await world.start(...all);
  assert.equal(await create(), { id: 'c1' });
  assert.equal(await cards(), [
    {
      id: 'c1',
      owner: 'kim',
      kind: 'db',
      state: 'active',
      transaction: 't-c1',
      metadata: { must_be_deleted_files: urls, title: 'x' },
      version: 1,
    },
  ]);
});

test('creating it again is refused in the form of a create', async () => {
  await world.start(...all);
  await create();
  const answer = (await create()) as JsonObject;
  assert.is(answer['id'], null);
  assert.is(errorOf(answer)?.name, 'name-taken');
});

test('a sync delete is answered when row and transaction are through, and then the files go', async () => {
  await world.start(...all);
  await create();
  assert.equal(await remove(), {});
  assert.equal(await cards(), []);
  assert.equal(
    (await transactions()).map(({ state, card }) => [state, card]),
    [['confirmed', 'c1']],
  );
  await world.told('file removed', 'c1', 2);
  assert.equal([await world.exists('a.png'), await world.exists('b.png')], [false, false]);
  const found = await receipts();
  assert.equal(
    found.map(({ url, state, bytes, attempts, note }) => ({ url, state, bytes, attempts, note })),
    urls.map((url) => ({ url, state: 'removed', bytes: 16, attempts: 1, note: null })),
  );
  assert.ok(
    found.every(({ sha256, removedAtMs }) => sha256?.length === 64 && removedAtMs !== null),
  );
});

test('a card under the id of an earlier card has removals of its own, so its files go too', async () => {
  const runtime = await world.start(...all);
  await create();
  assert.equal(await remove(), {});
  await world.told('file removed', 'c1', 2);
  await world.told('lock released', 'c1');
  await runtime.stop();
  assert.is(await world.cards.prune(noUndo, Number.MAX_SAFE_INTEGER, 10), 1);

  await world.start(...all);
  urls = await world.writeFiles('second.png');
  assert.equal(await create(), { id: 'c1' });
  assert.equal(await remove(), {});
  await world.told('file removed', 'c1', 3);
  assert.not.ok(await world.exists('second.png'));
  const removals = await receipts();
  assert.is(new Set(removals.map(({ id }) => id)).size, 3);
});

test('the history tells it in order', async () => {
  await world.start(...all);
  await create();
  await remove();
  await world.told('file removed', 'c1', 2);
  await world.told('lock released', 'c1');
  const story = world.story('c1');
  const order = [
    'mcards: card created',
    'mcards: card state',
    'mcards: lock taken',
    'transactions: transaction',
    'mcards: card removed',
    'file_remover: file queued',
    'file_remover: file removed',
  ].map((line) => story.indexOf(line));
  assert.not.ok(order.includes(-1), story.join('\n'));
  assert.equal(
    order,
    [...order].sort((a, b) => a - b),
    story.join('\n'),
  );
});

const undelete = (id = 'c1', owner = 'kim') =>
  world.request(places.cards, 'undelete', { id, owner });

async function withWindow(): Promise<void> {
  await world.close();
  world = await CardWorld.open({
    CARDS__UNDELETE_MS: '60000',
    FILE_REMOVER__QUARANTINE_MS: '60000',
  });
  urls = await world.writeFiles('a.png', 'b.png');
  await world.start(...all);
  await create();
}

test('a card is undeleted while its files are in quarantine: a new card with the content and the files', async () => {
  await withWindow();
  const { quarantined } = (await remove()) as { quarantined: readonly JsonObject[] };
  assert.equal(quarantined.map(({ url }) => url).sort(), [...urls].sort());
  assert.not.ok(await world.exists('a.png'));
  assert.equal(
    (await receipts()).map(({ state }) => state),
    ['quarantined', 'quarantined'],
  );
  assert.is(errorOf(await undelete('c1', 'lee'))?.name, 'not-permitted');

  const { id } = (await undelete()) as { id: string };
  const [card] = await rows<Card>('cards', { id });
  assert.equal(
    [card?.owner, card?.state, card?.transaction, card?.metadata],
    ['kim', 'active', null, { must_be_deleted_files: urls, title: 'x' }],
  );
  assert.equal([await world.exists('a.png'), await world.exists('b.png')], [true, true]);
  assert.equal(
    (await receipts()).map(({ state }) => state),
    ['restored', 'restored'],
  );
  assert.equal(await cards(), []);
  assert.is(errorOf(await undelete())?.name, 'gone');
  assert.ok('quarantined' in ((await remove({ id })) as object));
  assert.not.ok(await world.exists('a.png'));
});

test('an undeletion with a lost file is refused, and the other files go again', async () => {
  await withWindow();
  await remove();
  await writeFile(world.pathOf('b.png'), 'newer');
  const error = errorOf(await undelete());
  assert.is(error?.name, 'gone');
  assert.match(error?.message ?? '', /b\.png \(name-taken/);
  await world.told('file in quarantine', 'c1', 3);
  assert.not.ok(await world.exists('a.png'));
  assert.equal(await cards(), []);
});

test('without a time for undeletions a removed card is gone', async () => {
  await world.start(...all);
  await create();
  await remove();
  assert.is(errorOf(await undelete())?.name, 'gone');
  assert.is(errorOf(await undelete('c2'))?.name, 'not-found');
});

test('an undeletion before the decision calls the deletion off, also of a card that waits for its lock', async () => {
  await world.start('mcards', 'file_remover');
  for (const id of ['c1', 'c2']) await create(id, { transaction: 't' });
  const first = remove();
  await world.told('lock taken', 'c1');
  const second = remove({ id: 'c2' });
  await world.told('waiting for lock', 'c2');
  assert.equal(await undelete('c2'), { id: 'c2' });
  assert.match(errorOf(await second)?.message ?? '', /the owner has undeleted the card/);
  const back = undelete();
  await world.start('transactions');
  assert.equal(await back, { id: 'c1' });
  assert.match(errorOf(await first)?.message ?? '', /the owner has undeleted the card/);
  assert.is((await cards())[0]?.state, 'active');
  assert.equal([await world.exists('a.png'), await receipts()], [true, []]);
  assert.equal(await world.journals.mcards.deadLetters(['mcards'], 10), []);
  assert.equal(await undelete(), { id: 'c1' });
  assert.equal(await remove(), {});
});

test('an async deletion that is called off deletes nothing when its burn arrives', async () => {
  await world.start(...all);
  await create();
  const [accepted, back] = await Promise.all([remove({ mode: 'async' }), undelete()]);
  assert.equal([accepted, back], [{}, { id: 'c1' }]);
  const burn = { mcard_burn: { card: 'c1', owner: 'lee' } };
  // Behind the burn of the deletion on the same queue: that burn is handled before.
  await world.client.request(places.burns, burn, { timeoutMs: 5_000 });
  assert.is((await cards())[0]?.state, 'active');
  assert.equal(await remove(), {});
});

test('without a file remover a sync delete is answered, and the files go when one starts', async () => {
  await world.close();
  world = await CardWorld.open({ CARDS__FILES_WAIT_MS: '50' });
  urls = await world.writeFiles('a.png', 'b.png');
  await world.start('mcards', 'transactions');
  await create();
  const { partly } = (await remove()) as { partly: readonly JsonObject[] };
  assert.equal(
    partly.map(({ url }) => url),
    urls,
  );
  assert.match(String(partly[0]?.['reason']), /^not removed yet/);
  assert.equal(
    (await transactions()).map(({ state }) => state),
    ['confirmed'],
  );
  await world.start('file_remover');
  await world.told('file removed', 'c1', 2);
  assert.equal([await world.exists('a.png'), await world.exists('b.png')], [false, false]);
});

test('somebody else is refused, and nothing has changed', async () => {
  await world.start(...all);
  await create();
  const error = errorOf(await remove({ owner: 'lee' }));
  assert.equal([error?.code, error?.name], [403, 'not-permitted']);
  assert.match(error?.message ?? '', /'c1'/);
  assert.is((await cards())[0]?.state, 'active');
  assert.equal(await transactions(), []);
  assert.ok(await world.exists('a.png'));
});

test('a card nobody knows is not found, one that is gone is gone', async () => {
  await world.start(...all);
  assert.is(errorOf(await remove())?.name, 'not-found');
  await create();
  assert.equal(await remove(), {});
  assert.equal(await remove(), {});
  assert.is(errorOf(await remove({ owner: 'lee' }))?.name, 'not-permitted');
});

test('the same request is done once and answered alike', async () => {
  await world.start(...all);
  await create();
  assert.equal(await Promise.all([remove({}, 'm1'), remove({}, 'm2')]), [{}, {}]);
  assert.equal(await remove({}, 'm1'), {});
  await world.told('file removed', 'c1', 2);
  assert.is(world.story('c1').filter((line) => line === 'mcards: card removed').length, 1);
});

test('an async delete is accepted at once and goes on through the queue', async () => {
  await world.start(...all);
  await create();
  assert.equal(await remove({ mode: 'async' }), {});
  await world.told('file removed', 'c1', 2);
  assert.equal(await cards(), []);
  assert.ok(world.story('c1').includes('mcards: burn queued'));
});

test('while the transactions service is away the card is shown as deleted, and nothing of it is gone', async () => {
  await world.start('mcards', 'file_remover');
  await create();
  const removed = remove();
  await world.told('lock taken', 'c1');
  assert.is((await cards())[0]?.state, 'deleted');
  assert.equal([await world.exists('a.png'), await receipts()], [true, []]);
  await world.start('transactions');
  assert.equal(await removed, {});
  await world.told('file removed', 'c1', 2);
});

test('a process that ends in the middle is followed by one that goes on', async () => {
  const first = await world.start('mcards');
  await create();
  const removed = remove();
  await world.told('lock taken', 'c1');
  await first.stop();
  await world.start(...all);
  assert.equal(await removed, {});
  await world.told('file removed', 'c1', 2);
  assert.is(world.story('c1').filter((line) => line === 'mcards: card removed').length, 1);
});

test('a burn from another program deletes the card, once', async () => {
  await world.start(...all);
  await create();
  const body = JSON.stringify({
    mcard_burn: { card: 'c1', owner: 'kim', transaction: 't-c1', kind: 'db' },
  });
  const kombu = {
    contentType: 'application/json',
    contentEncoding: 'utf-8',
    headers: { request_id: 'r1' },
  };
  await world.publishRaw(places.burns, body, kombu);
  await world.publishRaw(places.burns, body, kombu);
  await world.told('file removed', 'c1', 2);
  assert.equal(await cards(), []);
  assert.is(world.story('c1').filter((line) => line === 'mcards: card removed').length, 1);
  assert.equal(await world.journals.mcards.deadLetters(['mcards'], 10), []);
});

test('a burn by somebody else is a dead letter with its reason', async () => {
  await world.start(...all);
  await create();
  await world.publishRaw(
    places.burns,
    JSON.stringify({ mcard_burn: { card: 'c1', owner: 'lee' }, request_id: 'r1' }),
    {},
  );
  // For the same card, through the same queue: it is handled after the burn.
  assert.is(
    errorOf(await world.request(places.burns, 'delete', { id: 'c1', owner: 'lee' }))?.name,
    'not-permitted',
  );
  const deadLetters = await world.journals.mcards.deadLetters(['mcards'], 10);
  assert.equal(
    deadLetters.map(({ reason }) => reason),
    ["only the owner of the card 'c1' may delete it"],
  );
});

test('a transaction that refuses calls the deletion off, and the card can be deleted later', async () => {
  await world.start(...all);
  const other = { transaction: 't-c1', card: 'other' };
  await world.request(places.transactions, 'create', other);
  await create();
  assert.match(errorOf(await remove())?.message ?? '', /it is about another card/);
  assert.is((await cards())[0]?.state, 'active');
  const listed = (await world.request(places.cards, 'list', { owner: 'kim', state: 'active' })) as {
    data: Card[];
  };
  assert.equal(
    listed.data.map(({ id }) => id),
    ['c1'],
  );
  assert.equal([await world.exists('a.png'), await receipts()], [true, []]);

  assert.equal(await remove({ mode: 'async' }), {});
  await world.told('lock released', 'c1', 2);
  const deadLetters = await world.journals.mcards.deadLetters(['mcards'], 10);
  assert.equal(
    deadLetters.map(({ reason }) => reason.slice(0, 44)),
    ["the deletion of the card 'c1' is called off:"],
  );
  assert.is((await cards())[0]?.state, 'active');
});

test('two cards of one address are deleted one after the other, in the order of the requests', async () => {
  await world.start('mcards', 'file_remover');
  for (const id of ['c1', 'c2']) await create(id, { transaction: 't' });
  const first = remove();
  await world.told('lock taken', 'c1');
  const second = remove({ id: 'c2' });
  await world.told('waiting for lock', 'c2');
  await world.start('transactions');
  assert.equal(await first, {});
  assert.match(errorOf(await second)?.message ?? '', /it is about another card/);
  const lines = world.history.map(({ topic, line }) => `${topic}: ${String(line['what'])}`);
  assert.ok(lines.indexOf('c1: card removed') < lines.indexOf('c2: lock taken'), lines.join('; '));
});

test('files of a later card of the same id go too', async () => {
  await world.start(...all);
  await create('c1', { metadata: { must_be_deleted_files: urls.slice(0, 1) } });
  assert.equal(await remove(), {});
  await world.cards.prune(noUndo, Number.POSITIVE_INFINITY, 10);
  const later = { metadata: { must_be_deleted_files: urls.slice(1) }, transaction: 't2' };
  assert.equal(await create('c1', later), { id: 'c1' });
  assert.equal(await remove(), {});
  assert.equal([await world.exists('a.png'), await world.exists('b.png')], [false, false]);
});

test('a file of several cards goes with the last of them', async () => {
  await world.start(...all);
  for (const id of ['c1', 'c2', 'c3']) await create(id);
  const away = (id: string) => remove({ id });
  assert.equal(await Promise.all([away('c1'), away('c2')]), [{}, {}]);
  assert.equal([await world.exists('a.png'), await world.exists('b.png')], [true, true]);
  assert.equal(await away('c3'), {});
  assert.equal([await world.exists('a.png'), await world.exists('b.png')], [false, false]);
});

test('a removal that cannot be done is in the answer, in the receipts, and a dead letter to be replayed', async () => {
  await world.start(...all);
  const file = join(world.folder, 'later', 'c.png');
  await symlink(tmpdir(), join(world.folder, 'later'));
  await create('c1', { metadata: { must_be_deleted_files: [pathToFileURL(file).href] } });
  const { partly } = (await remove()) as { partly: readonly JsonObject[] };
  assert.equal(
    partly.map(({ url }) => url),
    [pathToFileURL(file).href],
  );
  assert.match(String(partly[0]?.['reason']), /the folder 'later' is a link/);
  const journal = world.journals.file_remover;
  const [deadLetter, ...more] = await journal.deadLetters(['file_remover'], 10);
  assert.is(more.length, 0);
  assert.match(
    deadLetter?.reason ?? '',
    /c\.png is not removed: not-permitted: the folder 'later'/,
  );
  const [failed] = await receipts();
  assert.equal([failed?.state, failed?.failedAtMs === null], ['failed', false]);

  await unlink(join(world.folder, 'later'));
  await mkdir(join(world.folder, 'later'));
  await writeFile(file, 'c');
  await journal.requestReplay({ ids: [deadLetter?.id ?? ''] });
  await world.told('file removed', 'c1');
  assert.not.ok(await world.exists('later/c.png'));
  assert.is((await receipts())[0]?.state, 'removed');
});

test('a file in a folder that is not ours stays, and its receipt says why', async () => {
  await world.start(...all);
  await create('c1', {
    metadata: {
      must_be_deleted_files: ['file:///etc/hostname', 'https://example.org/a.png', urls[0] ?? ''],
    },
  });
  const { partly } = (await remove()) as { partly: readonly JsonObject[] };
  assert.equal(partly.map(({ url }) => url).sort(), [
    'file:///etc/hostname',
    'https://example.org/a.png',
  ]);
  const notes = (await receipts()).map(({ state, note }) => `${state} ${note?.split(':')[0]}`);
  assert.equal(notes, ['failed not-permitted', 'failed not-permitted', 'removed undefined']);
});

test('a file that was gone already has a receipt that says so', async () => {
  await world.start(...all);
  await create('c1', { metadata: { must_be_deleted_files: [`${urls[0]}.gone`] } });
  await remove();
  await world.told('file absent', 'c1');
  assert.equal(
    (await receipts()).map(({ state, note }) => [state, note]),
    [['removed', 'absent']],
  );
});

test('a bare URL is removed, and its sender answered when it is gone', async () => {
  await world.start(...all);
  assert.equal(await world.client.request(places.files, urls[0] ?? '', { timeoutMs: 5_000 }), {});
  assert.not.ok(await world.exists('a.png'));
  assert.is((await rows<Receipt>('files', { url: urls[0] ?? '' })).length, 1);
});

test('an id that is used for another file is refused, and both files are told apart', async () => {
  await world.start(...all);
  const removal = (url: string | undefined) =>
    world.request(places.files, 'remove', { url: url ?? '', id: 'r1' });
  assert.equal(await removal(urls[0]), {});
  assert.match(errorOf(await removal(urls[1]))?.message ?? '', /'r1' is not of the file/);
  assert.equal([await world.exists('a.png'), await world.exists('b.png')], [false, true]);
});

test('nobody can say the file ids of a card before its deletion', async () => {
  await world.start(...all);
  await create();
  for (const id of ['mcards/c1/file/0', 'c1', 'mcards/c1'])
    await world.request(places.files, 'remove', { url: `${urls[0]}.other`, id });
  assert.equal(await remove(), {});
  await world.told('file removed', 'c1', 2);
  assert.equal([await world.exists('a.png'), await world.exists('b.png')], [false, false]);
});

test('bad requests are answered with what is wrong and where', async () => {
  await world.start(...all);
  const wrong = errorOf(await world.request(places.cards, 'delete', { id: 'c1' }));
  assert.match(wrong?.message ?? '', /'owner'/);
  const state = errorOf(
    await world.request(places.transactions, 'process', { transaction: 't1', state: 'LOST' }),
  );
  assert.is(state?.name, 'bad-message');
  const kind = (await create('c9', { kind: 'erc' })) as JsonObject;
  assert.equal([kind['id'], errorOf(kind)?.name], [null, 'bad-message']);
});

test('transactions are created, processed and read; what is confirmed stays so', async () => {
  await world.start('transactions');
  const ask = (action: string, data: JsonObject) =>
    world.request(places.transactions, action, data);
  assert.equal(await ask('create', { transaction: 't1', card: 'c1' }), { id: 't1' });
  assert.is(errorOf(await ask('create', { transaction: 't1' }))?.name, 'name-taken');
  assert.equal(await ask('process', { transaction: 't1', state: 'DELETE', card: 'c1' }), {
    response: 'ok',
  });
  const process = { exchange: 'transaction.process', routingKey: 'transaction.process' };
  const bare = { transaction: 't1', state: 'confirmed', card: 'c1' };
  assert.equal(await world.client.request(process, bare, { timeoutMs: 5_000 }), { response: 'ok' });
  assert.match(
    errorOf(await ask('process', { transaction: 't1', state: 'DELETE', card: 'c2' }))?.message ??
      '',
    /another card/,
  );
  const found = await rows<Transaction>('transactions', { card: 'c1' });
  assert.equal(
    found.map(({ address, state, version }) => [address, state, version]),
    [['t1', 'confirmed', 3]],
  );
});

test('many messages for one transaction at once end as if they had come one by one', async () => {
  await world.start('transactions');
  const states = ['DELETE', 'confirmed', 'DELETE', 'confirmed'];
  const answers = await Promise.all(
    states.map((state) =>
      world.request(places.transactions, 'process', { transaction: 't1', state, card: 'c1' }),
    ),
  );
  assert.equal(
    answers,
    states.map(() => ({ response: 'ok' })),
  );
  assert.equal(
    (await rows<Transaction>('transactions', { transaction: 't1' })).map(({ state, version }) => [
      state,
      version,
    ]),
    [['confirmed', 2]],
  );
});

test.run();
