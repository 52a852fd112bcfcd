/** A dead letter as the command prints it: no secrets, and no body that nobody wants. */
import { linesOf, readable } from '../../../cli/dead-letter-text.ts';
import type { StoredDeadLetter } from '../../../runtime/ports/dead-letter.ts';
import { assert, suite } from '../../support/suite.ts';

const test = suite('cli: text of dead letters');
const body = '{"action":"pay","data":{"card":"4929"}}';

function deadLetterOf(more: Partial<StoredDeadLetter> = {}): StoredDeadLetter {
  return {
    id: 'd1',
    service: 'shop',
    kind: 'message',
    queue: 'shop_consume',
    exchange: 'shop',
    routingKey: 'shop_consume',
    properties: { headers: { authorization: 'Bearer hunter2' }, persistent: true },
    body: Buffer.from(body).toString('base64'),
    reason: 'https://kim:hunter2@shop cannot be reached',
    stack: 'Error: amqp://guest:hunter2@broker',
    firstAtMs: 0,
    lastAtMs: 0,
    count: 1,
    replayRequested: false,
    ...more,
  };
}

test('without --body the body is not printed, only its length', () => {
  const shown = JSON.stringify(readable(deadLetterOf()));
  assert.match(shown, new RegExp(`"bodyBytes":${body.length}`));
  assert.not.match(shown, /4929/);
});

test('with --body the body is printed as it came, in base64 when it is no text', () => {
  assert.is((readable(deadLetterOf(), true) as { body?: string }).body, body);
  const bytes = Buffer.from([0xff, 0xfe]).toString('base64');
  const shown = readable(deadLetterOf({ body: bytes }), true);
  assert.is((shown as { bodyBase64?: string }).bodyBase64, bytes);
});

test('passwords and tokens in reason, stack and headers are hidden', () => {
  for (const text of [JSON.stringify(readable(deadLetterOf(), true)), linesOf(deadLetterOf())]) {
    assert.match(text, /\*\*\*/);
    assert.not.match(text, /hunter2/);
  }
});

test.run();
