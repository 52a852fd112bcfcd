/** Services of somebody's own through `--module`: what is loaded, matched and refused. */
import { programAt } from '../../support/program.ts';
import { assert, suite } from '../../support/suite.ts';
import { type Ended, run, type Started, serviceFile, start } from './command.ts';
import { ConfigFolder } from './config-folder.ts';
import { echoFile, importEcho } from './echo-service.ts';

const test = suite('cli: modules', { deadlineMs: 120_000 });
let folder: ConfigFolder;
let running: Started[] = [];

test.before.each(async () => {
  folder = await ConfigFolder.open();
});
test.after.each(async () => {
  for (const command of running) command.signal('SIGKILL');
  await Promise.all(running.map(({ ended }) => ended));
  running = [];
  await folder.remove();
});

/** The path of a module with this code after the import. */
function module(code: string, name = 'own.mjs'): Promise<string> {
  return folder.write(name, `${importEcho()}${code}\n`);
}

async function upIsReady(args: readonly string[], line: string): Promise<void> {
  const command = start(['up', '--data', `${folder.path}/data`, ...args]);
  running.push(command);
  await command.printed(line);
  command.signal('SIGTERM');
  assert.is((await command.ended).code, 0);
}

function assertRefused({ code, stdout, stderr }: Ended, message: string | RegExp): void {
  assert.equal([code, stdout], [78, ''], stderr);
  assert.match(stderr, message);
}

const check = (...args: readonly string[]) => run(['config', 'check', ...args]);

test('up: modules run beside the configs, each default export in its form', async () => {
  const one = await module("export default echo('one');");
  const list = await module("export default [echo('two'), echo('three')];", 'list.mjs');
  const made = await module("export default async () => echo('four');", 'made.mjs');
  const args = ['--config', serviceFile('transactions')];
  for (const path of [one, list, made]) args.push('--module', path);
  await upIsReady(args, 'ready: transactions, one, two, three, four\n');
});

test('up: a config file of an unknown kind is the config of the module with its svc_name', async () => {
  const path = await module(
    `export default { name: 'bare', stores: [], define: (config) => echoWith(config) };`,
  );
  const file = await folder.write('given.json', echoFile('bare'));
  await upIsReady(['--config', file, '--module', path], 'ready: bare\n');
  const { stderr } = await check('--module', path);
  assert.match(
    stderr,
    `${path} /config: found a service "bare" without a config; allowed: a config of its own, or`,
  );
});

test('a service without a config takes the file of its name beside its module, unless one is named', async () => {
  const path = await module(
    `export default { name: 'bare', stores: [], define: (config) => echoWith(config) };`,
  );
  await folder.write('bare.json', echoFile('bare'));
  const named = await folder.write('named.json', echoFile('bare', { echo: {} }));
  const [beside, other] = await Promise.all([
    check('--module', path),
    check('--module', path, named),
  ]);
  assert.equal([beside.code, beside.stderr], [0, '']);
  assert.match(beside.stdout, /^21 configs are valid/);
  assertRefused(other, /named\.json:?\S* \/echo: found/);
});

test('a module that never ends loading is named, and nothing runs', async () => {
  const top = await module('await new Promise(() => {}); export default [];', 'top.mjs');
  const made = await module('export default () => new Promise(() => {});', 'never.mjs');
  const refused = await Promise.all([check('--module', top), check('--module', made)]);
  for (const [at, one] of refused.entries())
    assertRefused(one, [/top\.mjs: found an await/, /never\.mjs: found an await/][at] as RegExp);
});

test('up: names of the package stand beside files of ones own', async () => {
  const path = await module("export default echo('one');");
  const file = await folder.write('mine.json', echoFile('mine', { transactions: {} }));
  await upIsReady(
    ['--config', 'tags', file, '--module', path],
    'ready: tags_api_crud, tags_model_crud, mine, one\n',
  );
});

test('a config file may have the sections of its module, and the schema shows them', async () => {
  const path = await module(
    `export default { name: 'bare', stores: [], sections: { echo: { type: 'object',
      properties: { loud: { type: 'boolean' } }, additionalProperties: false } },
      define: (config) => echoWith(config) };`,
  );
  const good = await folder.write('bare.json', echoFile('bare', { echo: { loud: true } }));
  const wrong = await folder.write('wrong.json', echoFile('bare', { echo: { loud: 'very' } }));
  const [fits, not, schema] = await Promise.all([
    check('--module', path, good),
    check('--module', path, wrong),
    run(['config', 'schema', '--module', path]),
  ]);
  assert.equal([fits.code, fits.stderr], [0, '']);
  assertRefused(not, /wrong\.json:?\S* \/echo\/loud: found "very"; allowed: /);
  assert.match(schema.stdout, '"loud"');
});

/** A participant, and its config that subscribes to connectors. */
const rentals = `import { defineParticipant, defineTable } from 'file://${programAt(new URL('../../../index.ts', import.meta.url)).file}';
const row = { type: 'object', properties: { at: { type: 'string' } }, required: ['at'] };
const rented = defineTable('rented', { row, by: ['at'] });
export default defineParticipant({
  name: 'rentals',
  stores: [rented],
  dependsOn: { connectors: { rows: rented.by('at') } },
});
`;
const rentalsFile = (entity: string, key: string) => ({
  svc_name: 'rentals',
  consume: { main: { name: 'rentals', queue: 'rentals', routing_key: 'rentals' } },
  subscribe: {
    [entity]: {
      publish: { name: 'connectors', routing_key: key },
      consume: { name: 'connectors', routing_key: 'connectors_model_crud_publish' },
    },
  },
});

test('config check: a service that does not fit its config is refused as at its start', async () => {
  const path = await folder.write('rentals.mjs', rentals);
  const key = 'connectors_model_crud_consume';
  const fitting = await folder.write('fitting.json', rentalsFile('connectors', key));
  const other = await folder.write('other.json', rentalsFile('connector', key));
  const [fits, differs] = await Promise.all([
    check('--module', path, '--config', 'connectors', fitting),
    check('--module', path, other),
  ]);
  assert.equal([fits.stderr, fits.stdout.slice(0, 19)], ['', '3 configs are valid']);
  assertRefused(
    differs,
    "rentals depends on 'connectors' (did you mean 'connector'?); the config's section 'subscribe' names connector\n",
  );
});

test('up: requests that reach nobody are refused as by config check', async () => {
  const path = await folder.write('rentals.mjs', rentals);
  const lost = await folder.write('lost.json', rentalsFile('connectors', 'connectors_consume'));
  const files = ['--config', 'connectors', lost];
  const ended = await run(['up', '--data', `${folder.path}/data`, '--module', path, ...files]);
  const told =
    /lost\.json \/subscribe\/connectors\/publish\/routing_key: found "connectors_consume"/;
  assertRefused(ended, told);
});

test('services: with a module alone, services of the package that nobody runs are not listed', async () => {
  const one = await module("export default echo('one');");
  const data = ['--data', `${folder.path}/data`];
  const up = start(['up', '--no-http', ...data, '--config', 'connectors', '--module', one]);
  running.push(up);
  await up.printed('ready:');
  const listed = async (...args: readonly string[]) =>
    JSON.parse((await run(['services', '--json', ...data, ...args])).stdout).notRunning;
  assert.equal(await listed('--module', one), []);
  assert.equal(await listed('--module', one, '--config', 'connectors', 'mcards'), ['mcards']);
});

test('config: the topology has the queues of modules', async () => {
  const path = await module("export default echo('one');");
  const { stdout } = await run(['config', 'topology', '--format', 'json', '--module', path]);
  const queues: readonly { name: string }[] = JSON.parse(stdout).queues;
  assert.ok(queues.some(({ name }) => name === 'one_consume'));
  assert.ok(queues.some(({ name }) => name === 'tags_model_crud_consume'));
});

test('a module that cannot be loaded is named as given; exit code 78', async () => {
  const throws = await folder.write('throws.mjs', "throw new Error('no licence');");
  assertRefused(
    await check('--module', throws),
    `${throws}: the module failed to load: no licence\n`,
  );
});

test('a config without a service, and a name twice, are refused', async () => {
  const path = await module("export default [echo('one'), echo('one')];");
  const file = await folder.write('other.json', echoFile('other'));
  const ended = await check('--module', path, file);
  assertRefused(ended, /other\.json \(whole file\): found none of them; .*name "other"/);
  assert.match(ended.stderr, `${path} /svc_name: found "one"; allowed: a name of its own: ${path}`);
});

test('start: names choose from the files and modules, and a name twice is wrong usage', async () => {
  const path = await module("export default [echo('one'), echo('two')];");
  const file = await folder.write('mine.json', echoFile('mine', { transactions: {} }));
  const from = ['--config', file, '--module', path];
  const [one, mine, unknown, twice, all] = await Promise.all([
    run(['start', 'one', '--module', path]),
    run(['start', 'mine', ...from]),
    run(['start', 'tags_model_crud', ...from]),
    run(['start', 'one', 'one', ...from]),
    run(['start', '--module', path]),
  ]);
  // Without servers, the chosen services are those whose servers are missing.
  const missing = (text: string) =>
    [...new Set([...text.matchAll(/(\w+)\.json \/amqp_url/g)].map(([, name]) => name))].join();
  assert.equal(
    [missing(one.stderr), missing(mine.stderr), missing(all.stderr)],
    ['one', 'mine', 'one,two'],
  );
  assertRefused(unknown, /service 'tags_model_crud'; the services are mine, one, two\n/);
  assert.is(twice.code, 2);
  assert.match(twice.stderr, "the service 'one' is named twice");
});

test('a module in TypeScript is read, or the error says what Node.js needs', async () => {
  const path = await module("const name: string = 'one';\nexport default echo(name);", 'own.mts');
  const [plain, loaded] = await Promise.all([
    check('--module', path),
    run(['config', 'check', '--module', path], {
      NODE_OPTIONS: `--import ${import.meta.resolve('tsx')}`,
    }),
  ]);
  assert.equal([loaded.code, loaded.stderr], [0, '']);
  if (plain.code !== 0)
    assertRefused(plain, /own\.mts: found TypeScript, .*allowed: JavaScript, Node\.js from 22\.18/);
});

test.run();
