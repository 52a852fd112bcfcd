/** `subscribers`, and `why` of a deleted node: beside a running `up`, and over its folder afterwards. */
import { join } from 'node:path';
import type { JsonObject } from '../../../runtime/ports/json.ts';
import { assert, suite } from '../../support/suite.ts';
import { asked } from './asked.ts';
import { type Ended, run, start } from './command.ts';
import { ConfigFolder } from './config-folder.ts';

const test = suite('cli: subscribers', { deadlineMs: 300_000 });

function json({ code, stdout, stderr }: Ended) {
  assert.is(code, 0, stderr);
  return JSON.parse(stdout);
}

test('who is asked about a node, and which saga has deleted a node', async () => {
  const folder = await ConfigFolder.open();
  const options = ['--data', join(folder.path, 'data'), '--config', 'objects', 'tags'];
  const command = (...args: readonly string[]) => run([...args, ...options]);
  const request = (service: string, action: string, data: JsonObject) =>
    asked(join(folder.path, 'data'), service, action, data);
  const up = start(['up', '--no-http', ...options]);
  try {
    await up.printed('ready:');
    const mill = { attributes: { cn: 'mill' } };
    const id = String((await request('objects_model_crud', 'create', mill))['id']);
    // A service gives its subscription back with its last node, so a second tag stays.
    const below = (cn: string) =>
      request('tags_model_crud', 'create', { parentId: id, attributes: { cn } });
    await below('speed');
    const tag = String((await below('load'))['id']);
    const { owner, cn, ledgers } = json(await command('subscribers', id, '--json'));
    assert.equal([owner, cn, ledgers.length], ['objects_model_crud', 'mill', 1]);
    const [{ epoch, subscribers, engagements, promises }] = ledgers;
    assert.equal([epoch, engagements, promises], [2, [], []]);
    const [{ sinceMs, ...subscriber }] = subscribers;
    assert.equal(subscriber, {
      service: 'tags_model_crud',
      exchange: 'objects',
      routingKey: 'tags_model_crud',
      ...{ generation: 2, consent: true },
    });
    assert.ok(sinceMs > Date.UTC(2020));
    await request('tags_model_crud', 'delete', { id: tag });
    const nobody = await command('subscribers', 'nobody');
    assert.equal([nobody.code, nobody.stdout], [1, '']);
    assert.match(nobody.stderr, /no service owns a node nobody/);
    up.signal('SIGTERM');
    await up.ended;
    const text = (await command('subscribers', id)).stdout;
    assert.match(
      text,
      /^mill \(.*\): owner objects_model_crud\n {2}list: epoch 2, subscribers: 1\n/,
    );
    assert.match(text, /^ {4}tags_model_crud {2}asked on objects with tags_model_crud, since 20/m);
    const gone = (await command('why', tag)).stdout;
    assert.match(gone, /^load \(.*\): deleted \d+ s ago by tags_model_crud, at 20/);
    const [, saga = ''] = /^ {2}saga (\S+), asked for by command-line at 20/m.exec(gone) ?? [];
    assert.match((await command('sagas', 'show', saga)).stdout, /load/);
  } finally {
    up.signal('SIGKILL');
    await up.ended;
    await folder.remove();
  }
});

test.run();
