/** The reads and writes of a table as data, their types, and rows that a table does not take. */
import { type Static, Type } from 'typebox';
import { defineTable, type RowOf } from '../../../../actors/table/table.ts';
import { Broken, Refused } from '../../../../runtime/ports/errors.ts';
import type { Read, ReadOf, Write } from '../../../../runtime/ports/store.ts';
import { assert, suite } from '../../../support/suite.ts';

const test = suite('table: reads and writes');

const row = Type.Object({
  objectId: Type.String(),
  assignee: Type.Union([Type.String(), Type.Null()]),
  note: Type.Optional(Type.String({ maxLength: 600 })),
  open: Type.Boolean(),
  steps: Type.Array(Type.Object({ name: Type.String(), minutes: Type.Integer({ minimum: 1 }) })),
  more: Type.Unknown(),
});
const workOrders = defineTable('work-orders', { row, by: ['objectId', 'assignee', 'note'] });
const first = { objectId: 'b1', assignee: null, open: true, steps: [], more: null };
const o1 = { id: 'o1', version: 3 };

/** True for two types that are the same. */
type Same<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

test('the types of rows, reads and writes follow from the schema', () => {
  // The compiler checks these lines.
  const types: [
    Same<
      RowOf<typeof workOrders>,
      { readonly id: string; readonly version: number } & Static<typeof row>
    >,
    Same<RowOf<typeof workOrders>['assignee'], string | null>,
    Same<ReturnType<typeof workOrders.find>, ReadOf<readonly RowOf<typeof workOrders>[]>>,
    ReturnType<typeof workOrders.find> extends Read ? true : false,
    Same<ReturnType<typeof workOrders.add>, Write>,
  ] = [true, true, true, true, true];
  assert.is(types.length, 5);
});

/** Each line is refused by the compiler. Never called. */
function refusedByTheCompiler(): void {
  // @ts-expect-error: not a member of `by`
  workOrders.find({ open: 'yes' });
  // @ts-expect-error: a member that is never null
  workOrders.find({ objectId: null });
  // @ts-expect-error: a member is missing
  workOrders.add('o1', { objectId: 'b1' });
  // @ts-expect-error: a member of another type
  workOrders.change(o1, { open: 'no' });
  // @ts-expect-error: a member that is always there
  workOrders.change(o1, { open: undefined });
  // @ts-expect-error: no such member
  workOrders.change(o1, { done: true });
  // @ts-expect-error: a member that is no text
  defineTable('numbers', { row: Type.Object({ count: Type.Number() }), by: ['count'] });
}
assert.type(refusedByTheCompiler, 'function');

test('reads and writes are data', () => {
  assert.equal(
    [
      workOrders.get('o1'),
      workOrders.find({ objectId: ['b1', 'b2'], assignee: null }),
      workOrders.add('o1', { ...first, note: undefined }),
      workOrders.change(o1, { open: false, note: undefined }),
      workOrders.change({ ...first, ...o1 }, {}),
      workOrders.remove(o1),
    ],
    [
      { store: 'work-orders', op: 'get', args: { ids: ['o1'] } },
      {
        store: 'work-orders',
        op: 'find',
        args: { members: { objectId: ['b1', 'b2'], assignee: [null] } },
      },
      { store: 'work-orders', op: 'add', args: { id: 'o1', data: first } },
      {
        store: 'work-orders',
        op: 'change',
        args: { id: 'o1', data: { open: false }, absent: ['note'] },
        expect: { version: 3 },
      },
      {
        store: 'work-orders',
        op: 'change',
        args: { id: 'o1', data: {}, absent: [] },
        expect: { version: 3 },
      },
      { store: 'work-orders', op: 'remove', args: { id: 'o1' }, expect: { version: 3 } },
    ],
  );
});

/** As code without types may call the table. */
type Untyped = Readonly<
  Record<'add' | 'change' | 'find', (first: unknown, second?: unknown) => unknown>
>;
const untyped = workOrders as unknown as Untyped;

const misfits: readonly (readonly [title: string, members: object, at: string, text: string])[] = [
  [
    'a value of another type',
    { ...first, open: 'yes' },
    '/open',
    '/open: found "yes"; allowed: true or false',
  ],
  [
    'a missing member',
    { ...first, objectId: undefined },
    '/objectId',
    '/objectId: found nothing; allowed: a string',
  ],
  [
    'an unknown member',
    { ...first, colour: 'red' },
    '/colour',
    '/colour: found the key "colour"; allowed: objectId, assignee, note, open, steps, more',
  ],
  ['its own id', { ...first, id: 'o2' }, '/id', '/id: found the key "id"'],
  [
    'an inner value',
    { ...first, steps: [{ name: 'a', minutes: 0 }] },
    '/steps/0/minutes',
    '/steps/0/minutes: found 0; allowed: an integer of at least 1',
  ],
];

for (const [title, members, at, text] of misfits)
  test(`fits: ${title} is a defect, named with table, row and place`, () => {
    const isNamed = (error: unknown) =>
      error instanceof Broken &&
      error.code === 'write-failed' &&
      error.at === at &&
      error.message.startsWith("the row 'o1' of the table 'work-orders' does not fit: ") &&
      error.message.includes(text);
    assert.throws(() => untyped.add('o1', members), isNamed);
  });

test('fits: a change is checked in the members it gives', () => {
  const refusals: readonly (readonly [object, string])[] = [
    [{ open: 1 }, '/open: found 1; allowed: true or false'],
    [{ open: undefined }, '/open: found undefined; allowed: true or false'],
    [{ colour: undefined }, '/colour: found undefined; allowed: objectId, assignee,'],
    [{ open: null }, '/open: found null; allowed: true or false'],
    [{ note: null }, 'characters, or undefined, which takes the member away'],
    [{ version: 4 }, '/version: found the key "version"'],
  ];
  for (const [patch, text] of refusals)
    assert.throws(
      () => untyped.change(o1, patch),
      (error: unknown) =>
        error instanceof Broken && error.code === 'write-failed' && error.message.includes(text),
    );
});

test('fits: a value that is no JSON is named with its place', () => {
  assert.throws(
    () => workOrders.add('o1', { ...first, more: { due: new Date(0) } }),
    (error: unknown) =>
      error instanceof Broken &&
      error.code === 'not-json' &&
      error.at === '/more/due' &&
      error.message.startsWith("the row 'o1' of the table 'work-orders' has a Date"),
  );
});

test('storable: text that no database can store or index is the fault of the sender', () => {
  const refusals: readonly (readonly [() => unknown, string, RegExp])[] = [
    [
      () => workOrders.add('o1', { ...first, more: { a: ['b\0'] } }),
      'bad-message',
      /has NUL at \/more\/a\/0$/,
    ],
    [() => workOrders.change(o1, { more: { 'a\0': 1 } }), 'bad-message', /has NUL at \/more$/],
    [
      () => workOrders.add('o1', { ...first, note: 'é'.repeat(251) }),
      'bad-message',
      /more than 500 bytes at \/note$/,
    ],
    [
      () => workOrders.add('', first),
      'bad-key',
      /the id of a row of the table 'work-orders': found ''/,
    ],
    [() => workOrders.add('a'.repeat(501), first), 'bad-key', /allowed is text of 1 to 500 bytes/],
  ];
  for (const [make, code, message] of refusals)
    assert.throws(
      make,
      (error: unknown) =>
        error instanceof Refused && error.code === code && message.test(error.message),
    );
});

test('a search without a value is a defect, and not a search for all rows', () => {
  assert.throws(
    () => untyped.find({ objectId: undefined }),
    /a search of the table 'work-orders' by 'objectId': found undefined; allowed is text/,
  );
});

const text = Type.String();
const definitions: readonly (readonly [title: string, define: () => unknown, message: string])[] = [
  [
    'a name that no schema can have',
    () => defineTable('Work Orders', { row }),
    "the name: found 'Work Orders'; allowed is text like",
  ],
  ['the name of the journal', () => defineTable('journal', { row }), "the name: found 'journal'"],
  [
    'an unknown member in `by`',
    () => defineTable('a', { row, by: ['site' as never] }),
    "by: found 'site'; allowed are members that are text: objectId, assignee, note",
  ],
  [
    'a member in `by` that is no text',
    () => defineTable('a', { row, by: ['open' as never] }),
    "by: found 'open'",
  ],
  [
    'a member twice in `by`',
    () => defineTable('a', { row, by: ['note', 'note'] }),
    "by: found 'note' twice",
  ],
  [
    'a member in `by` that is no name',
    () => defineTable('a', { row: Type.Object({ "a'b": text }), by: ["a'b"] }),
    "by: found 'a'b'; allowed is a name like",
  ],
  [
    'a member that each row has',
    () => defineTable('a', { row: Type.Object({ id: text, version: text }) }),
    "row: found the member 'id'; each row has its own id; row: found the member 'version'",
  ],
  [
    'a rule about several members',
    () => defineTable('a', { row: Type.Object({ a: text }, { minProperties: 1 }) }),
    "row: found the keyword 'minProperties'",
  ],
  [
    'further members',
    () => defineTable('a', { row: Type.Object({ a: text }, { additionalProperties: true }) }),
    "row: found the keyword 'additionalProperties'",
  ],
  [
    'a row that is no object',
    () => defineTable('a', { row: text as never }),
    'row: found a schema of the type string',
  ],
];

for (const [title, define, message] of definitions)
  test(`defined: ${title} is refused`, () => {
    assert.throws(
      define,
      (error: unknown) =>
        error instanceof Broken &&
        error.code === 'config-invalid' &&
        error.message.includes(message),
    );
  });

test('defined: texts, unions of texts and null, and fixed texts find rows', () => {
  const kinds = Type.Object({
    fixed: Type.Literal('a'),
    either: Type.Union([Type.Literal('a'), Type.Literal('b'), Type.Null()]),
    listed: Type.Enum(['a', 'b']),
    optional: Type.Optional(Type.Union([text, Type.Null()])),
  });
  const table = defineTable('kinds', { row: kinds, by: ['fixed', 'either', 'listed', 'optional'] });
  assert.equal(
    table.sql.migrations.map(({ name }) => name),
    ['001-rows', 'by-fixed', 'by-either', 'by-listed', 'by-optional'],
  );
  assert.equal(table.find({ either: ['a', null], listed: 'b' }).args, {
    members: { either: ['a', null], listed: ['b'] },
  });
});

test.run();
