/** The file remover: which machine takes each message, under which key, after which read. */
import type { ExchangeConfig } from '../../config/exchange-config.ts';
import { destinationOf } from '../../runtime/messages/destination.ts';
import type {
  IncomingMessage,
  ServiceDefinition,
} from '../../runtime/messages/service-definition.ts';
import type { Store } from '../../runtime/ports/store.ts';
import { defineService } from '../../runtime/service.ts';
import { readMachine } from '../../runtime/step/read-machine.ts';
import type { FilePlaces } from './file-activities.ts';
import { type FileLister, fileListings, listingsRead } from './file-listings.ts';
import { fileRemoverMachine } from './file-remover-machine.ts';
import {
  interpretFileBody,
  type RemoveFile,
  type RestoreFile,
  readSchema,
  removeSchema,
  restoreSchema,
} from './messages.ts';
import { filePlaces, quarantineMs } from './section.ts';
import type { Receipt } from './store.ts';
import { filesRead } from './store.ts';

export type FileRemoverServiceOptions = {
  readonly config: ExchangeConfig;
  readonly store: Pick<Store<never>, 'name' | 'read'>;
  /** Default: the places of the config. */
  readonly places?: FilePlaces;
  /** Look among the rows that may list files. Default: no row is looked at. */
  readonly listers?: readonly FileLister[];
};

/**
 * The record's id is a key of the table. An identity that a database cannot store is replaced by a
 * new id.
 */
function recordId({ data, identity }: IncomingMessage<RemoveFile>, newId: string): string {
  const { id = identity } = data;
  return id === null || /[\p{Cc}\p{Cs}]/u.test(id) ? newId : id;
}

/**
 * Defines the service for a config and a store.
 * @throws Broken `config-invalid` when the config does not say where to publish facts.
 */
export function defineFileRemoverService({
  config,
  store,
  places = filePlaces(config),
  listers = [],
}: FileRemoverServiceOptions): ServiceDefinition {
  return defineService({
    config,
    stores: [store],
    views: [fileListings(listers)],
    machines: {
      'file-remover': fileRemoverMachine({
        places,
        quarantineMs: quarantineMs(config),
        facts: destinationOf(config, 'main'),
      }),
      'receipt-read': {
        machine: readMachine('receipt-read', (receipts: readonly Receipt[]) => receipts),
        ephemeral: true,
      },
    },
    messages: {
      remove: {
        machine: 'file-remover',
        schema: removeSchema,
        to: (message, newId) => ({ key: recordId(message, newId) }),
        starts: true,
        read: ({ data: { url } }, { key: id }) => listingsRead('requested', { id, url }),
      },
      restore: {
        machine: 'file-remover',
        schema: restoreSchema,
        to: ({ data }: IncomingMessage<RestoreFile>) => ({ key: data.id }),
        starts: true,
        read: (_, { key }) => filesRead('receipts', { id: key }),
      },
      read: {
        machine: 'receipt-read',
        schema: readSchema,
        to: (_, newId) => ({ key: newId }),
        starts: true,
        read: ({ data }) => filesRead('receipts', data),
      },
    },
    interpret: interpretFileBody,
  });
}
