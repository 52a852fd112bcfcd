import { writeTogether } from '../../../../runtime/postgres/writes-together.ts';
import { assert, suite } from '../../../support/suite.ts';

const test = suite('statements in one write');

/** A client whose connection notes each statement and each write. */
function noted() {
  const log: string[] = [];
  let corks = 0;
  const stream = {
    cork: () => {
      corks += 1;
    },
    uncork: () => {
      corks -= 1;
      if (corks === 0) log.push('written');
    },
  };
  const query = (statement: unknown): unknown => log.push(String(statement));
  const client = { query, connection: { stream } };
  writeTogether(client);
  return { client, log };
}

const later = () => new Promise<void>((resolve) => setImmediate(resolve));

test('statements of one moment are one write, also of promises that follow each other', async () => {
  const { client, log } = noted();
  await later();
  await Promise.resolve();
  client.query('a');
  for (const text of ['b', 'c']) {
    await Promise.resolve();
    client.query(text);
  }
  assert.equal(log, ['a', 'b', 'c']);
  await later();
  assert.equal(log, ['a', 'b', 'c', 'written']);
});

test('a statement of a later moment is a write of its own', async () => {
  const { client, log } = noted();
  client.query('a');
  await later();
  client.query('b');
  await later();
  assert.equal(log, ['a', 'written', 'b', 'written']);
});

test('a client without a stream sends as before', () => {
  const sent: unknown[] = [];
  const client = { query: (statement: unknown): unknown => sent.push(statement) };
  writeTogether(client);
  client.query('a');
  assert.equal(sent, ['a']);
});

test.run();
