/**
 * Machines of careful users: an actor that remembers, a shop whose children ask for prices, and a gateway that keeps
 * nothing. The fuzzer checks that strangers and awkward machines change nothing for these machines.
 */
import { assign, type MachineContext, sendParent, setup } from 'xstate';
import type { AnswerEvent, MessageEvent } from '../../../runtime/messages/message-events.ts';
import type { Clock } from '../../../runtime/ports/clock.ts';
import type { Json } from '../../../runtime/ports/json.ts';
import { activity } from '../../../runtime/step/activity.ts';
import {
  ask,
  type Destination,
  type ReplyAddress,
  record,
  reply,
} from '../../../runtime/step/effects.ts';
import type { Event } from './awkward-messages.ts';
import { historyTopic } from './traces.ts';

interface Context extends MachineContext {
  readonly secrets: readonly string[];
  /** What children reported: an item and the item of its price. */
  readonly pairs: readonly string[];
}

interface Args {
  readonly context: Context;
  readonly event: Event;
}

/** An answer and the report of a child are events too; their members are read where they come. */
interface ShopEvent extends Event {
  readonly pair?: string;
}

function taken({ context, event }: Args): Pick<Context, 'secrets'> {
  return { secrets: [...new Set([...context.secrets, event.data.secret])] };
}

const note = record(({ event }: Args) => ({ topic: historyTopic, line: { tag: event.data.tag } }));

const tell = reply(({ context: { secrets, pairs } }: Args) => ({ body: { secrets, pairs } }));

const noContext: Context = { secrets: [], pairs: [] };

/** Remembers the secrets of its messages. */
export const cart = setup({
  types: {} as { context: Context; events: Event },
  actions: { take: assign(taken), note, tell },
}).createMachine({
  id: 'cart',
  context: noContext,
  on: {
    '*': { actions: ['take', 'note', 'tell'] },
    look: { actions: 'tell' },
  },
});

type Priced = AnswerEvent<null, 'priced'>;
type Quote = { item: string };

/** Asks for a price and tells its parent for which item the answer is. */
const quote = (prices: Destination) =>
  setup({
    types: {} as { context: Quote; input: Quote; events: Priced },
    actions: {
      inquire: ask(({ context }: { context: Quote }) => ({
        ...prices,
        action: 'price',
        data: { item: context.item },
        answer: 'priced',
      })),
      report: sendParent(({ context, event }: { context: Quote; event: Priced }) => ({
        type: 'quoted',
        pair: `${context.item}=${priceItem(event.answer)}`,
      })),
    },
  }).createMachine({
    id: 'quote',
    context: ({ input }) => ({ item: input.item }),
    initial: 'asking',
    states: {
      asking: {
        entry: 'inquire',
        on: {
          priced: { target: 'told', actions: 'report' },
          'priced.unroutable': 'told',
        },
      },
      told: { type: 'final' },
    },
  });

function priceItem(answer: Json): string {
  return typeof answer === 'object' && answer !== null && 'item' in answer
    ? String(answer['item'])
    : 'an error';
}

type ShopContext = Context & { readonly item: string };

/** Each `want` replaces the child that asks for the price of the item before. */
export function shopMachine(prices: Destination) {
  return setup({
    types: {} as { context: ShopContext; events: ShopEvent },
    actors: { quote: quote(prices) },
    actions: {
      take: assign(({ context, event }) => taken({ context, event })),
      note,
      tell,
      choose: assign(({ event }) => ({ item: event.data.tag })),
      keepPair: assign(({ context, event }) => ({
        pairs: [...context.pairs, event.pair ?? 'no pair'],
      })),
    },
  }).createMachine({
    id: 'shop',
    context: { ...noContext, item: '' },
    initial: 'idle',
    on: {
      want: { target: '.quoting', reenter: true, actions: ['take', 'choose', 'note', 'tell'] },
      watch: { actions: 'tell' },
    },
    states: {
      idle: {},
      quoting: {
        invoke: { id: 'quote', src: 'quote', input: ({ context }) => ({ item: context.item }) },
        on: { quoted: { actions: 'keepPair' } },
      },
    },
  });
}

type Asked = MessageEvent<{ item: string }>;
type PriceContext = { item: string; caller: ReplyAddress | null };

/** Most prices take long, so that an answer comes after its child was replaced. */
const longMs = 300;
const shortMs = 5;

/** Answers a price after a while. */
export function priceMachine(clock: Clock) {
  let priced = 0;
  return setup({
    types: {} as { context: PriceContext; events: Asked },
    actors: {
      lookUp: activity(async ({ item }: { item: string }) => {
        priced += 1;
        const delayMs = priced % 5 === 0 ? shortMs : longMs;
        await new Promise<void>((resolve) => void clock.after(delayMs, resolve));
        return item;
      }),
    },
    actions: {
      take: assign(({ event }) => ({
        item: event.data.item,
        caller: event.$.message.replyTo,
      })),
      tell: reply(({ context }: { context: PriceContext }) => ({
        to: context.caller,
        body: { item: context.item },
      })),
    },
  }).createMachine({
    id: 'price',
    context: { item: '', caller: null },
    initial: 'open',
    states: {
      open: { on: { price: { target: 'looking', actions: 'take' } } },
      looking: {
        invoke: {
          src: 'lookUp',
          input: ({ context }) => ({ item: context.item }),
          onDone: { target: 'told', actions: 'tell' },
        },
      },
      told: { on: { price: { actions: ['take', 'tell'] } } },
    },
  });
}

type GateContext = { caller: ReplyAddress | null };
interface GateEvent extends Event {
  readonly answer?: Json;
}

/** A gateway: asks a cart and hands the answer on. Ephemeral. */
export function gateMachine(carts: Destination) {
  return setup({
    types: {} as { context: GateContext; events: GateEvent },
    actions: {
      take: assign(({ event }) => ({ caller: event.$.message.replyTo })),
      inquire: ask(({ event }: { event: GateEvent }) => ({
        ...carts,
        action: 'look',
        data: { id: event.data.id },
        answer: 'viewed',
      })),
      tell: reply(({ context, event }: { context: GateContext; event: GateEvent }) => ({
        to: context.caller,
        body: event.answer ?? null,
      })),
    },
  }).createMachine({
    id: 'gate',
    context: { caller: null },
    initial: 'open',
    states: {
      open: { on: { view: { target: 'asking', actions: ['take', 'inquire'] } } },
      asking: {
        on: {
          view: { actions: 'take' },
          viewed: { target: 'told', actions: 'tell' },
          'viewed.unroutable': 'told',
        },
      },
      told: { type: 'final' },
    },
  });
}
