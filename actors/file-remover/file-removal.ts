/**
 * The vocabulary of a file's removal: the context and the events of its machine, and the ports it
 * needs from the service.
 */
import type { DoneActorEvent } from 'xstate';
import type { MessageEvent, ReadEvent } from '../../runtime/messages/message-events.ts';
import type { JsonObject } from '../../runtime/ports/json.ts';
import type { Destination, ReplyAddress } from '../../runtime/step/effects.ts';
import type { Stamp } from '../../runtime/step/step-effect.ts';
import type { FilePlaces, Preparation, Removal, Restoration } from './file-activities.ts';
import type { RequestedFile } from './file-listings.ts';
import type { Accepted } from './file-place.ts';
import type { RemoveFile, RestoreFile } from './messages.ts';
import type { Receipt } from './store.ts';

export type RemovalContext = {
  /** The id of the file record. */
  readonly id: string;
  readonly url: string;
  /** The id of the card that listed the file. */
  readonly card: string | null;
  /** The saga that has deleted the node that listed the file. */
  readonly saga?: string;
  /**
   * The address under which the request came: a failed removal is kept as a dead letter of this
   * queue.
   */
  readonly from: Destination & { readonly queue: string };
  /** Addresses of the senders that wait for the end of the removal. */
  readonly callers: readonly ReplyAddress[];
  /** Addresses of the senders that want the file back. */
  readonly restorers: readonly ReplyAddress[];
  /** Whether the file is wanted back, also by a sender that wants no answer. */
  readonly isWanted: boolean;
  /** The end of the quarantine, milliseconds since the epoch; 0 before. */
  readonly untilMs: number;
  /** Size of the content before the removal. */
  readonly bytes: number | null;
  /** SHA-256 of the content before the removal. */
  readonly sha256: string | null;
  readonly attempts: number;
  /** `absent`, the row that lists the file, or the reason of the failure or of the wait. */
  readonly note: string | null;
  /** Further data of the place about the file and its removal. */
  readonly evidence: JsonObject | null;
  readonly isPrepared: boolean;
  /** A removal that the place carries out on its own. */
  readonly accepted: Accepted | null;
  /** Waits that the place has asked for. */
  readonly waits: number;
  /** The length of the present wait, in milliseconds. */
  readonly delayMs: number;
};

export type RemoveEvent = MessageEvent<RemoveFile, RequestedFile, 'remove'>;

export type RestoreEvent = MessageEvent<RestoreFile, readonly Receipt[], 'restore'>;

/** A row that lists the file, read before the removal; null for none. */
export type ListerFoundEvent = ReadEvent<string | null, 'lister.found'>;

type Stamped<TEvent> = TEvent & { readonly $: Stamp };

export type RemovalEvent =
  | RemoveEvent
  | RestoreEvent
  | ListerFoundEvent
  | Stamped<DoneActorEvent<Restoration, 'restoration'>>
  | Stamped<DoneActorEvent<Preparation, 'preparation'>>
  | Stamped<DoneActorEvent<Removal, 'removal'>>
  | Stamped<{
      readonly type:
        | 'xstate.error.actor.preparation'
        | 'xstate.error.actor.removal'
        | 'xstate.error.actor.restoration';
      readonly error: unknown;
    }>;

export type FileRemoverPorts = {
  readonly places: FilePlaces;
  /** Milliseconds between the preparation and the removal, in which the file can be restored. */
  readonly quarantineMs: number;
  /** Destination of the fact `file.removed`. */
  readonly facts: Destination;
};
