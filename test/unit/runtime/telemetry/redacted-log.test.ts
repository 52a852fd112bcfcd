/** Secrets reach no log, whatever an error or a field has in it. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { redactedLine } from '../../../../runtime/ports/log.ts';
import { openLog } from '../../../../runtime/telemetry/pino-log.ts';
import { assert, suite } from '../../../support/suite.ts';

const test = suite('telemetry: logs without secrets');

const lines: readonly (readonly [string, string, Readonly<Record<string, string>>])[] = [
  ['a URL in the message', 'amqp://guest:hunter2hunter2hunter2@broker cannot be reached', {}],
  ['a URL in a field', 'the database waits', { error: 'postgres://u:hunter2hunter2hunter2@h/db' }],
  ['a field that is a secret', 'a caller', { callerSecret: 'hunter2hunter2hunter2' }],
  ['a bearer token in a text', 'refused: Authorization: Bearer hunter2hunter2hunter2', {}],
  ['a header with a token', 'refused', { authorization: 'Bearer hunter2hunter2hunter2' }],
  ['a password in a query', 'cannot open redis://h/?password=hunter2hunter2hunter2', {}],
];

for (const [kind, message, fields] of lines)
  test(`${kind} is written without the secret`, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'unanimous-log-'));
    try {
      const fileName = join(folder, 'log.jsonl');
      const { log, close } = await openLog({ level: 'INFO', fileName }, 'shop');
      log('warn', message, fields);
      await close();
      const text = readFileSync(fileName, 'utf8');
      assert.match(text, /\*\*\*/);
      assert.not.match(text, /hunter2/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

test('a line without a secret stays as it is', () => {
  const fields = {
    queue: 'tags_consume',
    delayMs: 50,
    error: 'connect ECONNREFUSED 127.0.0.1:5672',
  };
  assert.equal(redactedLine('a message waits', fields), { message: 'a message waits', fields });
});

test('a field that cannot be read costs its fields only', () => {
  const fields = Object.defineProperty({}, 'x', {
    enumerable: true,
    get: () => {
      throw new Error('no');
    },
  });
  assert.equal(redactedLine('a message', fields), { message: 'a message', fields: {} });
});

test.run();
