/** The activities on a real disk: a folder of their own in the system's temporary folder. */
import { createHash } from 'node:crypto';
import {
  access,
  chmod,
  link,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  fileActivities,
  type Preparation,
  type Removal,
  type Restoration,
} from '../../../../actors/file-remover/file-activities.ts';
import { type Reach, systemReach } from '../../../../actors/file-remover/opened-folder.ts';
import { quarantineName } from '../../../../actors/file-remover/opened-quarantine.ts';
import { Transient } from '../../../../runtime/ports/errors.ts';
import { activityOf } from '../../../../runtime/step/activity.ts';
import { activityContext } from '../../../support/activity-context.ts';
import { assert, suite } from '../../../support/suite.ts';

const urlOf = (...parts: string[]) => pathToFileURL(join(...parts)).href;
const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

for (const reach of new Set<Reach>([systemReach(), 'path'])) activitiesBy(reach);

function activitiesBy(reach: Reach): void {
  const test = suite(`file activities by ${reach}`);
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
    name: 'prepareFile' | 'removeFile' | 'restoreFile',
    url: string,
    { roots = [root], signal = new AbortController().signal } = {},
  ): Promise<T> {
    const found = activityOf(fileActivities({ roots }, { reach })[name]);
    assert.ok(found);
    const context = activityContext({ attempt: 3, signal });
    return (await found.run({ id: 'r1', url }, context)) as T;
  }
  const prepared = (url: string, options = {}) => run<Preparation>('prepareFile', url, options);
  const removed = (url: string, options = {}) => run<Removal>('removeFile', url, options);
  const restored = (url: string) => run<Restoration>('restoreFile', url);
  const inQuarantine = () => readdir(join(root, quarantineName));

  async function gone(url: string, options = {}): Promise<void> {
    assert.is((await prepared(url, options)).kind, 'present', url);
    assert.is((await removed(url, options)).kind, 'removed', url);
  }

  async function refused(url: string, note: RegExp): Promise<void> {
    const result = await prepared(url);
    assert.is(result.kind, 'refused', url);
    assert.match('note' in result ? result.note : '', note);
    assert.is(await readFile(join(outside, 'kept.txt'), 'utf8'), 'kept');
  }

  test('a file is measured and hashed, in a quarantine that only its user can enter', async () => {
    const sha256 = createHash('sha256').update('content').digest('hex');
    assert.equal(await prepared(urlOf(root, 'a.txt')), {
      kind: 'present',
      bytes: 7,
      sha256,
      attempts: 3,
    });
    assert.not.ok(await exists(join(root, 'a.txt')));
    assert.is((await inQuarantine()).length, 1);
    assert.is((await stat(join(root, quarantineName))).mode & 0o777, 0o700);
  });

  test('a prepared file is removed', async () => {
    await prepared(urlOf(root, 'a.txt'));
    assert.equal(await removed(urlOf(root, 'a.txt')), {
      kind: 'removed',
      note: null,
      attempts: 3,
    });
    assert.equal([await exists(join(root, 'a.txt')), await inQuarantine()], [false, []]);
  });

  test('a prepared file is put back, and a repeated try finds the file at its place', async () => {
    const url = urlOf(root, 'a.txt');
    await prepared(url);
    for (let tries = 0; tries < 2; tries += 1)
      assert.equal(await restored(url), { kind: 'restored' });
    assert.equal(
      [await readFile(join(root, 'a.txt'), 'utf8'), await inQuarantine()],
      ['content', []],
    );
  });

  test('a file is put back beside its own new name, as a try that was cut off leaves the file', async () => {
    await prepared(urlOf(root, 'a.txt'));
    const [held = ''] = await inQuarantine();
    await link(join(root, quarantineName, held), join(root, 'a.txt'));
    assert.equal(await restored(urlOf(root, 'a.txt')), { kind: 'restored' });
    assert.equal(
      [await readFile(join(root, 'a.txt'), 'utf8'), await inQuarantine()],
      ['content', []],
    );
  });

  test('a newer file, a folder that is gone and a removed file refuse the restoration', async () => {
    const url = urlOf(root, 'deep', 'b.txt');
    await writeFile(join(root, 'deep', 'b.txt'), 'old');
    await prepared(url);
    await writeFile(join(root, 'deep', 'b.txt'), 'newer');
    const refusals = [await restored(url)];
    await rm(join(root, 'deep'), { recursive: true });
    refusals.push(await restored(url));
    await removed(url);
    await mkdir(join(root, 'deep'));
    refusals.push(await restored(url));
    assert.equal(
      refusals.map((one) => 'note' in one && one.note.split(':')[0]),
      ['name-taken', 'gone', 'gone'],
    );
  });

  test('a name with spaces and other letters is found', async () => {
    await writeFile(join(root, 'deep', 'кот и %.txt'), 'x');
    await gone(urlOf(root, 'deep', 'кот и %.txt'));
    assert.not.ok(await exists(join(root, 'deep', 'кот и %.txt')));
  });

  test('a repeated preparation finds the file in quarantine and leaves a newer file', async () => {
    const first = await prepared(urlOf(root, 'a.txt'));
    await writeFile(join(root, 'a.txt'), 'newer');
    assert.equal(await prepared(urlOf(root, 'a.txt')), first);
    await removed(urlOf(root, 'a.txt'));
    assert.equal(await removed(urlOf(root, 'a.txt')), { kind: 'removed', note: null, attempts: 3 });
    assert.is(await readFile(join(root, 'a.txt'), 'utf8'), 'newer');
  });

  test('a removed file is absent', async () => {
    await gone(urlOf(root, 'a.txt'));
    assert.equal(await prepared(urlOf(root, 'a.txt')), {
      kind: 'absent',
      note: 'absent',
      attempts: 3,
    });
  });

  test('a file in a folder that is not there is absent', async () => {
    assert.is((await prepared(urlOf(root, 'no', 'such', 'file'))).kind, 'absent');
    assert.is((await prepared(urlOf(root, 'a.txt', 'below-a-file'))).kind, 'absent');
  });

  test('a file below a root that is away is not absent: its disk may come back', async () => {
    const away = join(base, 'away');
    await assert.rejects(prepared(urlOf(away, 'a.txt'), { roots: [away] }), Transient);
  });

  test('a file outside the roots is refused, whether it is there or not', async () => {
    await refused(
      urlOf(outside, 'kept.txt'),
      /^not-permitted: \/.* is outside the folders in which files may be removed: \//,
    );
    await refused(
      urlOf(outside, 'nothing.txt'),
      /^not-permitted: \/.* is outside the folders in which files may be removed: \//,
    );
    await refused(`${pathToFileURL(root).href}/%2E%2E/outside/kept.txt`, /^bad-message/);
  });

  test('a file in the quarantine is outside the roots', async () => {
    await prepared(urlOf(root, 'a.txt'));
    const [held = ''] = await inQuarantine();
    await refused(
      urlOf(root, quarantineName, held),
      /^not-permitted: \/.* is outside the folders in which files may be removed: \//,
    );
  });

  test('a folder whose name begins like a root is none', async () => {
    await mkdir(`${root}-2`);
    await writeFile(`${root}-2/b.txt`, 'b');
    await refused(
      urlOf(`${root}-2`, 'b.txt'),
      /^not-permitted: \/.* is outside the folders in which files may be removed: \//,
    );
  });

  test('of two roots the deeper keeps the quarantine', async () => {
    const deeper = join(root, 'deep');
    await writeFile(join(deeper, 'b.txt'), 'b');
    await prepared(urlOf(deeper, 'b.txt'), { roots: [root, deeper] });
    assert.ok(await exists(join(deeper, quarantineName)));
  });

  test('a link is neither followed nor removed', async () => {
    await symlink(join(outside, 'kept.txt'), join(root, 'link.txt'));
    await refused(
      urlOf(root, 'link.txt'),
      /^not-permitted: a symbolic link is at .* allowed is a regular file/,
    );
    assert.ok(await exists(join(root, 'link.txt')));
  });

  test('a linked folder is not followed, in the root or out of the root', async () => {
    await symlink(outside, join(root, 'way-out'));
    await symlink(join(root, 'deep'), join(root, 'way-in'));
    await refused(urlOf(root, 'way-out', 'kept.txt'), /the folder 'way-out' is a link/);
    await refused(urlOf(root, 'way-out', 'no', 'file'), /the folder 'way-out' is a link/);
    await refused(urlOf(root, 'way-in', 'x.txt'), /the folder 'way-in' is a link/);
  });

  test('a quarantine that is a link is not followed', async () => {
    await symlink(outside, join(root, quarantineName));
    await refused(urlOf(root, 'a.txt'), /is a link/);
    assert.equal(await readdir(outside), ['kept.txt']);
  });

  test('a file with two names is not removed: its content would stay', async () => {
    await link(join(root, 'a.txt'), join(base, 'second-name'));
    await refused(urlOf(root, 'a.txt'), /2 names \(hard links\)/);
    assert.ok(await exists(join(root, 'a.txt')));
  });

  test('a root may itself be behind a link', async () => {
    const alias = join(base, 'alias');
    await symlink(root, alias);
    await gone(urlOf(alias, 'a.txt'), { roots: [alias] });
    await refused(
      urlOf(alias, 'a.txt'),
      /^not-permitted: \/.* is outside the folders in which files may be removed: \//,
    );
  });

  test('a circle of links is refused', async () => {
    await symlink(join(root, 'two'), join(root, 'one'));
    await symlink(join(root, 'one'), join(root, 'two'));
    await refused(urlOf(root, 'one', 'x.txt'), /the folder 'one' is a link/);
  });

  test('a folder is not removed', async () => {
    await refused(
      urlOf(root, 'deep'),
      /^not-permitted: a folder is at the place; allowed is a regular file/,
    );
    await refused(
      pathToFileURL(root).href,
      /^not-permitted: \/.* is outside the folders in which files may be removed: \//,
    );
  });

  test('a file that this user cannot read is removed without a digest', async () => {
    await chmod(join(root, 'a.txt'), 0);
    const result = await prepared(urlOf(root, 'a.txt'));
    const isReader = process.getuid?.() === 0;
    assert.equal('sha256' in result ? [result.bytes, result.sha256 === null] : result.note, [
      7,
      !isReader,
    ]);
    assert.is((await removed(urlOf(root, 'a.txt'))).kind, 'removed');
  });

  test('other schemes are not supported', async () => {
    for (const url of ['ftp://example.org/a.png', 'data:,x'])
      await refused(url, /^not-supported: files with the scheme/);
  });

  test('URLs that name no local file exactly are refused, and files with shorter names stay', async () => {
    for (const end of ['?v=2', '#1', ' ', '\\b', '%00b', '/'])
      await refused(`${urlOf(root, 'a.txt')}${end}`, /^bad-message/);
    await refused('file://elsewhere/tmp/a.txt', /^bad-message/);
    await refused('nonsense', /^bad-message/);
    await refused(urlOf(root, 'n'.repeat(300)), /^not-permitted: a name of the path is too long/);
    assert.ok(await exists(join(root, 'a.txt')));
  });

  test('without roots everything is refused', async () => {
    const result = await prepared(urlOf(root, 'a.txt'), { roots: [] });
    assert.is(result.kind, 'refused');
    assert.ok(await exists(join(root, 'a.txt')));
  });

  test('an aborted preparation ends', async () => {
    const signal = AbortSignal.abort();
    await assert.rejects(prepared(urlOf(root, 'a.txt'), { signal }), /abort/i);
  });

  test('a root that is renamed during the removals takes its files along', async () => {
    await prepared(urlOf(root, 'a.txt'));
    await rename(root, join(base, 'renamed'));
    await mkdir(root);
    await writeFile(join(root, 'a.txt'), 'another');
    await removed(urlOf(root, 'a.txt'));
    assert.is(await readFile(join(root, 'a.txt'), 'utf8'), 'another');
  });

  test.run();
}
