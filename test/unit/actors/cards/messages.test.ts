import { burnBody, createSchema, interpretCardBody } from '../../../../actors/cards/messages.ts';
import { checkSchema } from '../../../../runtime/messages/validation.ts';
import { assert, suite } from '../../../support/suite.ts';

const test = suite('card messages');

test('a burn as the seed publishes it is an action', () => {
  const body = { mcard_burn: { card: 'c1', owner: 'kim' }, request_id: 'r1' };
  assert.equal(interpretCardBody(body), {
    action: 'mcard_burn',
    data: { card: 'c1', owner: 'kim' },
  });
});

test('a body this service publishes is one it reads', () => {
  const body = burnBody({ id: 'c1', owner: 'kim', transaction: 't1', kind: 'db' });
  assert.equal(interpretCardBody(body), {
    action: 'mcard_burn',
    data: { card: 'c1', owner: 'kim', transaction: 't1', kind: 'db' },
  });
});

test('other bodies are read as usual', () => {
  for (const body of [null, 'x', [], { action: 'read', data: {} }])
    assert.is(interpretCardBody(body), undefined);
});

test('a file that is no absolute URL is refused with its place', () => {
  const data = { owner: 'kim', metadata: { must_be_deleted_files: ['file:///a', 'b.png'] } };
  assert.throws(
    () => checkSchema(createSchema, data, '/data'),
    /\/data\/metadata\/must_be_deleted_files\/1/,
  );
});

test('further metadata are kept', () => {
  checkSchema(
    createSchema,
    { owner: 'kim', metadata: { title: 'x', must_be_deleted_files: [] } },
    '/data',
  );
});

test('an owner is needed', () => {
  assert.throws(() => checkSchema(createSchema, { id: 'c1' }, '/data'), /lacks the key 'owner'/);
});

test.run();
