/** Who may say what: the rules of the section `trust`, as tables. */
import type { Trust } from '../../../../config/trust-schema.ts';
import type {
  IncomingMessage,
  MessageRoute,
} from '../../../../runtime/messages/service-definition.ts';
import { checkSender, foreignAnswer } from '../../../../runtime/messages/trust.ts';
import { Refused } from '../../../../runtime/ports/errors.ts';
import type { Json } from '../../../../runtime/ports/json.ts';
import { assert, suite } from '../../../support/suite.ts';

const test = suite('trust');

const trust: Trust = {
  services: { tags: ['tags-user', 'spare'], alerts: ['alerts-user'] },
  operators: ['ops'],
  clients: { delete: ['api'], '*': ['api', 'reports'] },
  unknown: 'refuse',
};

interface Sent {
  readonly user?: string | null;
  readonly from?: string | null;
  readonly action?: string;
}

function incoming({ user = null, from = null, action = 'delete' }: Sent): IncomingMessage {
  const way = { queue: 'q', exchange: 'tags', routingKey: 'tags' };
  return { action, data: null, identity: null, from, user, headers: {}, replyTo: null, ...way };
}

function route(sender: MessageRoute['sender'], speaksFor?: readonly string[]): MessageRoute {
  return {
    machine: 'm',
    starts: true,
    to: () => [],
    ...(sender === undefined ? {} : { sender }),
    ...(speaksFor === undefined ? {} : { speaksFor: () => speaksFor }),
  };
}

function refusal(given: Trust, to: MessageRoute, sent: Sent): string | undefined {
  try {
    checkSender(given, 'tags', to, incoming(sent));
    return undefined;
  } catch (error) {
    if (!(error instanceof Refused) || error.code !== 'not-permitted') throw error;
    return error.message;
  }
}

const client = route(undefined);
const operator = route('operator');
const peer = route('service');

const taken: readonly (readonly [string, MessageRoute, Sent])[] = [
  ['a client of the action', client, { user: 'api' }],
  ['a client of every action that is not named', client, { user: 'reports', action: 'read' }],
  ['an operator, as a client', client, { user: 'ops' }],
  ['a client under a name of its own', client, { user: 'api', from: 'web' }],
  ['an operator', operator, { user: 'ops' }],
  ['a service in its own name', peer, { user: 'spare', from: 'tags' }],
  ['a message that speaks for its sender', route('service', ['alerts']), { user: 'alerts-user' }],
];
for (const [what, to, sent] of taken)
  test(`taken: ${what}`, () => assert.is(refusal(trust, to, sent), undefined));

const refused: readonly (readonly [string, MessageRoute, Sent, RegExp])[] = [
  ['a client of other actions', client, { user: 'reports' }, /'reports' is no client of it/],
  ['a client that is an operator by name only', operator, { user: 'api' }, /is no operator/],
  ['a service as an operator', operator, { user: 'tags-user' }, /is no operator/],
  ['the name of a service', client, { user: 'api', from: 'tags' }, /may not speak as tags/],
  ['a foreign user of a service', peer, { user: 'api', from: 'tags' }, /may not speak as tags/],
  ['a service that is not listed', peer, { user: 'objects', from: 'objects' }, /as objects/],
  ['a service without a name', peer, { user: 'tags-user' }, /names no service/],
  [
    'a message that speaks for another service',
    route('service', ['alerts', 'tags']),
    { user: 'alerts-user', from: 'alerts' },
    /may not speak as tags/,
  ],
  ['a message without a user', client, { from: 'tags' }, /names no user/],
  ['a name of JavaScript', client, { user: 'x', action: 'constructor' }, /is no client/],
];
for (const [what, to, sent, reason] of refused)
  test(`refused: ${what}`, () => assert.match(refusal(trust, to, sent) ?? 'taken', reason));

test('unknown: without a user a message is taken where the section says so, an operator’s never', () => {
  const open: Trust = { ...trust, unknown: 'allow' };
  assert.is(refusal(open, peer, { from: 'tags' }), undefined);
  assert.match(refusal(open, operator, {}) ?? 'taken', /names no user/);
});

test('clients: without a list every known user is a client', () => {
  const { clients: _, ...open } = trust;
  assert.is(refusal(open, client, { user: 'anybody' }), undefined);
});

const answers: readonly (readonly [string, readonly string[] | undefined, Sent, Json, boolean])[] =
  [
    ['the asked service', ['tags'], { user: 'tags-user', from: 'tags' }, { response: 'ok' }, true],
    ['another service', ['tags'], { user: 'alerts-user', from: 'alerts' }, null, false],
    ['another service under no name', ['tags'], { user: 'alerts-user' }, null, false],
    ['a client', ['tags'], { user: 'api' }, { response: 'ok', service: 'tags' }, false],
    ['a client, where any service may answer', undefined, { user: 'api' }, null, false],
    ['any service, where any may answer', undefined, { user: 'tags-user' }, null, true],
    ['nobody known', ['tags'], { from: 'tags' }, null, false],
    [
      'a service that was asked, in the name of another one that was asked',
      ['tags', 'alerts'],
      { user: 'alerts-user' },
      { response: 'ok', service: 'tags' },
      false,
    ],
  ];
for (const [what, of, { user = null, from = null }, body, counts] of answers)
  test(`an answer of ${what} ${counts ? 'counts' : 'does not count'}`, () => {
    const question = of === undefined ? {} : { of };
    assert.is(foreignAnswer(trust, question, { from, user }, body) === undefined, counts);
    assert.is(foreignAnswer(undefined, question, { from, user }, body), undefined);
  });

test.run();
