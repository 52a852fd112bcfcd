import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openServiceLogs } from '../../../cli/service-logs.ts';
import { assert, suite } from '../../support/suite.ts';

const test = suite('logs of services');
let folder = '';

test.before.each(() => {
  folder = mkdtempSync(join(tmpdir(), 'logs-'));
});
test.after.each(() => rmSync(folder, { recursive: true }));

const options = (file: string, level: 'INFO' | 'ERROR' = 'INFO') => ({
  log: { level, fileName: join(folder, file) },
});
const lines = (file: string) =>
  readFileSync(join(folder, file), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));

test('each service writes its own file, at its own level; lines of the process go to each', async () => {
  const configs = [
    { svcName: 'tags', ...options('tags.log') },
    { svcName: 'objects', ...options('objects.log', 'ERROR') },
  ];
  const { log, close } = await openServiceLogs(configs, 'unanimous');
  log('info', 'created', { service: 'tags' });
  log('info', 'created', { service: 'objects' });
  log('warn', 'a step failed', { actor: 'tags/voter/k' });
  log('error', 'no database');
  await close();
  assert.equal(
    lines('tags.log').map(({ name, msg }) => [name, msg]),
    [
      ['tags', 'created'],
      ['tags', 'a step failed'],
      ['tags', 'no database'],
    ],
  );
  assert.equal(
    lines('objects.log').map(({ name, msg }) => [name, msg]),
    [['objects', 'no database']],
  );
});

test('services with the same log share one file, under the name of the process', async () => {
  const configs = ['tags', 'objects'].map((svcName) => ({ svcName, ...options('all.log') }));
  const { log, close } = await openServiceLogs(configs, 'unanimous');
  log('info', 'created', { service: 'tags' });
  log('info', 'ready');
  await close();
  assert.equal(readdirSync(folder), ['all.log']);
  assert.equal(
    lines('all.log').map(({ name, msg, service }) => [name, msg, service]),
    [
      ['unanimous', 'created', 'tags'],
      ['unanimous', 'ready', undefined],
    ],
  );
});

test.run();
