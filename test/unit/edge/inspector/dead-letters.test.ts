/** Dead letters in the inspector: their list, their bodies without secrets, replay and drop. */
import { assert, suite } from '../../../support/suite.ts';
import { type InspectorWorld, inspectorWorld, operatorToken } from './inspector-world.ts';

const test = suite('inspector: dead letters', { deadlineMs: 30_000 });
let world: InspectorWorld;

test.before.each(async () => {
  world = await inspectorWorld();
});
test.after.each(() => world.stop());

/** A message that no service can handle, and that nobody waits for. */
async function addDeadLetter(): Promise<string> {
  const place = { exchange: 'maintenance', routingKey: 'maintenance' };
  const data = {
    note: 'see amqp://shop:hunter2@broker:5672',
    password: 'hunter2',
    kept: 'visible',
  };
  await world.client.send(place, { action: 'polish', data }, { mandatory: true });
  for (;;) {
    const { data: found } = (await world.ask('dead-letters')).json();
    if (found.length > 0) return found[0].id;
  }
}

test('a dead letter is listed with its reason, and shown with its body but without secrets', async () => {
  const id = await addDeadLetter();
  const shown = await world.ask(`dead-letters/${encodeURIComponent(id)}`);
  const { service, action, reason, body, count } = shown.json();
  assert.equal([service, action, count], ['maintenance', 'polish', 1]);
  assert.match(reason, /polish/);
  assert.is(body.data.kept, 'visible');
  assert.is(body.data.password, '***');
  assert.not.match(shown.body, /hunter2/);
});

test('an operator drops a dead letter', async () => {
  const id = await addDeadLetter();
  const url = `dead-letters/${encodeURIComponent(id)}/drop`;
  const dropped = await world.ask(url, { method: 'POST', token: operatorToken });
  assert.equal(dropped.json(), { count: 1 });
  assert.equal((await world.ask('dead-letters')).json(), { data: [] });
});

test('an operator has a dead letter handled again', async () => {
  const id = await addDeadLetter();
  const url = `dead-letters/${encodeURIComponent(id)}/replay`;
  const asked = await world.ask(url, { method: 'POST', token: operatorToken });
  assert.equal(asked.json(), { count: 1 });
});

test.run();
