import { Type } from 'typebox';
import { givenMembers } from '../../../../runtime/messages/given-members.ts';
import { assert, suite } from '../../../support/suite.ts';

const test = suite('given members');
const closed = { additionalProperties: false };
const schema = Type.Object(
  {
    id: Type.String(),
    name: Type.Optional(Type.String()),
    parent: Type.Optional(Type.Union([Type.String(), Type.Null()])),
    any: Type.Optional(Type.Unknown()),
  },
  closed,
);

test('null-is-absent: null is left out, unless the schema takes null or needs the member', () => {
  const data = { id: null, name: null, parent: null, any: null, other: null };
  assert.equal(givenMembers(schema, data, false), { id: null, parent: null, any: null });
});

test('an unknown member stays, to be refused; a lenient service leaves it out', () => {
  const data = { id: 'a', other: 1 };
  assert.is(givenMembers(schema, data, false), data);
  assert.equal(givenMembers(schema, data, true), { id: 'a' });
});

test('of a union, a member of any branch is known; an open object knows every member', () => {
  const union = Type.Union([schema, Type.Object({ more: Type.Integer() }, closed)]);
  assert.equal(givenMembers(union, { id: 'a', more: 1, other: 2 }, true), { id: 'a', more: 1 });
  assert.equal(givenMembers(Type.Object({}), { other: null }, true), { other: null });
});

test('data that is no object, or may be something else, stays as it is', () => {
  assert.equal(givenMembers(schema, [null], true), [null]);
  const data = { name: null };
  assert.is(givenMembers(Type.Union([schema, Type.String()]), data, true), data);
});

test.run();
