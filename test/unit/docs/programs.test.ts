/** The programs of the documents do what the documents say. Programs with assertions of their own only have to run. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Activity } from '../../../index.ts';
import { activityOf } from '../../../runtime/step/activity.ts';
import { defineMachine } from '../../../runtime/step/machine-definition.ts';
import { checkVersions } from '../../../runtime/step/machine-versions.ts';
import { assert, suite } from '../../support/suite.ts';
import { copyFiles } from './shop/copying.ts';
import { orderMachine } from './shop/versions.ts';

const test = suite('documents: programs', { deadlineMs: 60_000 });

test('given, when, then', () => import('./shop/specification.ts'));
test('a simulation', () => import('./shop/simulation.ts'));
test('many seeds', () => import('./shop/seeds.ts'));
test('the vetoes of a participant', () => import('./maintenance/vetoes.ts'));
test('a participant under many seeds', () => import('./maintenance/seeds.ts'));
test('an exploration', () => import('./shop/exploration.ts'));

test('an activity goes on where the last try has stopped', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'unanimous-docs-'));
  const files = ['a', 'b'].map((name) => join(folder, name));
  for (const file of files) writeFileSync(file, file);
  const noted: unknown[] = [];
  const { run } = activityOf(copyFiles) as Activity;
  const context = {
    id: 'copy',
    idempotencyKey: 'k',
    attempt: 2,
    signal: new AbortController().signal,
    lastProgress: 1,
    progress: (value: unknown) => void noted.push(value),
  };
  assert.is(await run({ files, to: folder }, context), 2);
  assert.equal(noted, [2]);
  assert.is(readFileSync(join(folder, '1'), 'utf8'), files[1]);
  rmSync(folder, { recursive: true });
});

test('an earlier version is migrated step by step', () => {
  const { machine, version = 1, migrations = {} } = orderMachine;
  const definition = { ...defineMachine(machine, version), kept: new Map() };
  checkVersions({
    ...definition,
    migrations: new Map(
      Object.entries(migrations).map(([from, migrate]) => [Number(from), migrate]),
    ),
  });
  const stored = {
    machine: 'order',
    value: 'paying',
    context: { order: 'o1' },
    status: 'active',
  } as const;
  const second = migrations[1]?.(stored);
  assert.equal(second && migrations[2]?.(second), {
    ...stored,
    value: 'charging',
    context: { order: 'o1', note: '' },
  });
});

test.run();
