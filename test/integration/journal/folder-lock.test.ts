import { existsSync, readdirSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Transient } from '../../../runtime/ports/errors.ts';
import { openDatabase } from '../../../runtime/postgres/database.ts';
import { lockFolder } from '../../../runtime/postgres/folder-lock.ts';
import { assert, suite } from '../../support/suite.ts';
import { startJournalProcess } from './child-process.ts';
import type { Contention } from './journal-process.ts';

const test = suite('PGlite folder lock', { deadlineMs: 30_000 });
let folder: string;

test.before.each(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lock-'));
});
test.after.each(() => rm(folder, { recursive: true, force: true }));

const isLocked = (pid: number) => (error: unknown) =>
  error instanceof Transient &&
  error.code === 'journal-locked' &&
  error.message.includes(`process ${pid} `);

async function bootId(): Promise<string> {
  return (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
}

/** Puts down the lock of another process. */
function lockOf(pid: number, startedAt: number, boot: string): Promise<void> {
  return writeFile(join(folder, `held-by-${pid}-${startedAt}-${boot}.lock`), '');
}

test('it is had once, even in one process, and again after it was given back', () => {
  const lock = lockFolder(folder);
  assert.throws(() => lockFolder(folder), isLocked(process.pid));
  lock.release();
  lockFolder(folder).release();
  assert.equal(readdirSync(folder), []);
});

test('a folder that is not there is made', () => {
  lockFolder(join(folder, 'deep', 'down')).release();
  assert.ok(existsSync(join(folder, 'deep', 'down')));
});

test('a live process keeps it, and the error says which; a killed one does not', async () => {
  const child = startJournalProcess('lock', folder);
  await child.printed(1);
  assert.throws(() => lockFolder(folder), isLocked(child.pid));
  await child.kill();
  lockFolder(folder).release();
  assert.equal(readdirSync(folder), []);
});

test('two processes that want it again and again never both have it, and whoever does not get it is told who has', async () => {
  const children = [startJournalProcess('contend', folder), startJournalProcess('contend', folder)];
  await Promise.all(children.map((child) => child.printed(1)));
  for (const child of children) child.begin();
  await Promise.all(children.map((child) => child.printed(2)));
  const seen = children.map((child) => JSON.parse(child.lines[1] ?? '') as Contention);
  for (const child of children) await child.kill();
  assert.equal(
    seen.map(({ clashes }) => clashes),
    [0, 0],
  );
  assert.ok(seen.some(({ held }) => held > 0));
  for (const [n, { refusals }] of seen.entries()) {
    const other = children[1 - n]?.pid;
    assert.equal(
      refusals.filter((text) => !text.includes(`is held by process ${other} `)),
      [],
    );
  }
  assert.equal(readdirSync(folder), []);
});

test('two processes open one database at the same moment: one has it, and tells the other so; when it is killed the other can', async () => {
  const children = [startJournalProcess('open', folder), startJournalProcess('open', folder)];
  await Promise.all(children.map((child) => child.printed(1)));
  for (const child of children) child.begin();
  await Promise.all(children.map((child) => child.printed(2)));
  const [winner, loser] = children[0]?.lines[1] === 'opened' ? children : [...children].reverse();
  assert.is(winner?.lines[1], 'opened');
  assert.match(loser?.lines[1] ?? '', new RegExp(` is held by process ${winner?.pid} `));
  await winner?.kill();
  loser?.begin();
  await loser?.printed(3);
  assert.is(loser?.lines[2], 'opened');
  await loser?.kill();
});

test('a lock of another boot is taken over, though a process has that number', async () => {
  await lockOf(process.ppid, 1, '00000000-0000-0000-0000-000000000000');
  lockFolder(folder).release();
});

test('a lock of a number that is used again is taken over', async () => {
  await lockOf(process.ppid, 1, await bootId());
  await lockOf(process.pid, 1, await bootId());
  lockFolder(folder).release();
});

test('files that are no locks are left alone', async () => {
  await writeFile(join(folder, 'notes.txt'), 'mine');
  lockFolder(folder).release();
  assert.equal(readdirSync(folder), ['notes.txt']);
});

test('a database in a folder is had once, and its lock goes with it', async () => {
  const url = `pglite://${folder}`;
  const database = await openDatabase(url, { stores: [] });
  await assert.rejects(openDatabase(url, { stores: [] }), isLocked(process.pid));
  await database.close();
  assert.equal(readdirSync(folder).sort(), ['cluster', 'cluster-is-whole']);
});

test('a cluster whose first start was cut off is made again', async () => {
  await mkdir(join(folder, 'cluster'));
  await writeFile(join(folder, 'cluster', 'PG_VERSION'), 'half-made');
  const database = await openDatabase(`pglite://${folder}`, { stores: [] });
  assert.equal(await database.query('select 1 as one', []), [{ one: 1 }]);
  await database.close();
});

test.run();
