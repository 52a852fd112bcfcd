/** The files at the places of a file remover: on a real disk, and on s3rver. */
import { link, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import S3rver from 's3rver';
import { isSurveyed, surveyFiles } from '../../../../actors/file-remover/file-survey.ts';
import { quarantineName } from '../../../../actors/file-remover/opened-quarantine.ts';
import { noBuckets } from '../../../../actors/file-remover/s3-sdk.ts';
import { Transient } from '../../../../runtime/ports/errors.ts';
import { FaultServer } from '../../../support/fault-server.ts';
import { assert, suite } from '../../../support/suite.ts';

const test = suite('file survey', { deadlineMs: 60_000 });
let base: string;
let root: string;

test.before.each(async () => {
  base = await mkdtemp(join(tmpdir(), 'file-survey-'));
  root = join(base, 'root');
  await mkdir(join(root, 'deep', quarantineName), { recursive: true });
});
test.after.each(() => rm(base, { recursive: true, force: true }));

test('regular files are listed by the URL that their removal takes', async () => {
  const names = ['a.txt', 'deep/b 1.txt', "deep/ü(%)'.txt", `deep/${quarantineName}/c.txt`];
  for (const name of names) await writeFile(join(root, name), 'content');
  const { files, held, unnamed } = await surveyFiles({ roots: [root, join(root, 'deep')] });
  const urls = [...files.values()].map(({ url }) => url);
  const wanted = names.map((name) => pathToFileURL(join(root, name)).href);
  assert.equal(urls.toSorted(), wanted.toSorted());
  assert.ok(urls.every((url) => isSurveyed(url, { roots: [root] })));
  assert.equal([...held.keys()], ['c.txt']);
  assert.is(unnamed, 0);
  assert.is([...files.values()][0]?.bytes, 7);
});

test('links are not followed, and a file with a name that is no text is counted', async () => {
  const outside = join(base, 'outside');
  await mkdir(outside);
  await writeFile(join(outside, 'kept.txt'), 'kept');
  await symlink(outside, join(root, 'linked'));
  await symlink(join(outside, 'kept.txt'), join(root, 'linked.txt'));
  const strange = Buffer.concat([Buffer.from(`${root}/`), Buffer.from([0xff, 0x61])]);
  await link(join(outside, 'kept.txt'), strange);
  const { files, unnamed } = await surveyFiles({ roots: [root] });
  assert.equal([files.size, unnamed], [0, 1]);
});

test('a root that is away is an error and no empty root', async () => {
  await assert.rejects(surveyFiles({ roots: [join(base, 'away')] }), Transient);
});

test('only a file below a place is surveyed', () => {
  const places = { roots: [root], s3: { ...noBuckets, buckets: ['scans/cards'] } };
  const surveyed = (url: string) => isSurveyed(url, places);
  assert.ok(surveyed(pathToFileURL(join(root, 'a')).href));
  assert.ok(surveyed('s3://scans/cards/a'));
  for (const url of ['file:///other/a', 's3://scans/a', 'https://scans/cards/a', 'a'])
    assert.not(surveyed(url), url);
});

const credentials = { accessKeyId: 'S3RVER', secretAccessKey: 'S3RVER' };
/** The SDK of the file remover takes its credentials from the environment. */
process.env['AWS_ACCESS_KEY_ID'] = credentials.accessKeyId;
process.env['AWS_SECRET_ACCESS_KEY'] = credentials.secretAccessKey;

function surveyOf(endpoint: string, bucket: string) {
  const s3 = { ...noBuckets, region: 'eu-west-1', endpoint, isPathStyle: true };
  return surveyFiles({ roots: [], s3: { ...s3, buckets: [bucket] } });
}

test('the objects of a listed folder are listed by their URLs, and only these', async () => {
  const options = { address: '127.0.0.1', port: 0, silent: true, directory: join(base, 's3') };
  const server = new S3rver({ ...options, configureBuckets: [{ name: 'scans' }] });
  const endpoint = `http://127.0.0.1:${(await server.run()).port}`;
  const client = new S3Client({ endpoint, forcePathStyle: true, region: 'eu-west-1', credentials });
  try {
    for (const Key of ['cards/1 ä.txt', 'cards/deep/2.txt', 'other.txt'])
      await client.send(new PutObjectCommand({ Bucket: 'scans', Key, Body: 'content' }));
    const { files } = await surveyOf(endpoint, 'scans/cards');
    const [first] = files.values();
    assert.equal(
      [...files.keys()],
      ['s3://scans/cards/1%20%C3%A4.txt', 's3://scans/cards/deep/2.txt'],
    );
    assert.is(first?.bytes, 7);
    assert.ok((first?.changedAtMs ?? 0) > 1_700_000_000_000);
    await assert.rejects(surveyOf(endpoint, 'absent'), /NoSuchBucket/);
  } finally {
    client.destroy();
    await server.close();
  }
});

test('a bucket is listed page by page, and a page that fails is no end of the list', async () => {
  const server = await FaultServer.start();
  const xml = (...keys: readonly string[]) => {
    const contents = keys.map((key) => `<Contents><Key>${key}</Key><Size>1</Size></Contents>`);
    const body = `<ListBucketResult>${contents.join('')}</ListBucketResult>`;
    return { status: 200, headers: { 'content-type': 'text/xml' }, body };
  };
  const line = (from: string) => `GET /scans/?list-type=2&max-keys=1000&prefix=${from}`;
  server.on(line(''), xml('a', 'b'));
  server.on(line('&start-after=b'), xml('c', 'd//e'));
  server.on(line('&start-after=d%2F%2Fe'), xml(), { status: 503 });
  try {
    const { files, unnamed } = await surveyOf(server.origin, 'scans');
    assert.equal([...files.keys()], ['s3://scans/a', 's3://scans/b', 's3://scans/c']);
    assert.is(unnamed, 1);
    await assert.rejects(surveyOf(server.origin, 'scans'), Transient);
  } finally {
    await server.stop();
  }
});

test.run();
