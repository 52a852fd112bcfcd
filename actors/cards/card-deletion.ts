/**
 * The vocabulary of a card's deletion: the context and the events of its machine, and the ports it
 * needs from the service.
 */

import type { ExchangeConfig } from '../../config/exchange-config.ts';
import { destinationOf } from '../../runtime/messages/destination.ts';
import type {
  AnswerEvent,
  MessageEvent,
  ReadEvent,
} from '../../runtime/messages/message-events.ts';
import type { JsonObject } from '../../runtime/ports/json.ts';
import type { Locks } from '../../runtime/ports/locks.ts';
import type { Destination, ReplyAddress } from '../../runtime/step/effects.ts';
import type { Stamp } from '../../runtime/step/step-effect.ts';
import type { Token } from '../chain/token.ts';
import type { BurnCard, DeleteCard, ReplayCard, UndeleteCard } from './messages.ts';
import { type CardsSettings, cardsSettings } from './section.ts';
import type { CardKind, CardLookup, CardMetadata, CardRemoval, Turn } from './store.ts';

/** A file of the card, and the id of its record at the file remover. */
export type FileToRemove = { readonly id: string; readonly url: string };
export type UnremovedFile = { readonly url: string; readonly reason: string };
export type QuarantinedFile = {
  readonly url: string;
  /** Milliseconds since the epoch. */
  readonly untilMs: number;
};

/** The content of a removed card, as long as the card can be undeleted. */
export type KeptCard = {
  readonly metadata: CardMetadata;
  /** The files that went with the card. */
  readonly files: readonly FileToRemove[];
  /** URLs that other cards listed too. */
  readonly shared: readonly string[];
};

/** The stored context of a deletion. JSON. */
export type DeletionContext = {
  readonly service: string;
  /** Of this deletion alone: after years another card may have the id. Ids of files are made of it. */
  readonly life: string;
  /** The id is the actor's key. Owner, kind and transaction are those of the row. */
  readonly card: {
    readonly id: string;
    readonly owner: string;
    readonly kind: CardKind;
    readonly transaction: string | null;
    /** Of a card of the kind `erc`. */
    readonly token?: Token;
  };
  /**
   * Where the request came from: a deletion that is called off is kept as a dead letter of the
   * queue.
   */
  readonly from: Destination & { readonly queue: string };
  /** The refusal of the transactions service or of the chain that called the deletion off. */
  readonly refusal: JsonObject | null;
  /** Of a deletion that is carried out again. `burn`: the transaction that has burned the token. */
  readonly replay: { readonly burn: string | null } | null;
  /** The ticket in the queue of the lock: the fence of every later write. */
  readonly ticket: number;
  /** The card in front that the history names last. */
  readonly ahead: string | null;
  /** Addresses of the callers that wait for the end. */
  readonly callers: readonly ReplyAddress[];
  /** Files whose removal has no end yet. */
  readonly files: readonly FileToRemove[];
  /** Files whose removal could not be done. */
  readonly unremoved: readonly UnremovedFile[];
  /** Files in quarantine until their removal. */
  readonly quarantined: readonly QuarantinedFile[];
  /** Null: the card is not removed, or can no longer be undeleted. */
  readonly kept: KeptCard | null;
  /** Addresses of the senders that wait for the undeletion. */
  readonly undeleters: readonly ReplyAddress[];
  /** Whether an undeletion is wanted, also by a sender that wants no answer. */
  readonly isWanted: boolean;
  /** Files whose restoration has no end yet. */
  readonly restoring: readonly FileToRemove[];
  /** Files that cannot be restored. */
  readonly unrestored: readonly UnremovedFile[];
  /** Times the present question was asked again. */
  readonly attempt: number;
  /** Refusals of the transactions service so far. A question after a refusal has a new identity. */
  readonly refusals: number;
};

export type DeleteEvent = MessageEvent<DeleteCard, CardLookup, 'delete'>;
export type BurnEvent = MessageEvent<BurnCard, CardLookup, 'mcard_burn'>;
export type ReplayEvent = MessageEvent<ReplayCard, CardLookup, 'replayDeletion'>;
export type RequestEvent = DeleteEvent | BurnEvent | ReplayEvent;
export type UndeleteEvent = MessageEvent<UndeleteCard, CardLookup, 'undelete'>;
/** Answers of the transactions service and of the chains service. */
export type ProcessedEvent = AnswerEvent<null, AnsweredType>;
type AnsweredType =
  | 'transaction.marked'
  | 'transaction.confirmed'
  | 'transaction.failed'
  | 'token.checked'
  | 'token.burned';
/** The row, read in the turn that removes the row. */
export type CardFoundEvent = ReadEvent<CardRemoval, 'card.found'>;
/** The place in the queue of the lock. */
export type TurnFoundEvent = ReadEvent<Turn, 'turn.found'>;
/** The end of a file's removal. */
export type FileEndedEvent = AnswerEvent<FileToRemove, 'file.ended'>;
/** The end of a file's restoration. */
export type FileRestoredEvent = AnswerEvent<FileToRemove, 'file.restored'>;
/** Shared files of the card that no card lists any more. */
export type UnlistedFoundEvent = ReadEvent<readonly string[], 'unlisted.found'>;
export type CallerLateEvent = {
  readonly type: 'caller.late';
  /** Identity of the caller's message. */
  readonly caller: string;
};
export type DeletionEvent =
  | RequestEvent
  | ProcessedEvent
  | CardFoundEvent
  | CallerLateEvent
  | TurnFoundEvent
  | FileEndedEvent
  | UndeleteEvent
  | FileRestoredEvent
  | UnlistedFoundEvent
  | {
      readonly type:
        | `${AnsweredType}.unroutable`
        | 'file.ended.unroutable'
        | 'file.restored.unroutable';
    };

/** The ports that a deletion needs from its service. */
export type DeletionPorts = {
  readonly locks: Pick<Locks, 'acquire' | 'keep' | 'release'>;
  readonly settings: CardsSettings;
  readonly burns: Destination;
  readonly transactions: Destination;
  readonly files: Destination;
  /** Null: the config does not say where tokens are burned. */
  readonly chains: Destination | null;
};

/** @throws Broken `config-invalid` when the config does not say where to publish. */
export function deletionPorts(
  config: ExchangeConfig,
  locks: DeletionPorts['locks'],
): DeletionPorts {
  return {
    locks,
    settings: cardsSettings(config),
    burns: destinationOf(config, 'mcard.single_burn'),
    transactions: destinationOf(config, 'transaction.process'),
    files: destinationOf(config, 'file_management_queue'),
    chains: config.publish['chains'] === undefined ? null : destinationOf(config, 'chains'),
  };
}

export type DeletionInput = { readonly key: string; readonly service: string; readonly $: Stamp };

/** The context of a deletion that has not begun. */
export function unbegun({ key, service, $ }: DeletionInput): DeletionContext {
  return {
    service,
    life: $.newId,
    card: { id: key, owner: '', kind: 'db', transaction: null },
    from: { queue: '', exchange: '', routingKey: '' },
    refusal: null,
    replay: null,
    ticket: 0,
    ahead: null,
    callers: [],
    files: [],
    unremoved: [],
    quarantined: [],
    kept: null,
    undeleters: [],
    isWanted: false,
    restoring: [],
    unrestored: [],
    attempt: 0,
    refusals: 0,
  };
}
