/** The specification of a whole service: it must take the routes and remember messages as the runtime does. */
import { Type } from 'typebox';
import { assign, setup } from 'xstate';
import { parseExchangeConfig } from '../../../../composition/exchange-configs.ts';
import type { MessageEvent } from '../../../../runtime/messages/message-events.ts';
import type { IncomingMessage } from '../../../../runtime/messages/service-definition.ts';
import { Refused } from '../../../../runtime/ports/errors.ts';
import { defineService } from '../../../../runtime/service.ts';
import { activity } from '../../../../runtime/step/activity.ts';
import { ask, publish, type ReplyAddress, reply } from '../../../../runtime/step/effects.ts';
import { caller, given, message } from '../../../../testing.ts';
import { assert, suite } from '../../../support/suite.ts';

interface Account {
  readonly balance: number;
  readonly asker: ReplyAddress | null;
}
type Deposit = MessageEvent<{ id: string; amount: number }, number | null, 'deposit'>;
type Check = MessageEvent<{ id: string }, null, 'check'>;
type Checked = { readonly type: 'checked'; readonly answer: string };
type Events = Deposit | Check | Checked;

const account = setup({
  types: {} as { context: Account; events: Events },
  actors: { print: activity(async () => 'printed') },
  actions: {
    greet: publish(() => ({ exchange: 'bank', routingKey: 'news', action: 'opened' })),
    add: assign(({ context, event }) => {
      if (event.type !== 'deposit') return {};
      if (event.data.amount > 1_000) throw new Refused('refused', 'too much at once');
      if (event.data.amount === 13) throw new Error('a bug');
      return { balance: context.balance + event.data.amount + (event.$.read ?? 0) };
    }),
    confirm: reply<Account, Events>(({ context, event }) => ({
      to: event.type === 'deposit' ? (event.$.message.replyTo ?? undefined) : undefined,
      body: context.balance,
    })),
    keep: assign({
      asker: ({ event }) => (event.type === 'check' ? event.$.message.replyTo : null),
    }),
    askPolice: ask(() => ({
      exchange: 'police',
      routingKey: 'q',
      action: 'known',
      answer: 'checked',
    })),
    tell: reply<Account, Events>(({ context, event }) => ({
      to: context.asker ?? undefined,
      body: event.type === 'checked' ? event.answer : null,
    })),
  },
}).createMachine({
  id: 'account',
  context: { balance: 0, asker: null },
  initial: 'open',
  entry: 'greet',
  states: {
    open: {
      on: {
        deposit: { actions: ['add', 'confirm'] },
        check: { target: 'checking', actions: 'keep' },
      },
    },
    checking: {
      entry: 'askPolice',
      on: { checked: { target: 'printing', actions: 'tell' } },
      after: { 10000: 'open' },
    },
    printing: { invoke: { src: 'print', input: null, onDone: 'open', onError: 'open' } },
  },
});

const config = parseExchangeConfig(
  JSON.stringify({
    svc_name: 'bank',
    publish: { main: { name: 'bank', type: 'direct', routing_key: 'bank_publish' } },
    consume: {
      main: { name: 'bank', type: 'direct', queue: 'bank_consume', routing_key: 'bank_consume' },
    },
  }),
  { file: 'bank.json', env: {}, sections: {} },
);
/** `ada,bob`: two accounts. */
const key = ({ data }: IncomingMessage) =>
  String((data as { id?: string }).id)
    .split(',')
    .map((one) => ({ key: one }));
const bank = defineService({
  config,
  machines: { account },
  messages: {
    deposit: {
      machine: 'account',
      schema: Type.Object({ id: Type.String(), amount: Type.Number() }),
      to: key,
      starts: true,
      read: (_, target) => ({ store: 'gifts', op: 'for', args: target.key }),
    },
    check: { machine: 'account', to: key, starts: false },
    close: { machine: 'account', to: key, starts: false, ignoreIfAbsent: true },
  },
  ignored: ['weather'],
});

const start = given(bank, { reads: { 'gifts.for': (who) => (who === 'ada' ? 5 : 0) } });
const deposit = (id: string, amount: number, messageId?: string) =>
  message('deposit', { id, amount }, messageId === undefined ? {} : { replyTo: caller(messageId) });
const test = suite('service specification');

test('a message starts its actor, with what its route reads; both steps are one', () => {
  start.when(deposit('ada', 10, 'm1')).then({
    state: 'open',
    context: { balance: 15 },
    publishes: [{ action: 'opened' }],
    replies: [{ body: 15 }],
  });
});

test('each key is an actor of its own', () => {
  const both = start.when(deposit('ada', 10)).when(deposit('bob', 1));
  both.actor('account', 'ada').then({ context: { balance: 15 } });
  both.actor('account', 'bob').then({ context: { balance: 1 } });
  assert.throws(
    () => both.actor('account', 'eve'),
    /no actor account 'eve'; there are bank\/account\/ada, bank\/account\/bob/,
  );
});

test('a repeated message gets its answer again and changes nothing', () => {
  const repeated = start.when(deposit('ada', 10, 'm1')).when(deposit('ada', 10, 'm1'));
  repeated.then({ replies: [{ body: 15 }], publishes: [] });
  repeated.actor('account', 'ada').then({ context: { balance: 15 } });
});

test('a repeated message whose answer is not known yet changes nothing', () => {
  const check = message('check', { id: 'ada' }, { replyTo: caller('c1') });
  const asking = start.when(deposit('ada', 1)).when(check);
  asking.when(check).thenNothing();
  asking
    .answers({ action: 'known' }, 'no')
    .when(check)
    .then({ replies: [{ body: 'no' }] });
});

test('a refused message is refused again under its identity; one that met a bug may come again', () => {
  const refused = start.when(deposit('ada', 2_000, 'm1')).thenRefused('refused', /too much/);
  refused.when(deposit('ada', 2_000, 'm1')).then({
    replies: [{ body: { error: { code: 409, name: 'refused', message: 'too much at once' } } }],
  });
  start
    .when(deposit('ada', 13, 'm1'))
    .thenDeadLetter(/a bug/)
    .when(deposit('ada', 1, 'm1'))
    .then({ context: { balance: 6 } });
});

test('another message under the id of an earlier one is refused', () => {
  const deposited = start.when(deposit('ada', 10, 'm1'));
  deposited
    .when(message('deposit', { id: 'ada', amount: 11 }, { identity: 'm1', replyTo: caller('c2') }))
    .thenRefused('message-id-reused', /"m1"/);
});

test('what does not fit its schema is refused with the place', () => {
  start
    .when(message('deposit', { id: 'ada', amount: 'much' }, { replyTo: caller('m1') }))
    .thenRefused('bad-message', /\/data\/amount/);
  start.when(message('deposit', { id: 'ada' })).thenDeadLetter(/lacks the key 'amount'/);
});

test('an unknown action is a dead letter, one that is ignored is nothing', () => {
  start.when(message('rob', {})).thenDeadLetter(/does not know the action 'rob'/);
  start.when(message('weather', {})).thenNothing();
});

test('who is not there and not started is not found, unless the route says ignoreIfAbsent', () => {
  start.when(message('check', { id: 'eve' })).thenRefused('not-found', /no account 'eve'/);
  start.when(message('close', { id: 'eve' })).thenNothing();
});

test('a message for several actors is looked at one by one', () => {
  const both = start
    .when(deposit('ada,bob', 1))
    .then({ publishes: [{ action: 'opened' }, { action: 'opened' }] });
  both.actor('account', 'bob').then({ context: { balance: 1 } });
  assert.throws(
    () => both.then({ state: 'open' }),
    /for bank\/account\/ada, bank\/account\/bob: look at one/,
  );
});

test('time is the same for all actors', () => {
  const check = (id: string) => message('check', { id }, { replyTo: caller(`c-${id}`) });
  const asking = start
    .when(deposit('ada', 1))
    .when(check('ada'))
    .waits('5 s')
    .when(deposit('bob', 1))
    .when(check('bob'))
    .waits('5 s');
  asking.actor('account', 'ada').then({ state: 'open' });
  asking.actor('account', 'bob').then({ state: 'checking' });
});

test('an activity is finished, or fails, wherever it runs', () => {
  const printing = start
    .when(deposit('ada', 1))
    .when(message('check', { id: 'ada' }))
    .answers({ action: 'known' }, 'no')
    .then({ state: 'printing', activities: [{ activity: 'print' }] });
  printing.finishes('print', 'printed').then({ state: 'open' });
  printing.fails('print', null).then({ state: 'open' });
  assert.throws(() => start.finishes('print'), /no actor runs 'print'/);
});

test('a question nobody asked cannot be answered', () => {
  assert.throws(() => start.answers({ action: 'known' }, 'no'), /no actor has asked/);
});

test('stored actors are given by machine and key', () => {
  const snapshot = start.when(deposit('ada', 10)).actor('account', 'ada').stored();
  given(bank, { reads: { 'gifts.for': 0 }, snapshots: { 'account/x/y': snapshot } })
    .when(deposit('x/y', 1))
    .then({ context: { balance: 16 }, publishes: [] });
  assert.throws(
    () => given(bank, { snapshots: { 'loan/1': snapshot } }),
    /'loan\/1' must be 'machine\/key'.*account/,
  );
});

test('a message comes through the exchange and the routing key that it names', () => {
  const seen: (readonly string[])[] = [];
  const note = ({ exchange, routingKey }: IncomingMessage) => {
    seen.push([exchange, routingKey]);
    return { key: 'a' };
  };
  const { machines, config } = bank;
  const routes = { deposit: { machine: 'account', to: note, starts: true } };
  const observed = defineService({
    config,
    machines: Object.fromEntries([...machines].map(([name, { machine }]) => [name, machine])),
    messages: routes,
  });
  const data = { id: 'a', amount: 1 };
  given(observed).when(message('deposit', data, { exchange: 'bank', routingKey: 'vip' }));
  given(observed).when(message('deposit', data));
  assert.equal(seen, [
    ['bank', 'vip'],
    ['spec', 'spec'],
  ]);
});

test.run();
