import { destinationOf } from '../../../../runtime/messages/destination.ts';
import { Broken } from '../../../../runtime/ports/errors.ts';
import { assert, suite } from '../../../support/suite.ts';

const test = suite('destination');
const entry = {
  pointer: '',
  exchange: 'tags',
  type: 'direct',
  routingKey: 'k',
  routingKeys: ['k'],
  exchanges: [],
  queues: [],
  bindings: [],
} as const;
const config = { svcName: 'tags_model_crud', publish: { main: entry } };

test('a key of publish is an exchange and a routing key', () => {
  assert.equal(destinationOf(config, 'main'), { exchange: 'tags', routingKey: 'k' });
});

test('a key that is missing is named with those that are there', () => {
  assert.throws(
    () => destinationOf(config, 'burns'),
    (error) =>
      error instanceof Broken &&
      error.code === 'config-invalid' &&
      /'burns'.*\(found: main\)/.test(error.message),
  );
});

test.run();
