import { type TSchema, Type } from 'typebox';
import { checkSchema } from '../../../../runtime/messages/validation.ts';
import { Refused } from '../../../../runtime/ports/errors.ts';
import type { Json } from '../../../../runtime/ports/json.ts';
import { assert, suite } from '../../../support/suite.ts';

const test = suite('validation');
const schema = Type.Object(
  { kind: Type.Enum(['a', 'b']), items: Type.Array(Type.Object({ n: Type.Integer() })) },
  { additionalProperties: false },
);

function problem(data: Json, of: TSchema = schema): string {
  try {
    checkSchema(of, data, '/data');
  } catch (error) {
    if (error instanceof Refused) return `${error.at}: ${error.message}`;
    throw error;
  }
  return '';
}

test('what fits passes', () => {
  assert.is(problem({ kind: 'a', items: [{ n: 1 }] }), '');
});

test('a missing key is named', () => {
  assert.match(problem({ kind: 'a' }), /^\/data: .*lacks the key 'items'/);
});

test('an unknown key is named', () => {
  assert.match(problem({ kind: 'a', items: [], more: 1 }), /unknown key 'more'/);
});

test('a value that is not listed is told what is', () => {
  assert.match(problem({ kind: 'c', items: [] }), /^\/data\/kind: .*\["a","b"\]/);
});

test('the pointer leads to where it is wrong', () => {
  assert.match(problem({ kind: 'a', items: [{ n: 1 }, { n: 'x' }] }), /^\/data\/items\/1\/n: /);
});

test.run();
