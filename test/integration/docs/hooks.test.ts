/**
 * The commands of docs/hooks.md, with the entity in a process of its own: hooks in the place of the
 * package's service, and a kill between the commit of a node and the activity of its hook.
 */
import { existsSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { JsonObject } from '../../../runtime/ports/json.ts';
import { assert, suite } from '../../support/suite.ts';
import { run, type Started, start } from '../cli/command.ts';
import { ConfigFolder } from '../cli/config-folder.ts';

const test = suite('documents: hooks', { deadlineMs: 300_000 });

// The module beside this file: TypeScript, or what it was compiled to.
const name = `../../unit/docs/hooks/machines${extname(import.meta.url)}`;
const module = fileURLToPath(new URL(name, import.meta.url));
let data: ConfigFolder;
let running: Started[] = [];

test.before.each(async () => {
  data = await ConfigFolder.open();
});
test.after.each(async () => {
  for (const one of running) one.signal('SIGKILL');
  await Promise.all(running.map(({ ended }) => ended));
  running = [];
  await data.remove();
});

const where = () => ['--data', join(data.path, 'data')];

async function up(path: string, labels: string): Promise<Started> {
  const args = ['up', ...where(), '--config', 'objects', '--module', path];
  const command = start(args, { LABELS: labels });
  running.push(command);
  await command.printed('ready:');
  return command;
}

async function request(action: string, body: JsonObject): Promise<JsonObject> {
  const args = ['request', 'objects_model_crud', action, JSON.stringify(body)];
  const { stdout, stderr } = await run([...args, ...where()]);
  assert.ok(stdout !== '', stderr);
  return JSON.parse(stdout) as JsonObject;
}

/** The lines of a file, when there are so many. The deadline of the test ends the wait. */
async function lines(path: string, count: number): Promise<readonly JsonObject[]> {
  const found = existsSync(path) ? readFileSync(path, 'utf8').split('\n').slice(0, -1) : [];
  if (found.length >= count) return found.map((line) => JSON.parse(line) as JsonObject);
  await setImmediate();
  return lines(path, count);
}

test('up runs the entity with its hooks in the place of the service of the package', async () => {
  const labels = join(data.path, 'labels.txt');
  await up(module, labels);
  const machine = (cn: string, description: string) => ({ attributes: { cn, description } });
  const { id } = await request('create', machine('pump', 'sn-17'));
  assert.is(
    ((await request('create', machine('fan', 'SN-17')))['error'] as JsonObject)['code'],
    409,
  );
  const { data: found } = await request('read', {});
  const nodes = found as readonly { id: string; attributes: JsonObject }[];
  assert.equal(
    nodes.map((node) => [node.id, node.attributes['label']]),
    [[id, ['pump, made here']]],
  );
  assert.equal(
    (await lines(labels, 1)).map(({ text }) => text),
    ['pump'],
  );
});

function entry(name: string): string {
  return new URL(`../../../${name}${extname(import.meta.url)}`, import.meta.url).href;
}

/** The entity, whose first try of a label never ends. */
const stuck = `
import { appendFileSync, existsSync } from 'node:fs';
import { defineEntity } from ${JSON.stringify(entry('deployment'))};
import { activity } from ${JSON.stringify(entry('index'))};
const began = process.env.LABELS + '.began';
export default defineEntity('objects_model_crud', {
  activities: {
    print: activity(async ({ id }, { idempotencyKey }) => {
      if (!existsSync(began)) {
        appendFileSync(began, JSON.stringify({ idempotencyKey }) + '\\n');
        await new Promise(() => undefined);
      }
      appendFileSync(process.env.LABELS, JSON.stringify({ id, idempotencyKey }) + '\\n');
    }),
  },
  created: ({ id }) => ({ start: { activity: 'print', input: { id } } }),
});
`;

test('an activity that a kill has cut off runs again under its key, and the node stands once', async () => {
  const path = await data.write('stuck.mjs', stuck);
  const labels = join(data.path, 'labels.txt');
  const first = await up(path, labels);
  const { id } = await request('create', { attributes: { cn: 'pump' } });
  const [began] = await lines(`${labels}.began`, 1);
  first.signal('SIGKILL');
  await first.ended;
  await up(path, labels);
  const printed = await lines(labels, 1);
  assert.equal(printed, [{ id, idempotencyKey: began?.['idempotencyKey'] }]);
  const { data: found } = await request('read', {});
  assert.equal((found as readonly JsonObject[]).length, 1);
});

test.run();
