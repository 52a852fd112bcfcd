/**
 * A transaction, keyed by its address: takes the states that messages ask for, in the order that
 * the rules allow.
 *
 * 1. The row is the state. The machine remembers only its own last row, because the reads of a turn
 *    are older than its writes.
 * 2. Every message is answered, and every refusal has a reason. Nothing is retried here.
 * 3. With a callback each end goes to `callback-machine.ts`, in the commit that writes the end.
 */
import { assertEvent, assign, setup } from 'xstate';
import type { MessageEvent } from '../../runtime/messages/message-events.ts';
import { Refused } from '../../runtime/ports/errors.ts';
import { identityOf } from '../../runtime/ports/identity.ts';
import {
  type Destination,
  type Publish,
  publish,
  record,
  refuse,
  reply,
  write,
} from '../../runtime/step/effects.ts';
import {
  type CreateTransaction,
  type ProcessTransaction,
  stateOfWire,
  stateOnWire,
} from './messages.ts';
import { type Transaction, transactionsWrite } from './store.ts';
import {
  judgeTransition,
  type TransitionVerdict,
  type WantedTransition,
} from './transition-rules.ts';

type Context = {
  readonly address: string;
  /** The row that this machine wrote last. */
  readonly written: Transaction | null;
};
type CreateEvent = MessageEvent<CreateTransaction, Transaction | null, 'create'>;
type ProcessEvent = MessageEvent<ProcessTransaction, Transaction | null, 'process'>;
type Events = CreateEvent | ProcessEvent;
type Args = { readonly context: Context; readonly event: Events };

function newest({ context, event }: Args): Transaction | null {
  return (context.written?.version ?? 0) > (event.$.read?.version ?? 0)
    ? context.written
    : event.$.read;
}

function wantedBy({ context: { address }, event }: Args): WantedTransition {
  const card = event.data.card ?? null;
  return {
    address,
    card,
    state: event.type === 'create' ? 'PENDING' : stateOfWire(event.data.state),
  };
}

function judge(args: Args): TransitionVerdict {
  return judgeTransition(newest(args), wantedBy(args));
}

function nextRow(args: Args): Transaction {
  const verdict = judge(args);
  const { address, state, card } = wantedBy(args);
  const settledCard = verdict.kind === 'changed' ? verdict.card : card;
  const { data } = args.event;
  const reason = state === 'FAILED' && 'reason' in data ? data.reason : undefined;
  return {
    address,
    state,
    card: settledCard,
    ...(reason === undefined ? {} : { reason }),
    atMs: args.event.$.atMs,
    version: (newest(args)?.version ?? 0) + 1,
  };
}

/** The end is told in the commit that writes the end. The id names the row's version. */
function endMessage(args: Args, ends: Destination | null): readonly Publish[] {
  const { address: transaction, state, card, reason, version } = nextRow(args);
  const end = stateOnWire(state);
  if (ends === null || (end !== 'confirmed' && end !== 'failed')) return [];
  const messageId = identityOf('callback', transaction, String(version));
  const why = reason === undefined ? {} : { reason };
  const data = { transaction, state: end, card, ...why };
  return [{ ...ends, action: 'callback_process', data, messageId, mandatory: true }];
}

/** `ends`: where the ends of transactions are published; null: nowhere. */
export function transactionMachine(ends: Destination | null) {
  return setup({
    types: {} as { context: Context; events: Events; input: { key: string } },
    guards: {
      exists: ({ context, event }) => newest({ context, event }) !== null,
      isRefused: ({ context, event }) => judge({ context, event }).kind === 'refused',
      changes: ({ context, event }) => judge({ context, event }).kind === 'changed',
    },
    actions: {
      putRow: write<Context, Events>((args) => {
        const { version, ...row } = nextRow(args);
        return transactionsWrite('put', row, { version: version - 1 });
      }),
      remember: assign({ written: ({ context, event }) => nextRow({ context, event }) }),
      recordState: record<Context, Events>((args) => {
        const { address, state, card, reason } = nextRow(args);
        const why = reason === undefined ? {} : { reason };
        return {
          topic: card ?? address,
          line: { what: 'transaction', transaction: address, state, card, ...why },
        };
      }),
      publishEnd: publish<Context, Events>((args) => endMessage(args, ends)),
      answerOk: reply<Context, Events>(() => ({ body: { response: 'ok' } })),
      answerId: reply<Context, Events>(({ context }) => ({ body: { id: context.address } })),
      refuseTransition: refuse<Context, Events>((args) => {
        const verdict = judge(args);
        return verdict.kind === 'refused' ? verdict.error : undefined;
      }),
      refuseTaken: refuse<Context, Events>(({ context, event }) => {
        assertEvent(event, 'create');
        return new Refused('name-taken', `there is a transaction '${context.address}' already`, {
          at: '/data/transaction',
        });
      }),
    },
  }).createMachine({
    id: 'transaction',
    context: ({ input }) => ({ address: input.key, written: null }),
    initial: 'open',
    states: {
      open: {
        on: {
          create: [
            { guard: 'exists', actions: 'refuseTaken' },
            { actions: ['putRow', 'recordState', 'remember', 'answerId'] },
          ],
          process: [
            { guard: 'isRefused', actions: 'refuseTransition' },
            {
              guard: 'changes',
              actions: ['publishEnd', 'putRow', 'recordState', 'remember', 'answerOk'],
            },
            { actions: 'answerOk' },
          ],
        },
      },
    },
  });
}
