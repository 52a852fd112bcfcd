/** The cards service: which machine takes each message, under which key, after which read. */
import type { ExchangeConfig } from '../../config/exchange-config.ts';
import type {
  IncomingMessage,
  MessageRoute,
  ServiceDefinition,
} from '../../runtime/messages/service-definition.ts';
import type { Headers } from '../../runtime/ports/envelope.ts';
import type { ErrorBody } from '../../runtime/ports/errors.ts';
import type { Json } from '../../runtime/ports/json.ts';
import type { Locks } from '../../runtime/ports/locks.ts';
import type { Store } from '../../runtime/ports/store.ts';
import { defineService } from '../../runtime/service.ts';
import { readMachine } from '../../runtime/step/read-machine.ts';
import { callerOf } from './caller.ts';
import { deletionPorts } from './card-deletion.ts';
import { cardDeletionMachine } from './card-deletion-machine.ts';
import { cardMachine } from './card-machine.ts';
import {
  type BurnCard,
  burnSchema,
  type CreateCard,
  createSchema,
  type DeleteCard,
  deleteSchema,
  interpretCardBody,
  type ListCards,
  listSchema,
  type ReadCards,
  type ReplayCard,
  readSchema,
  replaySchema,
  type UndeleteCard,
  undeleteSchema,
} from './messages.ts';
import { cardsSettings } from './section.ts';
import type { Card, CardFilter } from './store.ts';
import { cardsRead } from './store.ts';

export type CardsServiceOptions = {
  readonly config: ExchangeConfig;
  /** The service acquires and releases locks; the caller closes them. */
  readonly locks: Pick<Locks, 'acquire' | 'keep' | 'release'>;
  readonly store: Pick<Store<never>, 'name' | 'read'>;
};

/** All deletion requests of a card go to one actor. */
function deletion<TData>(
  idOf: (data: TData) => string,
): Pick<MessageRoute<TData, 'card-deletion'>, 'machine' | 'to' | 'starts' | 'read'> {
  return {
    machine: 'card-deletion',
    to: ({ data }) => ({ key: idOf(data) }),
    starts: true,
    read: ({ data }) => cardsRead('card', { id: idOf(data) }),
  };
}

function idsOf({ id }: ReadCards): readonly string[] {
  return typeof id === 'string' ? [id] : id;
}

/** With a header the list is of the caller's cards; for a message without the header it is empty. */
function filterOf(
  { limit = 100, owner, ...rest }: ListCards,
  headers: Headers,
  header: string | null,
): CardFilter {
  const caller = callerOf(headers, owner, header);
  const isRestricted = header !== null || owner !== undefined;
  return { ...rest, limit, ...(isRestricted ? { owner: caller ?? '' } : {}) };
}

function creationKey({ data, identity }: IncomingMessage<CreateCard>, newId: string): string {
  return data.id ?? identity ?? newId;
}

function createRefusal(error: ErrorBody): Json {
  return { id: null, error: error };
}

/**
 * Defines the service for a config, a store and the shared locks.
 * @throws Broken `config-invalid` when the config does not say where to publish burns, transactions
 * and files.
 */
export function defineCardsService({
  config,
  locks,
  store,
}: CardsServiceOptions): ServiceDefinition {
  const { ownerHeader } = cardsSettings(config);
  const ports = deletionPorts(config, locks);
  return defineService({
    config,
    stores: [store],
    machines: {
      card: cardMachine(ownerHeader, ports.chains !== null),
      'card-deletion': cardDeletionMachine(ports),
      'card-read': {
        machine: readMachine('card-read', (cards: readonly Card[]) => cards),
        ephemeral: true,
      },
    },
    messages: {
      create: {
        machine: 'card',
        schema: createSchema,
        to: (message, newId) => ({ key: creationKey(message, newId) }),
        starts: true,
        refusal: createRefusal,
      },
      delete: { ...deletion(({ id }: DeleteCard) => id), schema: deleteSchema },
      replayDeletion: {
        ...deletion(({ id }: ReplayCard) => id),
        sender: 'operator',
        schema: replaySchema,
      },
      undelete: { ...deletion(({ id }: UndeleteCard) => id), schema: undeleteSchema },
      mcard_burn: { ...deletion(({ card }: BurnCard) => card), schema: burnSchema },
      list: {
        machine: 'card-read',
        schema: listSchema,
        to: (_, newId) => ({ key: newId }),
        starts: true,
        read: ({ data, headers }) => cardsRead('list', filterOf(data, headers, ownerHeader)),
      },
      read: {
        machine: 'card-read',
        schema: readSchema,
        to: (_, newId) => ({ key: newId }),
        starts: true,
        read: ({ data }) => cardsRead('cards', { ids: idsOf(data) }),
      },
    },
    interpret: interpretCardBody,
  });
}
