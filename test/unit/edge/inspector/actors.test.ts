/** Actors in the inspector: lists, charts with active states, steps, and contexts without secrets. */
import { ActorTrail } from '../../../../edge/inspector/actor-trail.ts';
import type { TurnCommit } from '../../../../runtime/ports/journal-rows.ts';
import type { JsonObject } from '../../../../runtime/ports/json.ts';
import { assert, suite } from '../../../support/suite.ts';
import { type InspectorWorld, inspectorWorld } from './inspector-world.ts';

const test = suite('inspector: actors', { deadlineMs: 30_000 });
let world: InspectorWorld;
const owner = 'objects_model_crud';

test.before(async () => {
  world = await inspectorWorld();
});
test.after(() => world.stop());

function asked(action: string, data: JsonObject): Promise<unknown> {
  const to = { exchange: 'objects', routingKey: `${owner}_consume` };
  return world.client.request(to, { action, data });
}

/** The path of the saga that has renamed a new object. */
async function renaming(cn: string): Promise<{ readonly key: string; readonly path: string }> {
  const { id } = (await asked('create', { attributes: { cn: 'plant' } })) as { id: string };
  await asked('update', { id, attributes: { cn } });
  const turn = world.turns.findLast(({ address }) => address.machine === 'delete-saga');
  const key = turn?.address.key ?? '';
  return { key, path: `actors/${owner}/delete-saga/${encodeURIComponent(key)}` };
}

test('a service that the process does not run, and an actor that is not there, are not found', async () => {
  for (const path of ['actors/nobody', `actors/${owner}/delete-saga/none`])
    assert.is((await world.ask(path)).statusCode, 404, path);
});

test('a key finds an actor that has ended; its chart has the states of the machine and names the active ones', async () => {
  const { key, path } = await renaming('mill');
  const found = await world.ask(`actors/${owner}?key=${encodeURIComponent(key)}`);
  assert.equal(found.json().data, [
    { machine: 'delete-saga', key, status: 'done', states: 'finished' },
  ]);
  const { machines, reasons } = (await world.ask(path)).json();
  const [{ chart, active, name }] = machines;
  assert.equal([name, reasons], ['delete-saga', []]);
  assert.equal(active, ['delete-saga', 'delete-saga.finished']);
  const states = chart.states.map((state: { readonly key: string }) => state.key);
  for (const state of ['pending', 'asking', 'cleaning', 'removing', 'finished'])
    assert.ok(states.includes(state), state);
  const pending = chart.states.find((state: { readonly key: string }) => state.key === 'pending');
  assert.ok(pending.states.some((state: { readonly key: string }) => state.key === 'engaging'));
});

test('the context of an actor is shown without the secrets of URLs', async () => {
  const { path } = await renaming('amqp://shop:hunter2@broker');
  const { body } = await world.ask(path);
  assert.match(body, /amqp:\/\/\*\*\*@broker/);
  assert.not.match(body, /hunter2/);
});

function turnOf(key: string, value: string): TurnCommit {
  return {
    address: { service: 's', machine: 'm', key },
    atMs: 1,
    expectedVersion: 0,
    record: { machineVersion: 1, status: 'active', family: { root: { value } } },
    inbox: [{ messageId: 'one', digest: '' }],
    repeated: [],
    answers: [],
    outbox: [],
    asks: [],
    answered: [],
    askersEnded: [],
    timers: [],
    timersEnded: [],
    activities: [],
    activitiesEnded: [],
    history: [],
    deadLetters: [],
    writes: [],
  };
}

test('trail: the steps of an actor are kept from the first look on, and those of the 20 actors that were looked at last', () => {
  const trail = new ActorTrail();
  const address = { service: 's', machine: 'm', key: 'a' };
  trail.note([turnOf('a', 'before')]);
  assert.equal(trail.look(address), []);
  trail.note([turnOf('a', 'one'), turnOf('b', 'other'), turnOf('a', 'two')]);
  assert.equal(
    trail.look(address).map(({ family, handled }) => [family, handled]),
    [
      [{ root: { value: 'one' } }, 1],
      [{ root: { value: 'two' } }, 1],
    ],
  );
  for (let other = 0; other < 20; other += 1) trail.look({ ...address, key: `other ${other}` });
  assert.equal(trail.look(address), []);
});

test.run();
