/** Plain AMQP clients in Python and a service of the hierarchy on a real broker: questions, answers and facts. */
import type { JsonObject } from '../../../runtime/ports/json.ts';
import { assert, suite } from '../../support/suite.ts';
import { Deployed } from './deployed.ts';
import { pythonJson } from './python-program.ts';

const pika = suite('pika', {
  needs: ['rabbitmq', 'rabbitmqctl', 'python3-pika'],
  deadlineMs: 60_000,
});
const aioPika = suite('aio-pika', {
  needs: ['rabbitmq', 'rabbitmqctl', 'python3-aio-pika'],
  deadlineMs: 60_000,
});

const routingKey = 'tags_model_crud_consume';
const create = (cn: string) =>
  JSON.stringify({
    action: 'create',
    data: { attributes: { cn, description: ['кот', '보일러'] } },
  });
const read = JSON.stringify({
  action: 'read',
  data: { id: '$id', attributes: ['cn', 'description'] },
});
const wrong = JSON.stringify({ action: 'create', data: { attribute: {} } });
let world: Deployed;

for (const suited of [pika, aioPika]) {
  suited.before(async () => {
    world = await Deployed.open();
    await world.start('tags_model_crud');
  });
  suited.after(() => world.close());
}

interface Exchanged {
  readonly answer: JsonObject;
  readonly correlation_id: string;
  readonly exchange: string;
}

async function rpc(
  way: 'named' | 'direct',
  ...questions: readonly string[]
): Promise<readonly Exchanged[]> {
  return (await pythonJson(
    'pika_rpc.py',
    world.host.url,
    'tags',
    routingKey,
    way,
    ...questions,
  )) as unknown as readonly Exchanged[];
}

function assertCreatedAndRead(cn: string, [created, found]: readonly Exchanged[]): void {
  const id = created?.answer['id'];
  assert.type(id, 'string');
  const [node] = (found?.answer['data'] ?? []) as readonly JsonObject[];
  assert.equal(node?.['id'], id);
  assert.equal(node?.['attributes'], { cn: [cn], description: ['кот', '보일러'] });
}

for (const way of ['named', 'direct'] as const) {
  const where = way === 'named' ? 'a reply queue of its own' : 'direct reply-to';

  pika(`creates and reads a tag, and gets its answers on ${where}`, async () => {
    const exchanged = await rpc(way, create(`boiler ${way}`), read);
    assertCreatedAndRead(`boiler ${way}`, exchanged);
    assert.equal(
      exchanged.map(({ correlation_id, exchange }) => [correlation_id, exchange]),
      [
        ['0', ''],
        ['1', ''],
      ],
    );
  });

  pika(`is told what is wrong with its question on ${where}`, async () => {
    const [exchanged] = await rpc(way, wrong);
    assert.is(exchanged?.answer['id'], null);
    assert.match(JSON.stringify(exchanged?.answer['error']), /bad-message.*attribute/);
  });
}

aioPika('gets its answer through the exchange it asked through, and hears the fact', async () => {
  const program = [
    'aio_pika_listen.py',
    world.host.url,
    'tags',
    'tags_model_crud_publish',
    routingKey,
    create('boiler'),
  ] as const;
  const [heard] = (await pythonJson(...program)) as unknown as readonly {
    answer: JsonObject;
    fact: JsonObject;
  }[];
  assert.type(heard?.answer['id'], 'string');
  assert.equal(heard?.fact, { action: 'created', data: { id: heard?.answer['id'] } });
});

pika.run();
aioPika.run();
