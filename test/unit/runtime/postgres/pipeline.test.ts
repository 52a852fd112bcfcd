import { holdBeginnings, Pipeline } from '../../../../runtime/postgres/pipeline.ts';
import { assert, suite } from '../../../support/suite.ts';

const test = suite('pipelines of statements');

interface Sent {
  readonly statement: string;
  succeed(): void;
  fail(error: Error): void;
}

/** A client of a server that answers when the test says so. */
class HeldClient {
  readonly sent: Sent[] = [];

  query(statement: string): Promise<{ rows: { of: string }[] }> {
    return new Promise((resolve, reject) => {
      const succeed = (): void => resolve({ rows: [{ of: statement }] });
      this.sent.push({ statement, succeed, fail: reject });
    });
  }

  get statements(): readonly string[] {
    return this.sent.map(({ statement }) => statement);
  }
}

function beginnings(...statements: readonly string[]): readonly string[] {
  const client = new HeldClient();
  holdBeginnings(client);
  for (const statement of statements) void client.query(statement);
  return client.statements;
}

test('the beginning of a transaction is sent with the first statement', () => {
  assert.equal(beginnings('begin'), []);
  assert.equal(beginnings('begin', 'select 1', 'select 2'), ['begin', 'select 1', 'select 2']);
  const snapshot = 'start transaction isolation level repeatable read read only';
  assert.equal(beginnings(snapshot, 'select 1', 'commit'), [snapshot, 'select 1', 'commit']);
});

test('a transaction without a statement is not sent', () => {
  assert.equal(beginnings('begin', 'commit', 'begin', 'rollback', 'select 1'), ['select 1']);
});

test('a statement that only starts like a beginning is sent', () => {
  assert.equal(beginnings('beginning of nothing', 'select 1'), [
    'beginning of nothing',
    'select 1',
  ]);
});

test('statements are sent without waiting, and each gets its own rows', async () => {
  const client = new HeldClient();
  const pipeline = new Pipeline(client);
  const results = ['first', 'second'].map((statement) => pipeline.query(statement, []));
  assert.equal(client.statements, ['first', 'second']);
  for (const { succeed } of client.sent) succeed();
  assert.equal(await Promise.all(results), [[{ of: 'first' }], [{ of: 'second' }]]);
  await pipeline.settled();
});

test('every statement behind a failed one fails with the error of the failed one', async () => {
  const client = new HeldClient();
  const pipeline = new Pipeline(client);
  const first = pipeline.query('first', [], () => new Error('named'));
  pipeline.schema = 'of the store';
  const second = pipeline.query('second', []);
  client.sent[0]?.fail(new Error('the reason'));
  client.sent[1]?.fail(new Error('current transaction is aborted'));
  await assert.rejects(first, /named/);
  await assert.rejects(second, /named/);
  await assert.rejects(pipeline.settled(), /named/);
  assert.is(pipeline.failure?.schema, undefined);
});

test('a failure that nobody waits for is found when all statements have run', async () => {
  const client = new HeldClient();
  const pipeline = new Pipeline(client);
  pipeline.schema = 'of the store';
  void pipeline.query('change', []);
  const settled = pipeline.settled();
  client.sent[0]?.fail(new Error('the reason'));
  await assert.rejects(settled, /the reason/);
  assert.is(pipeline.failure?.schema, 'of the store');
});

test('no statement is sent behind the end of the transaction', async () => {
  const client = new HeldClient();
  const pipeline = new Pipeline(client);
  pipeline.end();
  await assert.rejects(pipeline.query('late', []), /after its transaction/);
  assert.equal(client.statements, []);
});

test.run();
