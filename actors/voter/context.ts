/**
 * What the voter's machine keeps and takes: its events, its context, the questions it has set aside.
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
import type { Dependants } from '../consent/objections.ts';
import type { Operation } from '../consent/operations.ts';
import type { Verb } from '../consent/verbs.ts';
import type { OpenQuestion, Part } from './part.ts';

export type QuestionEvent = MessageEvent<
  NodesData,
  Dependants,
  'mayDelete' | 'mayUpdate' | 'deleting' | 'updating'
>;
export type OffEvent = MessageEvent<NodesData, unknown, 'notDeleted' | 'notUpdated'>;
export type EngagedEvent = {
  readonly type: 'engaged';
  readonly through: readonly string[];
  /** What it takes along, where the question asks for that. */
  readonly inventory?: Inventory;
  readonly $: Stamp;
};
export type RefusedEvent = {
  readonly type: 'refused';
  readonly refusals: readonly Refusal[];
  readonly silent: readonly string[];
  readonly $: Stamp;
};
export type StandingEvent = AnswerEvent<
  { readonly ids: readonly string[] },
  'standing' | 'standing.unroutable'
>;
export type GroupDoneEvent = { readonly type: `xstate.done.actor.${string}`; readonly $: Stamp };
export type GroupFailedEvent = {
  readonly type: `xstate.error.actor.${string}`;
  readonly error: unknown;
  readonly $: Stamp;
};
export type OperateEvent = MessageEvent<Operation, unknown, 'operatePart'>;
/** What a read that the machine asked for itself has found. */
export type FoundEvent = ReadEvent<Dependants, 'looked' | 'found again'>;
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
  | StandingEvent
  | GroupDoneEvent
  | GroupFailedEvent
  | OperateEvent
  | FoundEvent
  | RestartEvent
  | WriteErrorEvent
  | { readonly type: 'look again' }
  | { readonly type: 'in-doubt'; readonly $: Stamp };

/** A question whose nodes are held by a younger operation: looked at again until they are free, or its deadline. */
export type Parked = {
  readonly message: Pick<MessageInfo, 'headers' | 'exchange' | 'replyTo'> & {
    readonly headers: Headers;
  };
  readonly verb: Verb['name'];
  readonly ids: readonly string[];
  readonly deadlineAtMs: number;
};

export type Context = Part & {
  readonly saga: string;
  readonly verb: Verb['name'];
  readonly hops: number;
  /** As in `Hold`. */
  readonly age: string;
  readonly inquiries: number;
  /** The latest inquiry was answered, by an owner that knows of the saga. */
  readonly ownerKnows: boolean;
  /** When it was asked first. */
  readonly askedAtMs: number;
  readonly alarms: readonly string[];
  /** An old owner's promise alone has an end. */
  readonly oldOwner: boolean;
  readonly parked: readonly Parked[];
  /** The group whose inner saga failed and is begun again. */
  readonly restarting: Pick<RestartEvent, 'group' | 'failure'> | null;
};

/** The question or decision of an event. After an undone step the event of that step counts. */
export function questionIn(event: Events): QuestionEvent {
  if (event.type === 'error.write') return event.cause as QuestionEvent;
  assertEvent(event, questions);
  return event;
}

const questions = ['mayDelete', 'mayUpdate', 'deleting', 'updating'] as const;

export type Args = { context: Context; event: Events };

/** What a promise is written with. */
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
