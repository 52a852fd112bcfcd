/** Certificates of real deletions, and the commands that issue and check them. */
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { sections } from '../../../actors/sections.ts';
import { canonicalJson } from '../../../cli/certificate/canonical-json.ts';
import { type CertificateContent, certificateContent } from '../../../cli/certificate/content.ts';
import { certificatePage } from '../../../cli/certificate/page.ts';
import { sealed, signingKey, verified } from '../../../cli/certificate/seal.ts';
import { loadExchangeConfigs } from '../../../composition/exchange-configs.ts';
import { type Deployment, openDeployment } from '../../../composition/open-deployment.ts';
import type { Client } from '../../../runtime/client.ts';
import { Refused } from '../../../runtime/ports/errors.ts';
import type { HistoryLine } from '../../../runtime/ports/journal-rows.ts';
import type { Json } from '../../../runtime/ports/json.ts';
import { openDatabase } from '../../../runtime/postgres/database.ts';
import { SqlJournal } from '../../../runtime/postgres/sql-journal.ts';
import { turn } from '../../contract/journal/samples.ts';
import { assert, suite } from '../../support/suite.ts';
import { dropSchemas, ownPrefix, postgresUrl } from '../journal/benches.ts';
import { run, serviceFile } from './command.ts';

const test = suite('certificates of deletions', { deadlineMs: 60_000 });
const names = ['objects_model_crud', 'tags_model_crud', 'mcards', 'transactions', 'file_remover'];
const atMs = 1_800_000_000_000;
let folder: string;
const history: HistoryLine[] = [];
let deployment: Deployment;
let client: Client;
let keys: { readonly publicKey: KeyObject; readonly privateKey: KeyObject };

test.before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'certificates-'));
  const env = { FILE_REMOVER__ROOTS: JSON.stringify([folder]) };
  const paths = names.map((name) =>
    fileURLToPath(new URL(`../../../config/services/${name}.json`, import.meta.url)),
  );
  const configs = loadExchangeConfigs(paths, { env, sections });
  deployment = await openDeployment({
    configs,
    databaseUrl: 'memory://',
    log: () => undefined,
    onHistory: (lines) => history.push(...lines),
  });
  await deployment.start();
  client = await deployment.client('test');
  keys = generateKeyPairSync('ed25519');
});
test.after(async () => {
  await client.close();
  await deployment.stop();
  await rm(folder, { recursive: true, force: true });
});

function ask(exchange: string, routingKey: string, action: string, data: Json): Promise<Json> {
  return client.request({ exchange, routingKey }, { action, data });
}
const entity = (name: string, action: string, data: Json) =>
  ask(name, `${name}_model_crud_consume`, action, data);

async function certified(id: string): Promise<CertificateContent> {
  return certificateContent(id, await deployment.history(id), atMs);
}

/** The saga of a deletion of an object with a tag below. */
async function deleteObject(): Promise<string> {
  const { id } = (await entity('objects', 'create', {})) as { id: string };
  await entity('tags', 'create', { parentId: id });
  assert.equal(await entity('objects', 'delete', { id }), {});
  return history.find(({ line }) => line['what'] === 'engaged')?.topic ?? '';
}

async function deleteCard(id: string, ...more: readonly string[]): Promise<void> {
  const file = join(folder, `${id}.png`);
  await writeFile(file, 'content');
  const urls = [pathToFileURL(file).href, ...more];
  const metadata = { must_be_deleted_files: urls };
  await ask('mcards', 'mcards_consume', 'create', {
    id,
    owner: 'kim',
    transaction: `t-${id}`,
    metadata,
  });
  await ask('mcards', 'mcards_consume', 'delete', { id, owner: 'kim' });
}

test('the certificate of a saga says who asked, who agreed, and what was removed', async () => {
  const saga = await deleteObject();
  const content = await certified(saga);
  assert.equal(content.subject, { kind: 'saga', id: saga });
  assert.is(content.asked.service, 'objects_model_crud');
  assert.ok(content.agreed.some(({ by, answer }) => by === 'tags_model_crud' && answer === 'ok'));
  assert.equal([...new Set(content.removed.map(({ service }) => service))].sort(), [
    'objects_model_crud',
    'tags_model_crud',
  ]);
  assert.ok(content.endedAtMs >= content.asked.atMs);
});

test('the certificate of a card has its transaction and the receipts of its files', async () => {
  await deleteCard('c1', 'file:///etc/hostname');
  const content = await certified('c1');
  assert.equal(
    [content.asked.by, content.transaction?.address, content.removed.map(({ id }) => id)],
    ['kim', 't-c1', ['c1']],
  );
  const states = content.agreed.map(({ by, answer }) => `${by} ${answer}`);
  assert.equal(states, ['transactions DELETE', 'transactions CONFIRMED']);
  const receipts = content.receipts.map(({ outcome, bytes, note }) => [
    outcome,
    bytes,
    note !== null,
  ]);
  assert.equal(receipts.sort(), [
    ['not removed', null, true],
    ['removed', 7, false],
  ]);
});

test('a deletion that is not over, called off or unknown has no certificate', async () => {
  const metadata = { must_be_deleted_files: [] };
  await ask('mcards', 'mcards_consume', 'create', { id: 'c2', owner: 'kim', metadata });
  await assert.rejects(certified('c2'), /card 'c2' is not over or was called off: active/);
  await assert.rejects(certified('nothing'), /no journal knows a saga or a card/);
});

test('a changed content, another key and a changed seal are not valid', async () => {
  await deleteCard('c3');
  const certificate = sealed(await certified('c3'), keys.privateKey);
  const text = JSON.stringify(certificate);
  assert.equal(verified(text, keys.publicKey), certificate);
  const other = generateKeyPairSync('ed25519');
  assert.throws(() => verified(text, other.publicKey), /another key has signed it/);
  const changed = text.replace('"kim"', '"lee"');
  assert.throws(() => verified(changed, keys.publicKey), /its content has been changed/);
  const forged = { ...sealed(JSON.parse(changed).content, other.privateKey), key: certificate.key };
  assert.throws(
    () => verified(JSON.stringify(forged), keys.publicKey),
    /the signature is not of this content/,
  );
  assert.throws(() => verified('{}', keys.publicKey), /has not the form of a certificate/);
  assert.throws(() => verified('{', keys.publicKey), Refused);
});

test('the page shows text as text', async () => {
  const content = await certified('c3');
  const named = { ...content, asked: { ...content.asked, by: '<script>"kim"' } };
  const page = certificatePage(sealed(named, keys.privateKey));
  assert.match(page, /&lt;script&gt;&quot;kim&quot;/);
  assert.not.match(page, /<script>/);
});

test('the key comes from the environment; a wrong key is refused and not shown', () => {
  const pem = keys.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  assert.is(signingKey({ UNANIMOUS_CERTIFICATE_KEY: pem }).asymmetricKeyType, 'ed25519');
  assert.throws(() => signingKey({}), /UNANIMOUS_CERTIFICATE_KEY/);
  const broken = pem.slice(0, 60);
  assert.throws(
    () => signingKey({ UNANIMOUS_CERTIFICATE_KEY: broken }),
    (error: unknown) => error instanceof Error && !error.message.includes(broken.slice(30)),
  );
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  const rsaPem = rsa.export({ type: 'pkcs8', format: 'pem' }).toString();
  assert.throws(() => signingKey({ UNANIMOUS_CERTIFICATE_KEY: rsaPem }), /of the kind 'rsa'/);
});

test('canonical JSON is that of RFC 8785', () => {
  const value = { '\u20ac': 1, '\r': 2, '1': 3, '\u0080': 4, a: [56, 4.5, 1e30, 2e-3, null, true] };
  assert.is(
    canonicalJson(value),
    '{"\\r":2,"1":3,"a":[56,4.5,1e+30,0.002,null,true],"\u0080":4,"\u20ac":1}',
  );
});

test.run();

const command = suite('cli: certificate', { needs: ['postgres'], deadlineMs: 120_000 });

command('a certificate is issued from the databases and checked without any', async () => {
  const url = postgresUrl(ownPrefix());
  const place = await mkdtemp(join(tmpdir(), 'certificate-'));
  const at = (name: string) => join(place, name);
  const pair = generateKeyPairSync('ed25519');
  const privatePem = pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  await writeFile(at('public.pem'), pair.publicKey.export({ type: 'spki', format: 'pem' }));
  const database = await openDatabase(url, { stores: [] });
  try {
    const journal = new SqlJournal({ database });
    await journal.open();
    const address = { service: 'mcards', machine: 'card-deletion', key: 'c9' };
    const history = [
      { what: 'card state', card: 'c9', state: 'deleted', by: 'kim' },
      { what: 'card removed', card: 'c9', files: [], shared: [] },
    ].map((line, at) => ({ id: `h${at}`, topic: 'c9', address, atMs: atMs + at, line }));
    await journal.commit('one', [turn({ address, history })]);
    const env = { database_url: url, UNANIMOUS_CERTIFICATE_KEY: privatePem };
    const options = ['--config', serviceFile('mcards'), '--out', at('c9.json')];
    const issued = await run(['certificate', 'c9', ...options, '--html', at('c9.html')], env);
    assert.equal([issued.code, issued.stdout, issued.stderr], [0, '', '']);
    assert.match(await readFile(at('c9.html'), 'utf8'), /Certificate of deletion: card c9/);

    const verify = (...args: string[]) => run(['certificate', 'verify', ...args]);
    const key = ['--key', at('public.pem')];
    const valid = await verify(at('c9.json'), ...key);
    assert.equal([valid.code, valid.stderr], [0, '']);
    assert.match(
      valid.stdout,
      /^valid: the deletion of the card c9 ended 2027-01-15T08:00:00.001Z/,
    );
    const text = await readFile(at('c9.json'), 'utf8');
    assert.not.ok(text.includes(privatePem.split('\n')[1] ?? ''));
    await writeFile(at('changed.json'), text.replace('kim', 'lee'));
    const changed = await verify(at('changed.json'), ...key);
    assert.equal([changed.code, changed.stdout], [1, '']);
    assert.match(changed.stderr, /its content has been changed/);
  } finally {
    await dropSchemas(database);
    await database.close();
    await rm(place, { recursive: true, force: true });
  }
});

command.run();
