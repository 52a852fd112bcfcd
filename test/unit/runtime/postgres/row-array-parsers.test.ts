import { createRequire } from 'node:module';
import { dropRowArrayParsers } from '../../../../runtime/postgres/row-array-parsers.ts';
import { assert, suite } from '../../../support/suite.ts';

const test = suite('parsers of the embedded database', { deadlineMs: 60_000 });

test('arrays of numbers, texts and enums are parsed, arrays of rows stay texts', async () => {
  const { PGlite } = createRequire(import.meta.url)('@electric-sql/pglite');
  const client = await PGlite.create();
  try {
    await client.exec("create type colour as enum ('red'); create table things (id int)");
    await client.refreshArrayTypes();
    const before = Object.keys(client.parsers).length;
    await dropRowArrayParsers(client);
    assert.ok(Object.keys(client.parsers).length < before / 2);
    const { rows } = await client.query(
      `select array[1, 2] as numbers, array['a'] as texts, array['red'::colour] as colours,
        array[row(1)::things] as things, array['{"a": 1}'::jsonb] as documents`,
    );
    assert.equal(rows, [
      {
        ...{ numbers: [1, 2], texts: ['a'], colours: ['red'], things: '{(1)}' },
        documents: [{ a: 1 }],
      },
    ]);
  } finally {
    await client.close();
  }
});

test.run();
