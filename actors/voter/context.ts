/**
 * The events and the context of the voter's machine, and the parked questions in the context.
 *
 * - The context is stored as JSON, so its names are part of the stored form.
 * - A service has one voter per saga. The voter's key is the saga's id.
 */

import { type AnyStateMachine, assertEvent } from 'xstate';
import type {
  AnswerEvent,
  MessageEvent,
  MessageInfo,
  ReadEvent,
  WriteErrorEvent,
} from '../../runtime/messages/message-events.ts';
import type { Headers } from '../../runtime/ports/envelope.ts';
import type { ErrorBody } from '../../runtime/ports/errors.ts';
import type { Stamp } from '../../runtime/step/step-effect.ts';
import type { Refusal } from '../consent/answers.ts';
import type { Inventory } from '../consent/inventory.ts';
import type { NodesData } from '../consent/node-ids.ts';
import type { DetachedReference } from '../consent/nodes.ts';
import type { Dependants } from '../consent/objections.ts';
import type { Operation } from '../consent/operations.ts';
import type { RetainedBy } from '../consent/retained.ts';
import type { Verb } from '../consent/verbs.ts';
import type { OpenQuestion, VoterPart } from './part.ts';

export type QuestionEvent = MessageEvent<
  NodesData,
  Dependants,
  'mayDelete' | 'mayUpdate' | 'deleting' | 'updating'
>;
export type OffEvent = MessageEvent<NodesData, unknown, 'notDeleted' | 'notUpdated'>;
export type EngagedEvent = {
  readonly type: 'engaged';
  readonly through: readonly string[];
  /** The nodes that go with the group, if the question asks for an inventory. */
  readonly inventory?: Inventory;
  /** What is kept although the group agrees; absent: nothing. */
  readonly retains?: readonly RetainedBy[];
  readonly $: Stamp;
};
export type RefusedEvent = {
  readonly type: 'refused';
  readonly refusals: readonly Refusal[];
  readonly silent: readonly string[];
  /** Why a silent service has not answered, where that is known. */
  readonly reason?: string;
  readonly $: Stamp;
};
export type OwnerAnswerEvent = AnswerEvent<
  {
    readonly ids: readonly string[];
    /** Of an inquiry about an unproven decision: the type of the decision. */
    readonly unproven?: Unproven['type'];
    /** The unproven decision ends a retention. */
    readonly retentionEnded?: true;
    /** The exchange of the unproven decision. */
    readonly exchange?: string;
  },
  'ownerAnswer' | 'ownerAnswer.unroutable'
>;
export type GroupDoneEvent = { readonly type: `xstate.done.actor.${string}`; readonly $: Stamp };
export type GroupFailedEvent = {
  readonly type: `xstate.error.actor.${string}`;
  readonly error: unknown;
  readonly $: Stamp;
};
export type OperateEvent = MessageEvent<Operation, unknown, 'operatePart'>;
/** The result of a read that the machine itself requested. */
export type FoundEvent = ReadEvent<Dependants, 'looked' | 'found again' | 'proven'>;
/** The references that the fulfilled nodes take out of own nodes. */
export type ReferencesEvent = ReadEvent<readonly DetachedReference[], 'references'>;
export type RestartEvent = {
  readonly type: 'restart';
  readonly group: string;
  readonly failure: ErrorBody;
  readonly $: Stamp;
};
export type Events =
  | QuestionEvent
  | OffEvent
  | EngagedEvent
  | RefusedEvent
  | OwnerAnswerEvent
  | GroupDoneEvent
  | GroupFailedEvent
  | OperateEvent
  | FoundEvent
  | ReferencesEvent
  | RestartEvent
  | WriteErrorEvent
  | { readonly type: 'look again' }
  | { readonly type: 'in-doubt'; readonly $: Stamp };

/**
 * A question whose nodes a younger operation holds. The machine reads the nodes again until they
 * are free or the question's deadline has come.
 */
export type Parked = {
  readonly message: Pick<MessageInfo, 'headers' | 'exchange' | 'replyTo'> & {
    readonly headers: Headers;
  };
  readonly verb: Verb['name'];
  readonly ids: readonly string[];
  readonly deadlineAtMs: number;
};

/** A decision about nodes that the voter has not promised. The owner must confirm the decision. */
export type Unproven = {
  readonly message: Parked['message'];
  readonly type: 'deleting' | 'updating';
  readonly ids: readonly string[];
  /** The ids that the voter has not promised, and that the owner has not confirmed. */
  readonly open: readonly string[];
  /** `open`: the owner has not answered. */
  readonly state: 'open' | 'proven' | 'dismissed';
  /** The error of the undone step that took the decision. */
  readonly refused?: ErrorBody;
  /** Absent: the decision does not end a retention. */
  readonly retentionEnded?: true;
};

export type Context = VoterPart & {
  readonly saga: string;
  readonly verb: Verb['name'];
  readonly hops: number;
  /** The age of the operation, as in `Hold`: the id by which operations are ordered. */
  readonly age: string;
  readonly inquiries: number;
  /** Whether an owner that knows the saga has answered the latest inquiry. */
  readonly ownerKnows: boolean;
  /** The time of the first question; 0 before the first question. */
  readonly askedAtMs: number;
  readonly alarms: readonly string[];
  /** Whether the owner does not speak the protocol. Only a promise to such an owner expires. */
  readonly oldOwner: boolean;
  readonly parked: readonly Parked[];
  /** Absent: none. */
  readonly unproven?: readonly Unproven[];
  /** The group whose inner saga failed and begins again. */
  readonly restarting: Pick<RestartEvent, 'group' | 'failure'> | null;
};

/** The question or decision in an event. After an undone step: the event of the undone step. */
export function questionIn(event: Events): QuestionEvent {
  if (event.type === 'error.write') return event.cause as QuestionEvent;
  assertEvent(event, questions);
  return event;
}

/** The answer of an owner in an event. After an undone step: the answer of the undone step. */
export function ownerAnswerIn(event: Events): OwnerAnswerEvent {
  if (event.type === 'error.write') return event.cause as OwnerAnswerEvent;
  assertEvent(event, ['ownerAnswer', 'ownerAnswer.unroutable']);
  return event;
}

export function unprovenIn({ unproven = [] }: Context): readonly Unproven[] {
  return unproven;
}

const questions = ['mayDelete', 'mayUpdate', 'deleting', 'updating'] as const;

export type Args = { context: Context; event: Events };

/** The arguments of the write of a promise. `links`: the expected version of each link. */
export type PromiseParams = {
  readonly nodeIds: readonly string[];
  readonly state: 'collecting' | 'ok';
  readonly links: Readonly<Record<string, number>> | null;
};

export type VoterActors = {
  readonly innerSaga: AnyStateMachine;
};

export function initialContext({ key }: { readonly key: string }): Context {
  return {
    saga: key,
    verb: 'delete',
    hops: 0,
    age: key,
    inquiries: 0,
    ownerKnows: false,
    askedAtMs: 0,
    alarms: [],
    oldOwner: false,
    nodes: [],
    groups: [],
    questions: [],
    parked: [],
    restarting: null,
  };
}

export function questionOf(
  message: Pick<MessageInfo, 'replyTo'>,
  ids: readonly string[],
  phase: OpenQuestion['phase'],
): readonly OpenQuestion[] {
  return message.replyTo === null ? [] : [{ to: message.replyTo, ids, phase }];
}
