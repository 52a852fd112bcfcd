/** Questions of a child: they end with the child, and their answers are for no other one. */
import { assign, sendParent, setup } from 'xstate';
import type { Json } from '../../../../runtime/ports/json.ts';
import { defineService } from '../../../../runtime/service.ts';
import { ask } from '../../../../runtime/step/effects.ts';
import { assert, suite } from '../../../support/suite.ts';
import { configOf } from '../shop.ts';
import { address, TurnBench } from './turn-bench.ts';

const test = suite('questions of a child');

type Answered = { readonly answer: { readonly price: number } };

/** Asks for the price of `item`, tells its parent, and ends. */
const quote = setup({
  types: {} as { context: { item: string }; input: { item: string } },
  actions: {
    inquire: ask(({ context }: { context: { item: string } }) => ({
      exchange: 'bank',
      routingKey: 'bank',
      action: 'price',
      data: context.item,
      answer: 'priced',
    })),
    tell: sendParent(({ context, event }) => ({
      type: 'quoted',
      text: `${context.item} costs ${(event as unknown as Answered).answer.price}`,
    })),
  },
}).createMachine({
  id: 'quote',
  context: ({ input }) => ({ item: input.item }),
  initial: 'asking',
  states: {
    asking: { entry: 'inquire', on: { priced: { target: 'told', actions: 'tell' } } },
    told: { type: 'final' },
  },
});

const shop = setup({
  types: {} as { context: { item: string; count: readonly string[] } },
  actors: { quote },
  actions: {
    want: assign({ item: ({ event }) => (event as unknown as { data: string }).data }),
    note: assign({
      count: ({ context, event }) => [
        ...context.count,
        (event as unknown as { text: string }).text,
      ],
    }),
  },
}).createMachine({
  id: 'cart',
  context: { item: '', count: [] },
  initial: 'idle',
  on: { want: { target: '.quoting', actions: 'want', reenter: true }, rest: '.idle' },
  states: {
    idle: {},
    quoting: {
      invoke: { id: 'quote', src: 'quote', input: ({ context }) => ({ item: context.item }) },
      on: { quoted: { actions: 'note' } },
    },
  },
});

const service = () =>
  defineService({ config: configOf('shop'), machines: { cart: shop }, messages: {} });

/** The answer to the question number `index`, as the intake finds it in the rows of the journal. */
async function answer(bench: TurnBench, index: number, price: number): Promise<void> {
  const row = bench.commits.flatMap(({ asks }) => asks)[index];
  if (row === undefined) throw new Error(`question ${index} was never asked`);
  const { path, event: type, asker, correlationId: asked } = row;
  await bench.give({
    kind: 'event',
    address: address(),
    path,
    event: { type, answer: { price } as Json, about: null },
    starts: false,
    ignoreIfAbsent: true,
    answer: true,
    asked,
    ...(asker === undefined ? {} : { asker }),
  });
}

const openQuestions = async (bench: TurnBench) => (await bench.journal.counts()).asks;

test('a late answer to a child that was replaced is not given to the new one', async () => {
  const bench = await TurnBench.open({ service });
  await bench.event('want', 'car');
  await bench.event('want', 'pen');
  await answer(bench, 0, 20_000);
  await answer(bench, 1, 2);
  assert.equal(await bench.state(), ['quoting', ['pen costs 2']]);
  assert.is((await bench.journal.counts()).deadLetters, 0);
});

test('the same holds when child, question and answer meet in one turn', async () => {
  const bench = await TurnBench.open({ service });
  await bench.event('want', 'car');
  await Promise.all([bench.event('want', 'pen'), answer(bench, 0, 20_000)]);
  assert.equal(await bench.state(), ['quoting', []]);
});

test('the questions of a child end with it: replaced, stopped or finished', async () => {
  const bench = await TurnBench.open({ service });
  await bench.event('want', 'car');
  await bench.event('want', 'pen');
  assert.is(await openQuestions(bench), 1);
  await answer(bench, 1, 2);
  assert.is(await openQuestions(bench), 0);
  await bench.event('want', 'cup');
  await bench.event('rest');
  assert.is(await openQuestions(bench), 0);
});

test('a question that is asked and ended in one turn leaves no row', async () => {
  const bench = await TurnBench.open({ service });
  await bench.event('rest');
  await Promise.all([bench.event('want', 'car'), bench.event('rest')]);
  assert.is(bench.commits.flatMap(({ asks }) => asks).length, 0);
});

test.run();
