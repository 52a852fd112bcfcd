/**
 * A folder below a root changes places with a link to a folder outside, without a pause, while
 * removals run. No file outside is ever lost.
 */
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import {
  fileActivities,
  type Preparation,
} from '../../../../actors/file-remover/file-activities.ts';
import { systemReach } from '../../../../actors/file-remover/opened-folder.ts';
import { Transient } from '../../../../runtime/ports/errors.ts';
import { activityOf } from '../../../../runtime/step/activity.ts';
import { activityContext } from '../../../support/activity-context.ts';
import { assert, suite } from '../../../support/suite.ts';

const test = suite('a folder that is swapped for a link', { deadlineMs: 60_000 });
const filesPerRound = 60;
const roundsMin = 3;

/** Exchanges `folder` and `link` for ever, with `spare` as the third name. */
const swapper = `
  const { renameSync } = require('node:fs');
  const { workerData: { folder, link, spare } } = require('node:worker_threads');
  for (;;) {
    renameSync(folder, spare); renameSync(link, folder);
    renameSync(folder, link); renameSync(spare, folder);
  }`;

let base: string;
let root: string;
let outside: string;

test.before.each(async () => {
  base = await mkdtemp(join(tmpdir(), 'folder-swap-'));
  root = join(base, 'root');
  outside = join(base, 'outside');
  await mkdir(join(root, 'uploads'), { recursive: true });
  await mkdir(outside);
  await symlink(outside, join(root, 'link'));
});
test.after.each(() => rm(base, { recursive: true, force: true }));

/** How the removal of one file ended: a kind of result, or `again` for a try to be repeated. */
async function outcomeOf(name: string): Promise<string> {
  const { prepareFile, removeFile } = fileActivities({ roots: [root] });
  const file = { id: name, url: pathToFileURL(join(root, 'uploads', name)).href };
  try {
    const result = await activityOf(prepareFile)?.run(file, activityContext());
    await activityOf(removeFile)?.run(file, activityContext());
    return (result as Preparation).kind;
  } catch (error) {
    if (error instanceof Transient) return 'again';
    throw error;
  }
}

async function underSwaps(work: () => Promise<void>): Promise<void> {
  const [folder, link, spare] = ['uploads', 'link', 'spare'].map((name) => join(root, name));
  const worker = new Worker(swapper, { eval: true, workerData: { folder, link, spare } });
  const failed = new Promise<never>((_, reject) => worker.once('error', reject));
  try {
    await Promise.race([work(), failed]);
  } finally {
    await worker.terminate();
  }
}

test('no file outside is lost, however often the link comes in between', async () => {
  if (systemReach() !== 'descriptor') return;
  const names = Array.from({ length: filesPerRound }, (_, at) => `${at}.txt`);
  const ends = new Map<string, number>();
  for (let round = 0; round < roundsMin || !(ends.get('present') && ends.get('refused')); round++) {
    for (const name of names) {
      await writeFile(join(root, 'uploads', name), 'inside');
      await writeFile(join(outside, name), 'outside');
    }
    await underSwaps(async () => {
      for (const name of names) {
        const end = await outcomeOf(name);
        ends.set(end, (ends.get(end) ?? 0) + 1);
      }
    });
    await restore();
    assert.equal((await readdir(outside)).sort(), [...names].sort());
  }
});

/** The names as they were before the swapper was stopped at any instant. */
async function restore(): Promise<void> {
  for (const name of ['uploads', 'link', 'spare', '.unanimous-quarantine'])
    await rm(join(root, name), { recursive: true, force: true });
  await mkdir(join(root, 'uploads'));
  await symlink(outside, join(root, 'link'));
}

test.run();
