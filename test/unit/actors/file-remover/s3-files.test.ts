/**
 * Files in buckets: on s3rver, which keeps no versions, and on a server whose answers the tests
 * decide.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import S3rver from 's3rver';
import {
  fileActivities,
  type Preparation,
  type Removal,
} from '../../../../actors/file-remover/file-activities.ts';
import { noBuckets, requireS3Package } from '../../../../actors/file-remover/s3-sdk.ts';
import { Broken, Transient } from '../../../../runtime/ports/errors.ts';
import type { JsonObject } from '../../../../runtime/ports/json.ts';
import { activityOf } from '../../../../runtime/step/activity.ts';
import { activityContext } from '../../../support/activity-context.ts';
import { FaultServer } from '../../../support/fault-server.ts';
import { assert, suite } from '../../../support/suite.ts';

const credentials = { accessKeyId: 'S3RVER', secretAccessKey: 'S3RVER' };
const url = 's3://scans/cards/a.txt';

/** The SDK of the file remover takes its credentials from the environment. */
process.env['AWS_ACCESS_KEY_ID'] = credentials.accessKeyId;
process.env['AWS_SECRET_ACCESS_KEY'] = credentials.secretAccessKey;

function remover(endpoint: string, more = {}) {
  const buckets = ['scans/cards', 'letters'];
  const settings = { buckets, region: 'eu-central-1', endpoint, isPathStyle: true };
  const s3 = { ...noBuckets, ...settings, ...more };
  const activities = fileActivities({ roots: [], s3 });
  const run = (name: 'prepareFile' | 'removeFile', input: JsonObject) =>
    activityOf(activities[name])?.run({ id: 'r1', url, ...input }, activityContext());
  return {
    prepare: async (input = {}) => (await run('prepareFile', input)) as Preparation,
    remove: async (input = {}) => (await run('removeFile', input)) as Removal,
  };
}

const real = suite('files on s3rver', { deadlineMs: 30_000 });
let folder: string;
let s3rver: S3rver;
let endpoint: string;
let client: S3Client;

real.before(async () => {
  folder = await mkdtemp(join(tmpdir(), 's3-files-'));
  const configureBuckets = [{ name: 'scans' }, { name: 'letters' }, { name: 'other' }];
  const options = { address: '127.0.0.1', port: 0, silent: true, directory: folder };
  s3rver = new S3rver({ ...options, configureBuckets });
  endpoint = `http://127.0.0.1:${(await s3rver.run()).port}`;
  client = new S3Client({ endpoint, forcePathStyle: true, region: 'eu-central-1', credentials });
});
real.after(async () => {
  client.destroy();
  await s3rver.close();
  await rm(folder, { recursive: true, force: true });
});

const put = (Key: string, Bucket = 'scans') =>
  client.send(new PutObjectCommand({ Bucket, Key, Body: 'content' }));
const isThere = (Key: string, Bucket = 'scans') =>
  client.send(new GetObjectCommand({ Bucket, Key })).then(
    () => true,
    () => false,
  );

real('a file is measured and removed, and its neighbours stay', async () => {
  await put('cards/a.txt');
  await put('cards/a.txt.bak');
  const found = await remover(endpoint).prepare();
  assert.equal(
    [found.kind, 'bytes' in found && found.bytes],
    ['present', 7],
    JSON.stringify(found),
  );
  const evidence = 'evidence' in found ? (found.evidence ?? null) : null;
  const { kind, note } = await remover(endpoint).remove({ evidence });
  assert.equal([kind, note], ['removed', null]);
  assert.equal([await isThere('cards/a.txt'), await isThere('cards/a.txt.bak')], [false, true]);
  assert.is((await remover(endpoint).remove({ evidence })).kind, 'removed');
});

real('a key with spaces and other letters is found', async () => {
  await put('cards/кот и %.txt');
  const at = { url: `s3://scans/cards/${encodeURIComponent('кот и %.txt')}` };
  const found = await remover(endpoint).prepare(at);
  const evidence = 'evidence' in found ? (found.evidence ?? null) : null;
  await remover(endpoint).remove({ ...at, evidence });
  assert.not.ok(await isThere('cards/кот и %.txt'));
});

real('an absent file is absent', async () => {
  const at = { url: 's3://scans/cards/nothing' };
  assert.equal(await remover(endpoint).prepare(at), {
    kind: 'absent',
    note: 'absent',
    attempts: 1,
  });
});

real('a file that is uploaded again after the preparation stays', async () => {
  await put('cards/a.txt');
  const evidence = { versions: [{ id: null, etag: '"old"', bytes: 1, isMarker: false }] };
  const { note } = await remover(endpoint).remove({ evidence });
  assert.match(note ?? '', /^expectation-failed: the file has changed/);
  assert.ok(await isThere('cards/a.txt'));
});

real('buckets and folders that are not listed are refused', async () => {
  for (const [bucket, key] of [
    ['other', 'a.txt'],
    ['scans', 'private/a.txt'],
    ['scans', 'cards-2/a.txt'],
  ] as const) {
    await put(key, bucket);
    const { kind, ...rest } = await remover(endpoint).prepare({ url: `s3://${bucket}/${key}` });
    assert.is(kind, 'refused', key);
    assert.match(('note' in rest && rest.note) || '', /^not-permitted: file_remover.s3.buckets/);
    assert.ok(await isThere(key, bucket));
  }
});

real('a bucket that is not there is a refusal', async () => {
  const { prepare } = remover(endpoint, { buckets: ['nowhere'] });
  const result = await prepare({ url: 's3://nowhere/a.txt' });
  assert.match(('note' in result && result.note) || '', /^refused: .*NoSuchBucket/);
});

real.run();

const test = suite('files on an S3 server with faults', { deadlineMs: 30_000 });
let server: FaultServer;
const list = 'GET /scans/?max-keys=1000&prefix=cards%2Fa.txt&versions=';

test.before.each(async () => {
  server = await FaultServer.start();
});
test.after.each(() => server.stop());

const faulty = (more = {}) => remover(server.origin, more);
const xml = (body: string) => ({ status: 200, headers: { 'content-type': 'text/xml' }, body });
const s3Error = (status: number, code: string) => ({
  status,
  headers: { 'content-type': 'text/xml' },
  body: `<Error><Code>${code}</Code><Message>words of the server</Message></Error>`,
});

function version(id: string, key = 'cards/a.txt'): string {
  return `<Version><Key>${key}</Key><VersionId>${id}</VersionId><ETag>"${id}"</ETag><Size>5</Size></Version>`;
}
function marker(id: string): string {
  return `<DeleteMarker><Key>cards/a.txt</Key><VersionId>${id}</VersionId></DeleteMarker>`;
}
function versions(...entries: readonly string[]) {
  return xml(`<ListVersionsResult>${entries.join('')}</ListVersionsResult>`);
}
const deletion = (id: string) => `DELETE /scans/cards/a.txt?versionId=${id}&x-id=DeleteObject`;

async function preparedEvidence(): Promise<JsonObject> {
  const found = await faulty().prepare();
  assert.is(found.kind, 'present');
  return ('evidence' in found && found.evidence) || {};
}

test('every version goes by its id, old ones first and delete markers last', async () => {
  server.on(
    list,
    versions(marker('m1'), version('v2'), version('v1'), version('x', 'cards/a.txt2')),
  );
  const evidence = await preparedEvidence();
  for (const id of ['v1', 'v2', 'm1']) server.on(deletion(id), { status: 204 });
  const result = await faulty().remove({ evidence });
  assert.equal('evidence' in result && result.evidence, {
    ...evidence,
    removedVersions: 2,
    removedDeleteMarkers: 1,
  });
  const removals = server.lines.filter((line) => line.startsWith('DELETE'));
  assert.equal(removals, ['v1', 'v2', 'm1'].map(deletion));
});

test('the digest of the only version is in the receipt', async () => {
  server.on(list, versions(version('v1')));
  const checksum = Buffer.from('ab'.repeat(32), 'hex').toString('base64');
  const headers = { etag: '"v1"', 'content-length': '5', 'x-amz-checksum-sha256': checksum };
  server.on('HEAD /scans/cards/a.txt', { status: 200, headers });
  const found = await faulty().prepare();
  assert.equal('sha256' in found && [found.bytes, found.sha256], [5, 'ab'.repeat(32)]);
});

test('a version that is uploaded after the preparation stays', async () => {
  server.on(list, versions(version('v1')));
  server.on('HEAD /scans/cards/a.txt', { status: 200, headers: { etag: '"v1"' } });
  const evidence = await preparedEvidence();
  server.on(list, versions(version('v2'), version('v1')));
  server.on(deletion('v1'), { status: 204 });
  assert.is((await faulty().remove({ evidence })).kind, 'removed');
  assert.equal(
    server.lines.filter((line) => line.startsWith('DELETE')),
    [deletion('v1')],
  );
});

test('a file behind a delete marker alone is absent', async () => {
  server.on(list, versions(marker('m1')));
  assert.is((await faulty().prepare()).kind, 'absent');
});

test('a delete marker in place of a removal is a refusal', async () => {
  server.on(list, s3Error(501, 'NotImplemented'));
  const headers = { etag: '"e"', 'content-length': '5' };
  server.on('HEAD /scans/cards/a.txt', { status: 200, headers });
  const evidence = await preparedEvidence();
  const hidden = { 'x-amz-delete-marker': 'true', 'x-amz-version-id': 'm9' };
  server.on('DELETE /scans/cards/a.txt?x-id=DeleteObject', { status: 204, headers: hidden });
  const { kind, note } = await faulty().remove({ evidence });
  assert.is(kind, 'refused');
  assert.match(note ?? '', /hidden the file behind the delete marker 'm9'/);
});

test('a wrong secret and missing permissions are refusals with the reason of the server', async () => {
  for (const code of ['SignatureDoesNotMatch', 'InvalidAccessKeyId', 'AccessDenied']) {
    server.on(list, s3Error(403, code));
    const result = await faulty().prepare();
    assert.equal(
      [result.kind, 'note' in result && result.note],
      ['refused', `refused: the server of the bucket says ${code}: words of the server`],
    );
  }
});

test('a server that is slow, broken or away is tried again, and the SDK itself tries once', async () => {
  for (const fault of [
    s3Error(503, 'SlowDown'),
    s3Error(500, 'InternalError'),
    s3Error(429, 'TooManyRequests'),
    s3Error(400, 'ExpiredToken'),
    'silence',
    'half',
    'reset',
  ] as const) {
    server.on(list, fault);
    server.requests.length = 0;
    const { prepare } = faulty({ timeoutMs: fault === 'silence' ? 200 : 5_000 });
    await assert.rejects(prepare(), Transient);
    assert.is(server.lines.length, 1, JSON.stringify(fault));
  }
});

test('a deletion that breaks off half-way goes on with the versions that are left', async () => {
  server.on(list, versions(version('v2'), version('v1')));
  const evidence = await preparedEvidence();
  server.on(deletion('v1'), { status: 204 });
  server.on(deletion('v2'), s3Error(503, 'SlowDown'), { status: 204 });
  await assert.rejects(faulty().remove({ evidence }), Transient);
  server.on(list, versions(version('v2')));
  assert.is((await faulty().remove({ evidence })).kind, 'removed');
  assert.is(server.lines.filter((line) => line === deletion('v1')).length, 1);
});

test('a missing package is named when the service is defined', () => {
  const missing = () => {
    throw new Error('Cannot find module');
  };
  assert.throws(
    () => requireS3Package(missing),
    (error: unknown) =>
      error instanceof Broken && /npm install @aws-sdk\/client-s3@3/.test(error.message),
  );
});

test.run();
