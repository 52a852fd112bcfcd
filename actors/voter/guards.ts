/**
 * The guards of the voter's machine: each entry is a guard of `voter-machine.ts`, under its name in
 * the table there. Guards read only the context and the event.
 */
import { assertEvent } from 'xstate';
import { readAnswers } from '../consent/answers.ts';
import { idList } from '../consent/node-ids.ts';
import {
  type Args,
  type Context,
  type Events,
  type OperateEvent,
  questionIn,
  unprovenIn,
} from './context.ts';
import { isFulfilled, liveIds, rowsGroups, undecided } from './part.ts';
import { isAboutUnproven, isUnasked, isUnproven } from './proofs.ts';
import { isTooEarly } from './retention-ends.ts';

/** Whether the owner has decided about at least one node. */
function isDecided({ groups, nodes }: Context): boolean {
  return (
    groups.some(({ phase }) => phase === 'cleaning' || phase === 'gone') ||
    nodes.some(({ phase }) => phase === 'deleting' || phase === 'gone')
  );
}

function operationIn(event: Events): OperateEvent['data']['operation'] {
  assertEvent(event, 'operatePart');
  return event.data.operation;
}

const questionGuards = {
  /**
   * All nodes of the question are tombstones, and this service has promised nothing before. Then
   * the answer is `ok`, and the voter records nothing.
   */
  isGoneAlready: ({ context, event }: Args) => {
    const { data, $ } = questionIn(event);
    return (
      context.nodes.length + context.parked.length === 0 &&
      liveIds(idList(data.id), $.read).length === 0
    );
  },
  isTooEarly: ({ context, event }: Args) => isTooEarly(context, event),
  isUnproven: ({ context, event }: Args) => isUnproven(context, event),
  isUnasked: ({ context, event }: Args) => isUnasked(context, event),
  /** The owner's answer is about a decision that the voter does not believe yet. */
  isOfProof: ({ event }: Args) => isAboutUnproven(event),
  isOfDecision: ({ event }: Args) => ['deleting', 'updating'].includes(questionIn(event).type),
  /** The clean-up of rows, tried again by a timer, was refused again. */
  isOfRows: ({ context, event }: Args) =>
    event.type === 'error.write' && rowsGroups(context).length > 0,
};

const endingGuards = {
  isOldOwner: ({ context }: Args) => context.oldOwner,
  /** The owner has answered the inquiry with `no`: the saga is called off. */
  isOff: ({ event }: Args) => {
    assertEvent(event, 'ownerAnswer');
    const answers = [...readAnswers(event.answer, event.about.ids).values()];
    return answers.some(({ response }) => response === 'no');
  },
  /**
   * True also for a part without nodes, once a question has come: the nodes of a parked question
   * may have been deleted meanwhile.
   */
  isFulfilled: ({ context }: Args) =>
    (context.nodes.length > 0 || context.askedAtMs > 0) &&
    context.parked.length === 0 &&
    unprovenIn(context).length === 0 &&
    isFulfilled(context),
  isDecided: ({ context }: Args) => isDecided(context),
};

const operatorGuards = {
  mayWithdraw: ({ context, event }: Args) =>
    operationIn(event) === 'cancel' &&
    !isDecided(context) &&
    (context.parked.length > 0 || context.nodes.some(({ phase }) => phase === 'asked')),
  maySkip: ({ context, event }: Args) =>
    operationIn(event) === 'skip' && context.groups.some(({ phase }) => phase === 'cleaning'),
  mayRelease: ({ context, event }: Args) =>
    operationIn(event) === 'release' &&
    context.inquiries > 0 &&
    !context.ownerKnows &&
    !isDecided(context) &&
    undecided(context).length + unprovenIn(context).length > 0,
};

export const voterGuards = { ...questionGuards, ...endingGuards, ...operatorGuards };
