/**
 * Commands for services that run on no broker: they go over the control socket of `unanimous up`.
 */
import { join } from 'node:path';
import { assert, suite } from '../../support/suite.ts';
import { type Ended, firstStart, run, type Started, serviceFile } from './command.ts';
import { ConfigFolder } from './config-folder.ts';

const test = suite('cli: the control socket of up', { deadlineMs: 300_000 });
const unknown = '00000000-0000-4000-8000-000000000000';
const config = ['--config', serviceFile('objects_model_crud')];
let folder: ConfigFolder;
let up: Started | undefined;

test.before.each(async () => {
  folder = await ConfigFolder.open();
});
test.after.each(async () => {
  up?.signal('SIGKILL');
  await up?.ended;
  up = undefined;
  await folder.remove();
});

function command(...args: readonly string[]): Promise<Ended> {
  return run([...args, '--data', join(folder.path, 'data'), ...config]);
}

test('without a broker and without up: it says why, and what would do; exit code 78', async () => {
  const { code, stderr } = await command('plan', unknown, '--service', 'objects_model_crud');
  assert.is(code, 78);
  assert.match(
    stderr,
    /^objects_model_crud is not reached: found no amqp_url, and no process listens at .*data\.socket; allowed: a running 'unanimous up'/,
  );
});

test('with up: sagas are listed, plans made and overrides taken by the process that runs', async () => {
  up = firstStart(['up', '--data', join(folder.path, 'data'), ...config]);
  await up.printed('ready:');
  const [list, plan, cancel, show] = await Promise.all([
    command('saga', 'list', '--json'),
    command('plan', unknown, '--service', 'objects_model_crud'),
    command(
      'saga',
      'cancel',
      'a saga',
      '--why',
      'a test',
      '--by',
      'ada',
      '--service',
      'objects_model_crud',
    ),
    command('saga', 'show', 'a saga'),
  ]);
  assert.equal([list.code, list.stdout.trim()], [0, '[]']);
  assert.equal(
    [plan.code, plan.stderr.trim()],
    [1, `objects_model_crud: there is no node ${unknown}`],
  );
  assert.match(cancel.stderr, /objects_model_crud has no part in a saga a saga that is under way/);
  assert.match(show.stderr, /no journal knows a saga a saga/);
  up.signal('SIGTERM');
  assert.is((await up.ended).code, 0);
});

test('plan: without nodes or without a service it is wrong usage; --schema prints the schema of a plan', async () => {
  const [nothing, schema] = await Promise.all([run(['plan']), run(['plan', '--schema'])]);
  assert.is(nothing.code, 2);
  assert.is((JSON.parse(schema.stdout) as { title: string }).title, 'Plan of a deletion');
});

test.run();
