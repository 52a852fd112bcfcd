/** The activities on a real disk: a folder of their own in the system's temporary folder. */
import { createHash } from 'node:crypto';
import { access, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  type Examination,
  fileActivities,
  type Removal,
} from '../../../../actors/file-remover/file-activities.ts';
import { activityOf } from '../../../../runtime/step/activity.ts';
import { activityContext } from '../../../support/activity-context.ts';
import { assert, suite } from '../../../support/suite.ts';

const test = suite('file activities');

let base: string;
let root: string;
let outside: string;

test.before.each(async () => {
  base = await mkdtemp(join(tmpdir(), 'file-activities-'));
  root = join(base, 'root');
  outside = join(base, 'outside');
  await mkdir(join(root, 'deep'), { recursive: true });
  await mkdir(outside);
  await writeFile(join(root, 'a.txt'), 'content');
  await writeFile(join(outside, 'kept.txt'), 'kept');
});
test.after.each(() => rm(base, { recursive: true, force: true }));

async function run<T>(
  name: 'examineFile' | 'removeFile',
  url: string,
  signal = new AbortController().signal,
): Promise<T> {
  const found = activityOf(fileActivities([root])[name]);
  assert.ok(found);
  return (await found.run({ url }, activityContext({ attempt: 3, signal }))) as T;
}
const examined = (url: string) => run<Examination>('examineFile', url);
const removed = (url: string) => run<Removal>('removeFile', url);
const urlOf = (...parts: string[]) => pathToFileURL(join(...parts)).href;

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

async function refused(url: string, note: RegExp): Promise<void> {
  for (const result of [await examined(url), await removed(url)]) {
    assert.is(result.kind, 'refused', url);
    assert.match('note' in result ? (result.note ?? '') : '', note);
  }
  assert.is(await readFile(join(outside, 'kept.txt'), 'utf8'), 'kept');
}

test('a file is measured and hashed', async () => {
  const sha256 = createHash('sha256').update('content').digest('hex');
  assert.equal(await examined(urlOf(root, 'a.txt')), {
    kind: 'present',
    bytes: 7,
    sha256,
    attempts: 3,
  });
  assert.ok(await exists(join(root, 'a.txt')));
});

test('a file is removed', async () => {
  assert.equal(await removed(urlOf(root, 'a.txt')), { kind: 'removed', note: null, attempts: 3 });
  assert.not.ok(await exists(join(root, 'a.txt')));
});

test('a name with spaces and other letters is found', async () => {
  await writeFile(join(root, 'deep', 'кот и %.txt'), 'x');
  assert.is((await removed(urlOf(root, 'deep', 'кот и %.txt'))).kind, 'removed');
  assert.not.ok(await exists(join(root, 'deep', 'кот и %.txt')));
});

test('removing it again changes nothing', async () => {
  await removed(urlOf(root, 'a.txt'));
  assert.equal(await removed(urlOf(root, 'a.txt')), { kind: 'removed', note: null, attempts: 3 });
  assert.equal(await examined(urlOf(root, 'a.txt')), {
    kind: 'absent',
    note: 'absent',
    attempts: 3,
  });
});

test('a file in a folder that is not there is absent', async () => {
  assert.is((await examined(urlOf(root, 'no', 'such', 'file'))).kind, 'absent');
  assert.is((await examined(urlOf(root, 'a.txt', 'below-a-file'))).kind, 'absent');
});

test('a file outside the roots is refused, whether it is there or not', async () => {
  await refused(urlOf(outside, 'kept.txt'), /^not-permitted/);
  await refused(urlOf(outside, 'nothing.txt'), /^not-permitted/);
  await refused(`${pathToFileURL(root).href}/%2e%2e/outside/kept.txt`, /^not-permitted/);
});

test('a folder whose name begins like a root is none', async () => {
  await mkdir(`${root}-2`);
  await writeFile(`${root}-2/b.txt`, 'b');
  await refused(urlOf(`${root}-2`, 'b.txt'), /^not-permitted/);
});

test('a link out of the root is not followed', async () => {
  await symlink(join(outside, 'kept.txt'), join(root, 'link.txt'));
  await refused(urlOf(root, 'link.txt'), /^not-permitted: it is not a regular file/);
  assert.ok(await exists(join(root, 'link.txt')));
});

test('a linked folder out of the root is not followed', async () => {
  await symlink(outside, join(root, 'way-out'));
  await refused(urlOf(root, 'way-out', 'kept.txt'), /^not-permitted: the file is outside/);
  await refused(
    urlOf(root, 'way-out', 'nothing', 'there.txt'),
    /^not-permitted: the file is outside/,
  );
});

test('a root that is itself behind a link is allowed', async () => {
  await symlink(root, join(base, 'alias'));
  assert.is((await removed(urlOf(base, 'alias', 'a.txt'))).kind, 'removed');
});

test('a circle of links is refused', async () => {
  await symlink(join(root, 'two'), join(root, 'one'));
  await symlink(join(root, 'one'), join(root, 'two'));
  await refused(urlOf(root, 'one', 'x.txt'), /^not-permitted/);
});

test('a folder is not removed', async () => {
  await refused(urlOf(root, 'deep'), /^not-permitted: it is not a regular file/);
  await refused(pathToFileURL(root).href, /^not-permitted/);
});

test('other schemes are not supported', async () => {
  for (const url of ['https://example.org/a.png', 's3://bucket/a.png', 'data:,x'])
    await refused(url, /^not-supported: files with the scheme/);
});

test('URLs that name no local file are refused', async () => {
  await refused('file://elsewhere/tmp/a.txt', /^not-supported/);
  await refused(`${pathToFileURL(root).href}/a%2Fb`, /^not-supported/);
  await refused(`${pathToFileURL(root).href}/a%00b`, /^bad-message/);
  await refused(`${pathToFileURL(root).href}/${'n'.repeat(300)}`, /^bad-message/);
  await refused('nonsense', /^bad-message/);
});

test('without roots everything is refused', async () => {
  const found = activityOf(fileActivities([]).removeFile);
  const result = (await found?.run({ url: urlOf(root, 'a.txt') }, activityContext())) as Removal;
  assert.is(result.kind, 'refused');
  assert.ok(await exists(join(root, 'a.txt')));
});

test('an aborted examination ends', async () => {
  const controller = new AbortController();
  controller.abort();
  await assert.rejects(run('examineFile', urlOf(root, 'a.txt'), controller.signal), /abort/i);
});

test.run();
