import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { configPaths, loadExchangeConfigs, serviceConfigPaths } from '../../../config/load.ts';
import { assert, suite } from '../../support/suite.ts';
import { issuesOf, reader, schemes, sections, tags } from './sample.ts';

const test = suite('loading exchange configs');

let folder = '';

test.before(() => {
  folder = mkdtempSync(join(tmpdir(), 'exchange-config-'));
});

test.after(() => rmSync(folder, { recursive: true }));

function saved(name: string, content: object | string): string {
  const path = join(folder, name);
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

function problems(paths: readonly string[], env = {}) {
  return issuesOf(() => loadExchangeConfigs(paths, { env, sections, schemes }));
}

test('the configs of the files, in their order', () => {
  const paths = [saved('tags.json', tags), saved('reader.json', reader({}))];
  const configs = loadExchangeConfigs(paths, { env: {}, sections, schemes });
  assert.equal(
    configs.map(({ svcName, file }) => [svcName, file]),
    [
      ['tags_model_crud', paths[0]],
      ['reader', paths[1]],
    ],
  );
});

test('secrets named by *_FILE come from the disk', () => {
  const env = { DATABASE_URL_FILE: saved('secret', 'postgresql://u:p@h/db\n') };
  const [config] = loadExchangeConfigs([saved('tags.json', tags)], { env, sections, schemes });
  assert.is(config?.databaseUrl, 'postgresql://u:p@h/db');
});

test('all-at-once: one error has the problems of all files', () => {
  const paths = [
    saved('one.json', '{'),
    saved('two.json', { svc_name: 5 }),
    join(folder, 'nowhere.json'),
  ];
  const found = problems(paths);
  assert.equal(
    found.map(({ file, pointer }) => [file, pointer]),
    [
      [paths[0], ''],
      [paths[1], '/svc_name'],
      [paths[2], ''],
    ],
  );
  assert.match(found[2]?.found ?? '', 'ENOENT');
});

test('all-at-once: a service named by two files', () => {
  const paths = [saved('one.json', reader({})), saved('two.json', reader({}))];
  assert.equal(problems(paths), [
    {
      file: paths[1],
      pointer: '/svc_name',
      found: '"reader"',
      allowed: `a name of its own: ${paths[0]} has this one`,
    },
  ]);
});

test('all-at-once: contradictions between files', () => {
  const other = {
    svc_name: 'other',
    publish: { x: { name: 'x', type: 'topic', routing_key: 'k' } },
  };
  const paths = [saved('one.json', reader({})), saved('two.json', other)];
  assert.equal(
    problems(paths).map(({ file, pointer }) => [file, pointer]),
    [[paths[1], '/publish/x']],
  );
});

test('all-at-once: a wrong variable is one problem, whatever the number of files', () => {
  const paths = [saved('tags.json', tags), saved('reader.json', reader({}))];
  assert.equal(
    problems(paths, { LOG__LEVEL: 'loud' }).map(({ file }) => file),
    ['environment variable LOG__LEVEL'],
  );
});

test('once: a path given twice is read once', () => {
  const path = saved('reader.json', reader({}));
  assert.is(
    loadExchangeConfigs([path, join(folder, '.', 'reader.json')], { env: {}, sections, schemes })
      .length,
    1,
  );
});

test('which files: the named ones, else config_file, else the services of the package', () => {
  const none = join(folder, 'no-folder');
  assert.equal(configPaths(['a.json'], { CONFIG_FILE: 'b.json' }, none), ['a.json']);
  assert.equal(configPaths([], { CONFIG_FILE: 'b.json' }, none), ['b.json']);
  assert.equal(configPaths([], { config_file: 'c.json', CONFIG_FILE: 'b.json' }, none), ['c.json']);
  assert.equal(configPaths([], {}, none), serviceConfigPaths());
});

test('which files: config.json of the working folder, if the file names a service', () => {
  const at = join(folder, 'work');
  mkdirSync(at);
  writeFileSync(join(at, 'config.json'), '{ "port": 80 }');
  assert.equal(configPaths([], {}, at), serviceConfigPaths());
  writeFileSync(join(at, 'config.json'), '{ "svc_name": "reader", }');
  assert.equal(configPaths([], {}, at), [join(at, 'config.json')]);
  assert.equal(configPaths(['a.json'], {}, at), ['a.json']);
  assert.equal(configPaths([], { CONFIG_FILE: 'b.json' }, at), ['b.json']);
});

test.run();
