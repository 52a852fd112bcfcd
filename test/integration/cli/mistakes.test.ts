/** Mistakes on a first day: each error says what was found, and the option that helps. */
import { join } from 'node:path';
import { assert, suite } from '../../support/suite.ts';
import { cut, run } from './command.ts';
import { ConfigFolder } from './config-folder.ts';

const test = suite('cli: mistakes', { deadlineMs: 60_000 });
let folder: ConfigFolder;

test.before(async () => {
  folder = await ConfigFolder.open();
});
test.after(() => folder.remove());

async function refused(code: number, args: readonly string[], told: RegExp): Promise<void> {
  const ended = await run(args);
  assert.equal([args, ended.code, ended.stdout], [args, code, '']);
  assert.match(ended.stderr, told);
}

test('files without their option, and entities in place of services', async () => {
  const module = await folder.write('own.mjs', 'export default [];');
  await Promise.all([
    refused(2, ['up', module], /configs are named with --config, modules with --module/),
    refused(78, ['start', module], /\(a file is named with --config, a module with --module\)/),
    refused(
      78,
      ['start', 'objects'],
      /'objects' \(did you mean objects_api_crud objects_model_crud, or --config objects\?\)/,
    ),
  ]);
});

test('a folder without data', async () => {
  const data = join(folder.path, 'nothing');
  await Promise.all([
    refused(
      78,
      ['sagas', 'show', 's1', '--data', data],
      /^\w+ has stored nothing here: found no database_url, and no folder .*nothing; .* --config or --module\n$/,
    ),
    refused(
      78,
      ['request', 'mcards', 'list', '--data', data],
      /^mcards is not reached: found no amqp_url/,
    ),
  ]);
});

test('files that are not there', async () => {
  const none = join(folder.path, 'none');
  const replay = ['deletions', 'replay', '--file', none, '--why', 'restored'];
  await Promise.all([
    refused(1, replay, /^the file of --file cannot be read: ENOENT/),
    refused(1, ['certificate', 'verify', none, '--key', none], /^the key of --key cannot be read/),
    refused(1, ['cards', 'burn', '--file', none], /^the list cannot be read: ENOENT/),
  ]);
});

test('values that do not fit', async () => {
  await Promise.all([
    refused(
      2,
      ['request', 'mcards', 'list', '{id: 1}'],
      /the argument json is no JSON: .*; allowed is JSON such as '\{"id": "w1"\}', in single quotes/,
    ),
    refused(
      2,
      ['plan', 'n1'],
      /^error: name with --service the service that owns the nodes: `unanimous why <id>` names/,
    ),
    refused(2, ['plan'], /^error: name the ids of the nodes, and with --service/),
  ]);
});

test('an output that its reader closes early is no error', async () => {
  const ended = await cut(['config', 'schema']);
  assert.equal(ended, { code: 0, stderr: '' });
});

test.run();
