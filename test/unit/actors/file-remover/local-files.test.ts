/** Removals of one moment, which open their root once. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { LocalFiles } from '../../../../actors/file-remover/local-files.ts';
import { systemReach } from '../../../../actors/file-remover/opened-folder.ts';
import { quarantineName } from '../../../../actors/file-remover/opened-quarantine.ts';
import { assert, suite } from '../../../support/suite.ts';

const test = suite('local files of one moment');
const { signal } = new AbortController();
let base: string;
let root: string;
let files: LocalFiles;

test.before.each(async () => {
  base = await mkdtemp(join(tmpdir(), 'local-files-'));
  root = join(base, 'root');
  await mkdir(join(root, 'deep'), { recursive: true });
  files = new LocalFiles([root], systemReach());
});
test.after.each(() => rm(base, { recursive: true, force: true }));

const fileOf = (name: string) => ({ id: name, url: pathToFileURL(join(root, name)).href });
const prepared = (name: string) => files.prepare(fileOf(name), signal);

/** The open files of this process; none on systems that do not list them. */
async function openFiles(): Promise<number> {
  return existsSync('/proc/self/fd') ? (await readdir('/proc/self/fd')).length : 0;
}

test('each removal has its own end, and no folder stays open', async () => {
  const names = Array.from({ length: 20 }, (_, at) => (at % 2 === 0 ? `${at}` : `deep/${at}`));
  for (const name of names) await writeFile(join(root, name), name);
  const before = await openFiles();
  const found = await Promise.all([...names, 'nothing'].map(prepared));
  assert.equal(
    found.map((one) => one.kind),
    [...names.map(() => 'present'), 'absent'],
  );
  await Promise.all(names.map((name) => files.remove(fileOf(name))));
  assert.equal(await readdir(join(root, quarantineName)), []);
  assert.is(await openFiles(), before);
});

test('a root that was exchanged is seen in the next moment', async () => {
  await writeFile(join(root, 'a'), 'old');
  await prepared('a');
  await rename(root, join(base, 'away'));
  await mkdir(root);
  await writeFile(join(root, 'b'), 'new');
  assert.is((await prepared('b')).kind, 'present');
  assert.is((await readdir(join(root, quarantineName))).length, 1);
});

test('a root that is missing fails every removal of the moment, and is looked for again', async () => {
  await rename(root, join(base, 'away'));
  const ends = await Promise.allSettled(['a', 'b'].map(prepared));
  assert.equal(
    ends.map(({ status }) => status),
    ['rejected', 'rejected'],
  );
  await rename(join(base, 'away'), root);
  await writeFile(join(root, 'a'), '');
  assert.equal(await prepared('a'), {
    kind: 'present',
    bytes: 0,
    sha256: createHash('sha256').digest('hex'),
  });
});

test('a long file is measured and hashed as a whole', async () => {
  const content = Buffer.alloc(700_001, 'unanimous');
  await writeFile(join(root, 'long'), content);
  assert.equal(await prepared('long'), {
    kind: 'present',
    bytes: content.length,
    sha256: createHash('sha256').update(content).digest('hex'),
  });
});

test.run();
