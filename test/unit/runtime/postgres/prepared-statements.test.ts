import {
  largeList,
  nameStatements,
  namesMax,
  planMs,
  prepareConnections,
  renewPlans,
} from '../../../../runtime/postgres/prepared-statements.ts';
import { assert, suite } from '../../../support/suite.ts';

const test = suite('statements that are prepared');

/** The first argument of each call that reaches the driver. */
function sentBy(statements: readonly (readonly [statement: unknown, values?: unknown])[]) {
  const sent: unknown[] = [];
  const client = { query: (statement: unknown) => sent.push(statement) };
  nameStatements(client);
  for (const [statement, values] of statements)
    Reflect.apply(client.query, client, [statement, values]);
  return sent;
}

test('a statement with parameters has one name, another text has another', () => {
  assert.equal(
    sentBy([
      ['select $1', ['a']],
      ['select $1, 2', ['a']],
      ['select $1', ['b']],
    ]),
    [
      { name: 'unanimous_0', text: 'select $1', values: ['a'] },
      { name: 'unanimous_1', text: 'select $1, 2', values: ['a'] },
      { name: 'unanimous_0', text: 'select $1', values: ['b'] },
    ],
  );
});

test('a statement without parameters has no name, and an object is passed on', () => {
  const cursor = { submit: () => undefined };
  assert.equal(sentBy([['begin'], ['select 1', []], [cursor]]), ['begin', 'select 1', cursor]);
});

test('a look-up of many ids has no name and no sequential scan, and what follows has both', () => {
  const lookUp = 'select jsonb_array_elements_text($1::jsonb)';
  const ids = 'i'.repeat(largeList);
  const name = 'unanimous_0';
  assert.equal(
    sentBy([
      [lookUp, ['i']],
      [lookUp, ['s', ids]],
      [lookUp, ['i']],
      ['select $1', [ids]],
    ]),
    [
      { name, text: lookUp, values: ['i'] },
      ...['set enable_seqscan = off', lookUp, 'reset enable_seqscan'],
      { name, text: lookUp, values: ['i'] },
      { name: 'unanimous_1', text: 'select $1', values: [ids] },
    ],
  );
});

test('texts beyond the most names of a connection have none', () => {
  const texts = Array.from({ length: namesMax + 2 }, (_, index) => `select $1, ${index}`);
  const sent = sentBy([...texts, 'select $1, 0'].map((text) => [text, ['a']] as const));
  assert.equal(sent.slice(namesMax), [
    `select $1, ${namesMax}`,
    `select $1, ${namesMax + 1}`,
    { name: 'unanimous_0', text: 'select $1, 0', values: ['a'] },
  ]);
});

test('a connection that is lost while it is set up fails nothing but its statements', async () => {
  const sent: unknown[] = [];
  const query = (statement: unknown) => {
    sent.push(statement);
    return Promise.reject(new Error('connection terminated'));
  };
  const client = { query };
  prepareConnections({ on: (_event, listener) => listener(client) });
  await assert.rejects(() => client.query('select 1'), Error);
  assert.equal(sent, ['set jit = off', 'select 1']);
});

test('plans are discarded before the first statement after their time', () => {
  const sent: unknown[] = [];
  const client = { query: (statement: unknown) => sent.push(statement) };
  let nowMs = 0;
  renewPlans(client, () => nowMs);
  for (nowMs of [planMs - 1, planMs, planMs + 1, 2 * planMs]) client.query(`select ${nowMs}`);
  assert.equal(sent, [
    `select ${planMs - 1}`,
    'discard plans',
    `select ${planMs}`,
    `select ${planMs + 1}`,
    'discard plans',
    `select ${2 * planMs}`,
  ]);
});

test.run();
