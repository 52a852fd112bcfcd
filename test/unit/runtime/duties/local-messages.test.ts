/** Where a message would go in this process: the words of the transport, then those of the intakes. */
import { LocalMessages } from '../../../../runtime/duties/local-messages.ts';
import type { RoutedInput } from '../../../../runtime/messages/input.ts';
import type { Delivery } from '../../../../runtime/ports/envelope.ts';
import type { OutboxRow } from '../../../../runtime/ports/journal-rows.ts';
import type { Json } from '../../../../runtime/ports/json.ts';
import type { Route } from '../../../../runtime/ports/transport.ts';
import { assert, suite } from '../../../support/suite.ts';

const test = suite('local messages');

const address = { service: 's', machine: 'm', key: 'k' };
const noAsk = () => undefined;

function row(body: Json = {}): OutboxRow {
  return {
    ...{ id: '1', address, exchange: 'e', routingKey: 'r', mandatory: false, body },
    properties: { messageId: 'm', persistent: true },
  };
}

function inputOf(queue: string): RoutedInput {
  return {
    ...{ kind: 'event', path: [], starts: true, ignoreIfAbsent: false },
    ...{ address: { ...address, key: queue }, event: { type: 't' } },
  };
}

function routeTo(queues: readonly string[], isFree = true): Route {
  const deliveries = queues.map(
    (queue): Delivery => ({
      ...{ queue, exchange: 'e', routingKey: 'r', redelivered: false },
      ...{ properties: { persistent: true }, body: Buffer.from('{}') },
    }),
  );
  return { deliveries, isFree, delivered: () => undefined };
}

/** An intake of each queue but those that begin with `far`. */
function found(route: Route | undefined, body?: Json) {
  const messages = new LocalMessages({
    transport: () => ({ route: () => route }),
    intake: (queue) =>
      queue.startsWith('far')
        ? undefined
        : { local: () => (queue.startsWith('no') ? undefined : [inputOf(queue)]) },
  });
  const { queues, inputs } = messages.find(row(body), noAsk);
  return [queues, typeof inputs === 'string' ? inputs : inputs.map((input) => input.address.key)];
}

test('a message becomes the inputs of all its queues', () => {
  assert.equal(found(routeTo(['q', 'p'])), [
    ['q', 'p'],
    ['q', 'p'],
  ]);
});

test('all or none: a queue that is consumed elsewhere, or whose intake cannot take it, leaves no input', () => {
  assert.equal(found(routeTo(['q', 'far'])), [['q', 'far'], 'not-here']);
  assert.equal(found(routeTo(['q', 'no'])), [['q', 'no'], 'not-here']);
});

test('while other messages are in the queues a message has no inputs', () => {
  assert.equal(found(routeTo(['q'], false)), [['q'], 'not-free']);
});

test('without a route nothing is known, also of a body that is no JSON', () => {
  assert.equal(found(undefined), [undefined, 'no-route']);
  assert.equal(found(routeTo(['q']), 1n as unknown as Json), [undefined, 'no-route']);
});

test.run();
