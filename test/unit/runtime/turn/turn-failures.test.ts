/** What a turn makes of a step that throws or refuses: an answer, a dead letter, and nothing of the step. */
import { assign, createMachine, sendTo, setup } from 'xstate';
import { defineService } from '../../../../runtime/service.ts';
import { activity } from '../../../../runtime/step/activity.ts';
import { publish, write } from '../../../../runtime/step/effects.ts';
import { assert, suite } from '../../../support/suite.ts';
import { configOf, shopService } from '../shop.ts';
import { asker, TurnBench } from './turn-bench.ts';

const test = suite('turn: failures');

test('a message whose step throws is dead, and the others of the turn go on', async () => {
  const bench = await TurnBench.open();
  await Promise.all([
    bench.event('add', { n: 1 }),
    bench.event('burst'),
    bench.event('add', { n: 1 }),
  ]);
  const deadLetters = await bench.journal.deadLetters(['shop'], 9);
  assert.equal(
    [await bench.state(), deadLetters.map(({ reason }) => reason)],
    [['open', 2], ['burst']],
  );
  assert.match(deadLetters[0]?.stack ?? '', /Error: burst/);
});

test('a message whose step throws may come again under the same identity', async () => {
  const bench = await TurnBench.open();
  await bench.event('burst', {}, { identity: 'm1' });
  await bench.event('add', { n: 1 }, { identity: 'm1' });
  assert.equal(await bench.state(), ['open', 1]);
});

test('a bug is answered where an answer was asked for, and is a dead letter all the same', async () => {
  const bench = await TurnBench.open();
  await bench.event('burst', {}, { identity: 'm1', replyTo: asker('m1') });
  assert.equal(bench.answers, [{ error: { code: 500, name: 'broken', message: 'burst' } }]);
  assert.is((await bench.journal.counts()).deadLetters, 1);
});

test('a refusal is answered, recorded and no dead letter', async () => {
  const bench = await TurnBench.open();
  for (let n = 0; n < 2; n += 1)
    await bench.event('forbid', {}, { identity: 'm1', replyTo: asker('m1') });
  const body = { error: { code: 403, name: 'not-permitted', message: 'not here' } };
  assert.equal([bench.answers, (await bench.journal.counts()).deadLetters], [[body, body], 0]);
});

test('a refusal nobody waits for is a dead letter', async () => {
  const bench = await TurnBench.open();
  await bench.event('forbid');
  assert.equal(
    (await bench.journal.deadLetters(['shop'], 9)).map(({ reason }) => reason),
    ['not here'],
  );
});

test('a message no state takes is a dead letter that says which state', async () => {
  const bench = await TurnBench.open();
  await bench.event('unheard');
  assert.match(
    (await bench.journal.deadLetters(['shop'], 9))[0]?.reason ?? '',
    /no state of cart in "open" takes 'unheard'/,
  );
});

test('a start whose write is refused is undone, and the sender is answered', async () => {
  const writer = setup({
    actions: { put: write(() => ({ store: 'stock', op: 'put', args: { name: 'a', value: -1 } })) },
  }).createMachine({ id: 'cart', entry: 'put', on: { add: {}, 'error.write': {} } });
  const bench = await TurnBench.open({
    service: (store) =>
      defineService({
        config: configOf('shop'),
        stores: [store],
        machines: { cart: writer },
        messages: { add: { machine: 'cart', to: () => ({ key: 'one' }), starts: true } },
      }),
  });
  await bench.event('add', {}, { identity: 'm1', replyTo: asker('m1') });
  assert.match(JSON.stringify(bench.answers), /less than nothing/);
  assert.is(await bench.state(), null);
});

test('an answer whose step throws is a dead letter', async () => {
  const bench = await TurnBench.open();
  await bench.event('add', { n: 1 });
  await bench.event('burst', {}, { starts: false, ignoreIfAbsent: true, answer: true });
  assert.is((await bench.journal.counts()).deadLetters, 1);
});

test('a timer whose step throws is a dead letter and goes', async () => {
  const throwing = setup({
    actions: {
      badSay: publish(() => {
        throw new Error('unsayable');
      }),
    },
  }).createMachine({
    id: 'cart',
    context: { count: 0 },
    after: { 5: { actions: 'badSay' } },
    on: { add: {} },
  });
  const bench = await TurnBench.open({
    service: () =>
      defineService({ config: configOf('shop'), machines: { cart: throwing }, messages: {} }),
  });
  await bench.event('add');
  const token = bench.commits[0]?.timers[0]?.token ?? '';
  await bench.give({
    kind: 'timer',
    address: { service: 'shop', machine: 'cart', key: 'one' },
    token,
  });
  const [deadLetter] = await bench.journal.deadLetters(['shop'], 9);
  assert.equal(
    [deadLetter?.reason, deadLetter?.properties.type, (await bench.journal.counts()).timers],
    ['unsayable', 'timer', 0],
  );
});

test('a child that throws is an error in the log and a dead letter with its stack, although the message was handled', async () => {
  const burst = assign(() => {
    throw new Error('burst');
  });
  const child = createMachine({ id: 'till', on: { ring: { actions: burst } } });
  const parent = setup({ actors: { child } }).createMachine({
    id: 'cart',
    invoke: { src: 'child', id: 'c', onError: {} },
    on: { add: { actions: sendTo('c', { type: 'ring' }) } },
  });
  const bench = await TurnBench.open({
    service: () =>
      defineService({ config: configOf('shop'), machines: { cart: parent }, messages: {} }),
  });
  await bench.event('add', {}, { identity: 'm1' });
  const [deadLetter] = await bench.journal.deadLetters(['shop'], 9);
  assert.equal(
    [deadLetter?.reason, bench.commits[0]?.inbox.length],
    ['the child child has failed: burst', 1],
  );
  assert.match(deadLetter?.stack ?? '', /Error: burst/);
  assert.ok(
    bench.lines.some(
      ({ level, message }) => level === 'error' && message === 'the child child has failed',
    ),
  );
});

test('an actor that ends in an error is one too', async () => {
  const failing = setup({ actors: { work: activity(async () => 1) } }).createMachine({
    id: 'cart',
    invoke: { src: 'work', id: 'w', input: null },
    on: { add: {} },
  });
  const bench = await TurnBench.open({
    service: () =>
      defineService({ config: configOf('shop'), machines: { cart: failing }, messages: {} }),
  });
  await bench.event('add');
  const token = bench.commits[0]?.activities[0]?.token ?? '';
  await bench.give({
    kind: 'activity',
    address: { service: 'shop', machine: 'cart', key: 'one' },
    token,
    outcome: { error: 'no' },
  });
  const [deadLetter] = await bench.journal.deadLetters(['shop'], 9);
  assert.equal([deadLetter?.reason, deadLetter?.kind], ['an actor has failed: no', 'activity']);
});

test('the refusal of a message has the form its route gives it', async () => {
  const bench = await TurnBench.open();
  await bench.event(
    'forbid',
    {},
    {
      identity: 'm1',
      replyTo: asker('m1'),
      refusal: ({ message }) => ({ id: null, why: message }),
    },
  );
  assert.equal(bench.answers, [{ id: null, why: 'not here' }]);
});

test('a form of refusals that throws keeps nobody from the answer', async () => {
  const bench = await TurnBench.open();
  const refusal = (): never => {
    throw new Error('no form');
  };
  await bench.event('forbid', {}, { identity: 'm', replyTo: asker('m'), refusal });
  assert.equal(bench.answers, [
    { error: { code: 403, name: 'not-permitted', message: 'not here' } },
  ]);
});

test('a step may throw anything; its message is dead with the reason', async () => {
  const fail = (): never => {
    throw Object.assign(Object.create(null), { status: 503 });
  };
  const machine = setup({ actions: { fail: assign(fail) } }).createMachine({
    id: 'cart',
    on: { burst: { actions: 'fail' } },
  });
  const bench = await TurnBench.open({
    service: (store) => shopService(store, { machines: { cart: machine } }),
  });
  assert.is(await bench.event('burst'), 'done');
  const [deadLetter] = await bench.journal.deadLetters(['shop'], 9);
  assert.is(deadLetter?.reason, '{"status":503}');
});

test.run();
