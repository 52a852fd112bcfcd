/** The program of the documents that signs a caller in Python: a service believes its signature. */
import { execFileSync } from 'node:child_process';
import { callerProblem } from '../../../../runtime/messages/caller-signature.ts';
import { systemClock } from '../../../../runtime/ports/clock.ts';
import type { Delivery } from '../../../../runtime/ports/envelope.ts';
import { systemPython } from '../../../support/programs.ts';
import { projectRoot } from '../../../support/project-root.ts';
import { assert, suite } from '../../../support/suite.ts';

const test = suite('a caller signed in Python', { needs: ['python3-pika'] });

const secret = 'sésame '.repeat(8);
const program = `
import json, sys
sys.path.insert(0, sys.argv[1])
from sign_caller import caller_headers
given = json.loads(sys.argv[2])
given["message"]["body"] = given["message"]["body"].encode()
print(json.dumps(caller_headers(**given)))
`;

function signedInPython(body: string): Delivery {
  const message = {
    app_id: 'portal',
    message_id: 'm-1',
    exchange: 'mcards',
    routing_key: 'mcards_consume',
    reply_to: 'portal.1',
    body,
  };
  const given = { key_id: '2026-11', secret, caller: 'Zoë', roles: ['editor', 'né'], message };
  const folder = `${projectRoot}test/unit/docs/trust`;
  const output = execFileSync(systemPython, ['-c', program, folder, JSON.stringify(given)]);
  return {
    queue: 'mcards_consume',
    exchange: 'mcards',
    routingKey: 'mcards_consume',
    redelivered: false,
    properties: {
      appId: 'portal',
      messageId: 'm-1',
      replyTo: 'portal.1',
      headers: JSON.parse(output.toString()),
      persistent: false,
    },
    body: Buffer.from(body),
  };
}

test('the signature counts, and does not count for another body', () => {
  const keys = { secrets: { '2026-11': secret }, signWith: '2026-11', maxAgeMs: 60_000 };
  const body = '{"action": "delete", "data": {"id": "ü"}}';
  const delivery = signedInPython(body);
  assert.is(callerProblem(keys, delivery, systemClock.now()), undefined);
  const other = { ...delivery, body: Buffer.from(body.replace('ü', 'u')) };
  assert.match(callerProblem(keys, other, systemClock.now()) ?? '', /is wrong/);
});

test.run();
