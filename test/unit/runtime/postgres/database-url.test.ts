import { Broken } from '../../../../runtime/ports/errors.ts';
import {
  embeddedDatabaseUrl,
  parseDatabaseUrl,
} from '../../../../runtime/postgres/database-url.ts';
import { assert, suite } from '../../../support/suite.ts';

const test = suite('URL of a database');

test('a server: its own parameters are taken out, those of the driver are handed on', () => {
  const url =
    'postgres://u:p%C3%A9@h:1/sh%20op?schema=a&connect_timeout=3&prepare=off&options=-c%20x%3Dy&sslmode=disable';
  assert.equal(parseDatabaseUrl(url), {
    kind: 'postgresql',
    connectionString: 'postgresql://u:p%C3%A9@h:1/sh%20op?options=-c+x%3Dy&sslmode=disable',
    database: 'sh op',
    connectTimeoutMs: 3_000,
    prepare: false,
    prefix: 'a',
  });
});

test('a server over a local socket needs no host', () => {
  assert.equal(parseDatabaseUrl('postgresql:///shop?host=/run/postgresql'), {
    kind: 'postgresql',
    connectionString: 'postgresql:///shop?host=%2Frun%2Fpostgresql',
    database: 'shop',
    connectTimeoutMs: 10_000,
    prepare: true,
    prefix: 'unanimous',
  });
});

for (const folder of [
  'what?now',
  '/data/a b',
  '100%',
  'a#b',
  'ü/x',
  '',
  './shop-data',
  'a@b',
  'a:b',
])
  test(`an embedded database in the folder '${folder}' is in that folder`, () => {
    assert.equal(parseDatabaseUrl(embeddedDatabaseUrl(folder)), {
      kind: 'pglite',
      folder,
      prefix: 'unanimous',
    });
  });

test('a folder may have a schema prefix beside it', () => {
  assert.is(parseDatabaseUrl('pglite://data?schema=b').prefix, 'b');
});

for (const [url, part] of [
  ['mysql://localhost/x', /scheme/],
  ['unanimous.db', /no URL/],
  ['postgresql://u:hunter2/4@h/x', /an @ behind the host/],
  ['postgresql://h1,h2/x', /host/],
  ['postgresql://h/a/b', /database: one name/],
  ['postgresql://h/x?shema=a', /the parameter "shema"; allowed: query: the parameters schema/],
  ['postgresql://h/x?schema=a&schema=b', /schema twice/],
  ['postgresql://h/x?schema=Upper', /schema "Upper"; allowed: schema/],
  ['postgresql://h/x?connect_timeout=ten', /connect_timeout "ten"/],
  ['postgresql://h/x?prepare=yes', /prepare "yes"; allowed: prepare: on or off/],
  ['postgresql://h/x?statement_timeout=1s', /statement_timeout "1s"/],
  ['pglite://what?now', /the parameter "now"/],
  ['pglite://a#b', /#/],
  ['pglite://a%', /folder/],
  ['pglite://a%00', /control character in the folder/],
] as const) {
  test(`${url} is refused with the part`, () => {
    assert.throws(
      () => parseDatabaseUrl(url),
      (error: unknown) =>
        error instanceof Broken &&
        error.code === 'config-invalid' &&
        error.at === 'database_url' &&
        part.test(error.message) &&
        !error.message.includes('hunter2'),
    );
  });
}

test.run();
