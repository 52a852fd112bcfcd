/** The machine that tells the callback one end of a transaction, and the request that it sends. */
import { createHmac } from 'node:crypto';
import { callbackMachine } from '../../../../actors/transactions/callback-machine.ts';
import {
  type CallbackCall,
  type CallbackPost,
  tellActivity,
} from '../../../../actors/transactions/callback-post.ts';
import { Refused, Transient } from '../../../../runtime/ports/errors.ts';
import { activityOf } from '../../../../runtime/step/activity.ts';
import { caller, explore, given, message } from '../../../../testing.ts';
import { activityContext } from '../../../support/activity-context.ts';
import { assertExplored } from '../../../support/explored.ts';
import { assert, suite } from '../../../support/suite.ts';

const test = suite('transaction callback');
const secret = 'a secret of a test';
const settings = { url: 'https://bank.example/ends', secret, timeoutMs: 5_000, addresses: [] };
const end = { transaction: 't1', state: 'failed', card: 'c1', reason: 'no gas' } as const;
const queue = { queue: 'spec', exchange: 'ends', routingKey: 'ends' };
const heard = message('callback_process', end, { replyTo: caller('q1'), ...queue });
const post: CallbackPost = () => Promise.reject(new Error('a machine posts nothing itself'));
const machine = callbackMachine({ settings, post, clock: { now: () => 0 } });
const start = given(machine, { key: 'callback/t1/4' });

test('the sender is answered at once, and the activity gets the end with its id', () => {
  start.when(heard).then({
    replies: [{ to: caller('q1'), body: { response: 'ok' } }],
    activities: [{ activity: 'tell', input: { id: 'callback/t1/4', ...end } }],
  });
});

test('an end that is not told is kept as a dead letter of its queue, with the reason', () => {
  const error = { name: 'Transient', message: 'the callback answers with the status 500' };
  start
    .when(heard)
    .fails('tell', error)
    .then({
      deadLetters: [
        {
          ...queue,
          action: 'callback_process',
          data: end,
          reason:
            "the callback was not told the end of 't1': the callback answers with the status 500",
        },
      ],
    });
});

test('without a callback in the config the message is refused', () => {
  given(callbackMachine(null), { key: 'k' })
    .when(heard)
    .thenRefused('not-supported', /transactions\.callback/);
});

test('an end takes every transition', () => {
  const options = { alphabet: { events: [heard] }, input: { key: 'k' } };
  const neverTaken = {
    'transaction-callback.waiting on callback_process: stays': 'only without a callback',
  };
  assertExplored(explore(machine, options), { neverTaken });
});

async function told(status: number): Promise<CallbackCall> {
  const calls: CallbackCall[] = [];
  const tell = tellActivity({
    settings,
    post: async (call) => {
      calls.push(call);
      return { status };
    },
    clock: { now: () => 1_700_000_000_900 },
  });
  await activityOf(tell)?.run({ id: 'callback/t1/4', ...end }, activityContext());
  return calls[0] as CallbackCall;
}

test('the request is signed over id, time and body, and its key is the id', async () => {
  const { url, headers, body } = await told(204);
  assert.is(url, settings.url);
  assert.equal(JSON.parse(body), { id: 'callback/t1/4', ...end });
  const text = `callback/t1/4.1700000000.${body}`;
  const code = createHmac('sha256', secret).update(text).digest('base64');
  assert.is(headers['webhook-signature'], `v1,${code}`);
  assert.is(headers['idempotency-key'], 'callback/t1/4');
});

test('every status but success is followed by another try', async () => {
  for (const status of [199, 302, 404, 410, 500]) await assert.rejects(told(status), Transient);
  const off = activityOf(tellActivity(null))?.run({}, activityContext());
  await assert.rejects(off ?? Promise.resolve(), Refused);
});

test.run();
