import { Broken } from '../../../runtime/ports/errors.ts';
import { type DatabaseOptions, openDatabase } from '../../../runtime/postgres/database.ts';
import { assert, suite } from '../../support/suite.ts';
import { ownPrefix, postgresUrl } from './benches.ts';

const test = suite('durability of a server', { needs: ['postgres'] });

/** The setting holds for these connections only. */
const careless = `${postgresUrl(ownPrefix())}&options=${encodeURIComponent('-c synchronous_commit=off')}`;

async function warningsOf(
  url: string,
  options: Partial<DatabaseOptions> = {},
): Promise<readonly string[]> {
  const warnings: string[] = [];
  const database = await openDatabase(url, {
    stores: [],
    warn: (text) => warnings.push(text),
    ...options,
  });
  try {
    await database.check();
    return warnings;
  } finally {
    await database.close();
  }
}

test('a server that may lose the last commits is told of, with what is off', async () => {
  const warnings = await warningsOf(careless);
  assert.is(warnings.length, 1);
  assert.match(
    warnings[0] ?? '',
    /synchronous_commit is off: a crash of the server may lose the last commits/,
  );
});

test('strict, it is refused', async () => {
  const isRefused = (error: unknown) =>
    error instanceof Broken && error.code === 'config-invalid' && error.at === 'database_url';
  await assert.rejects(warningsOf(careless, { strict: true }), isRefused);
});

test('what the server sets for everybody decides when the connection says nothing', async () => {
  const all = await warningsOf(
    `${postgresUrl(ownPrefix())}&options=${encodeURIComponent('-c synchronous_commit=on')}`,
  );
  assert.not(all.some((text) => text.includes('synchronous_commit')));
});

test.run();
