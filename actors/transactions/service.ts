/**
 * The transactions service: which machine takes each message, under which key, after which read.
 */
import type { ExchangeConfig } from '../../config/exchange-config.ts';
import { destinationOf } from '../../runtime/messages/destination.ts';
import type { MessageRoute, ServiceDefinition } from '../../runtime/messages/service-definition.ts';
import type { Clock } from '../../runtime/ports/clock.ts';
import type { ErrorBody } from '../../runtime/ports/errors.ts';
import type { Json } from '../../runtime/ports/json.ts';
import type { Store } from '../../runtime/ports/store.ts';
import { defineService } from '../../runtime/service.ts';
import { readMachine } from '../../runtime/step/read-machine.ts';
import { callbackMachine } from './callback-machine.ts';
import { type CallbackPost, httpPost } from './callback-post.ts';
import {
  callbackQueue,
  callbackSchema,
  createSchema,
  interpretTransactionBody,
  processSchema,
  type ReadTransactions,
  readSchema,
  stateOfWire,
  transactionsOnWire,
} from './messages.ts';
import { callbackSettings } from './section.ts';
import { type TransactionFilter, transactionsRead } from './store.ts';
import { transactionMachine } from './transaction-machine.ts';

export type TransactionsServiceOptions = {
  readonly config: ExchangeConfig;
  readonly store: Pick<Store<never>, 'name' | 'read'>;
  /** Default: over HTTP. */
  readonly post?: CallbackPost;
  readonly clock: Pick<Clock, 'now'>;
};

/** Both kinds of message carry the address under the same name. */
const toAddress: Pick<
  MessageRoute<{ readonly transaction: string }, 'transaction'>,
  'machine' | 'to' | 'starts' | 'read'
> = {
  machine: 'transaction',
  to: ({ data }) => ({ key: data.transaction }),
  starts: true,
  read: ({ data }) => transactionsRead('transaction', { address: data.transaction }),
};

function filterOf({ transaction, card, state }: ReadTransactions): TransactionFilter {
  return {
    ...(transaction === undefined
      ? {}
      : { addresses: typeof transaction === 'string' ? [transaction] : transaction }),
    ...(card === undefined ? {} : { card }),
    ...(state === undefined ? {} : { state: stateOfWire(state) }),
  };
}

function createRefusal(error: ErrorBody): Json {
  return { id: null, error: error };
}

/**
 * Defines the service for a config and a store.
 * @throws Broken `config-invalid` when the config has a callback and no publisher for the ends
 */
export function defineTransactionsService({
  config,
  store,
  post,
  clock,
}: TransactionsServiceOptions): ServiceDefinition {
  const settings = callbackSettings(config);
  const ports =
    settings === undefined ? null : { settings, post: post ?? httpPost(settings), clock };
  const ends = settings === undefined ? null : destinationOf(config, callbackQueue);
  return defineService({
    config,
    stores: [store],
    machines: {
      transaction: transactionMachine(ends),
      'transaction-callback': callbackMachine(ports),
      'transaction-read': {
        machine: readMachine('transaction-read', transactionsOnWire),
        ephemeral: true,
      },
    },
    messages: {
      create: { ...toAddress, schema: createSchema, refusal: createRefusal },
      process: { ...toAddress, schema: processSchema },
      callback_process: {
        machine: 'transaction-callback',
        schema: callbackSchema,
        to: ({ identity }, newId) => ({ key: identity ?? newId }),
        starts: true,
      },
      read: {
        machine: 'transaction-read',
        schema: readSchema,
        to: (_, newId) => ({ key: newId }),
        starts: true,
        read: ({ data }) => transactionsRead('transactions', filterOf(data)),
      },
    },
    interpret: interpretTransactionBody,
  });
}
