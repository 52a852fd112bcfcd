import {
  interpretTransactionBody,
  processSchema,
  stateOfWire,
  stateOnWire,
} from '../../../../actors/transactions/messages.ts';
import { checkSchema } from '../../../../runtime/messages/validation.ts';
import { assert, suite } from '../../../support/suite.ts';

const test = suite('transaction messages');

test('a bare body is a process', () => {
  const body = { transaction: 't1', state: 'DELETE', card: 'c1' };
  assert.equal(interpretTransactionBody(body, 'transaction.process'), {
    action: 'process',
    data: body,
  });
});

test('a bare body on the queue of the callback is an end to tell', () => {
  const body = { transaction: 't1', state: 'confirmed', card: null };
  assert.equal(interpretTransactionBody(body, 'transaction.callback_process'), {
    action: 'callback_process',
    data: body,
  });
});

test('a body with an action is read as usual', () => {
  assert.is(
    interpretTransactionBody(
      { action: 'read', data: {}, transaction: 't1', state: 'DELETE' },
      'transaction.process',
    ),
    undefined,
  );
});

test('other bodies are not read', () => {
  for (const body of [null, 'DELETE', [1], { transaction: 't1' }])
    assert.is(interpretTransactionBody(body, 'transaction.process'), undefined);
});

test('confirmed is written in small letters on the wire', () => {
  assert.is(stateOfWire('confirmed'), 'CONFIRMED');
  assert.is(stateOfWire('CONFIRMED'), 'CONFIRMED');
  assert.is(stateOnWire('CONFIRMED'), 'confirmed');
  assert.is(stateOnWire('DELETE'), 'DELETE');
});

test('an unknown state is refused with its place', () => {
  assert.throws(
    () => checkSchema(processSchema, { transaction: 't1', state: 'BURNT' }, '/data'),
    /\/data\/state/,
  );
});

test('an address with a control character is refused', () => {
  assert.throws(
    () => checkSchema(processSchema, { transaction: 't\u0000', state: 'DELETE' }, '/data'),
    /\/data\/transaction/,
  );
});

test.run();
