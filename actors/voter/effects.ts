/**
 * The effects of the voter, as data: each entry is an action of `voter-machine.ts`, under its name
 * in the table there. The actions that decide which effects happen are in `questions.ts`,
 * `decisions.ts` and `endings.ts`.
 *
 * A promise, a fulfilment and a release are writes of the ledger. A write about no node is left
 * out. Rows that are no nodes are cleaned up by the writes of their dependences. The commit expects
 * the versions of the links, so that two sagas never clean up the same rows.
 */

import { identityOf } from '../../runtime/ports/identity.ts';
import type { JsonObject } from '../../runtime/ports/json.ts';
import type { Read } from '../../runtime/ports/store.ts';
import { ask, publish, read, record, reply, write } from '../../runtime/step/effects.ts';
import { consentRead } from '../consent/consent-reads.ts';
import { type LockMode, ledgerWrite } from '../consent/ledger/store.ts';
import { factMessages } from '../consent/messages.ts';
import { idList, nodesTag } from '../consent/node-ids.ts';
import type { Detachment } from '../consent/nodes.ts';
import { operatorLine } from '../consent/operations.ts';
import type { ConsentSettings } from '../consent/settings.ts';
import { verbOf, verbs } from '../consent/verbs.ts';
import {
  type Args,
  type Context,
  type OperateEvent,
  type PromiseParams,
  questionIn,
} from './context.ts';
import { inquiryMessages } from './deadline.ts';
import { fulfillable, idsThrough, okAnswer } from './part.ts';
import { provenIn } from './proofs.ts';
import type { AnswerParams, CleanParams, DetachParams, FulfilParams } from './typed-actions.ts';

/** Why the voter refuses an operator's request in its present state. */
function operationProblem({ data }: OperateEvent): JsonObject {
  const reasons: Record<OperateEvent['data']['operation'], string> = {
    cancel: 'this service has promised: only the owner of the saga calls the saga off now',
    skip: 'this service waits for nobody: the saga is not decided, or the part of this service is done',
    release:
      'a promise is released only while its owner does not answer inquiries; ' +
      'ask again when it is in doubt',
  };
  return { code: 409, name: 'refused', message: reasons[data.operation] };
}

/** Answers to the owner's questions, and lines of the saga's history. */
const answers = {
  answer: reply((_: Args, { to, body }: AnswerParams) => ({ to: to ?? undefined, body })),
  answerGone: reply(({ event }: Args) => ({ body: okAnswer(idList(questionIn(event).data.id)) })),
  note: record(({ context }: Args, line: JsonObject) => ({ topic: context.saga, line })),
};

const operator = {
  answerOperated: reply(() => ({ body: {} })),
  refuseOperation: reply('operatePart', ({ event }: { event: OperateEvent }) => ({
    body: { error: operationProblem(event) },
  })),
  recordOperator: record(
    'operatePart',
    ({ context, event }: { context: Context; event: OperateEvent }) => ({
      topic: context.saga,
      line: operatorLine(event.data),
    }),
  ),
};

function writes({ service }: ConsentSettings) {
  return {
    clean: write((_: Args, { writes: changes, links }: CleanParams) => {
      if (changes.length === 0) return undefined;
      // Another saga that cleans up the same rows at the same time has changed the links.
      return [ledgerWrite('depend', { service, on: [] }, { links }), ...changes];
    }),
    promise: write(({ context }: Args, { nodeIds, state, links }: PromiseParams) => {
      if (nodeIds.length === 0) return undefined;
      const { mode } = verbs[context.verb];
      return ledgerWrite(
        'promise',
        { saga: context.saga, service, mode, nodeIds, state },
        links === null ? null : { links },
      );
    }),
    fulfil: write(({ context: { saga, verb } }: Args, { nodeIds, atMs }: FulfilParams) => {
      if (nodeIds.length === 0) return undefined;
      const gone = verb === 'delete';
      return ledgerWrite('fulfil', { saga, service, nodeIds, gone, atMs }, null);
    }),
    release: write(({ context: { saga } }: Args) =>
      ledgerWrite('release', { saga, service }, null),
    ),
  };
}

function dependantsOf(
  { saga }: Pick<Context, 'saga'>,
  asked: {
    readonly mode: LockMode;
    readonly ids: readonly string[];
    readonly exchange: string;
    readonly retentionEnded?: true;
  },
): Read {
  return consentRead('dependants', { saga, ...asked });
}

function questionsAndReads(settings: ConsentSettings) {
  return {
    inquire: ask(({ context }: Args) => inquiryMessages(settings, context)),
    /** Reads the present dependants of the first parked question. */
    lookAgain: read(({ context }: Args) => {
      const [first] = context.parked;
      if (first === undefined) return [];
      const { mode } = verbs[first.verb];
      return {
        ...dependantsOf(context, { mode, ids: first.ids, exchange: first.message.exchange }),
        event: 'looked',
      };
    }),
    /** Reads the present dependants of the decisions that the owner has confirmed. */
    findProven: read(({ context }: Args) => {
      const proven = provenIn(context);
      if (proven === undefined) return [];
      const { type, ids, message, retentionEnded } = proven;
      const { mode } = verbs[verbOf(type).name];
      const ended = retentionEnded === undefined ? {} : { retentionEnded };
      return {
        ...dependantsOf(context, { mode, ids, exchange: message.exchange, ...ended }),
        event: 'proven',
      };
    }),
    /** Reads all dependants of a failed group's nodes, engaged before or not. */
    findAgain: read(({ context }: Args) => {
      const ids = idsThrough(context, context.restarting?.group ?? '');
      const { mode } = verbs[context.verb];
      const { exchange = '' } = context.nodes.find(({ id }) => id === ids[0]) ?? {};
      const again = { saga: `${context.saga} again` };
      const failed = context.groups.find(({ id }) => id === context.restarting?.group);
      const ended = failed?.retentionEnded === true ? { retentionEnded: true as const } : {};
      return {
        ...dependantsOf(again, { mode, ids, exchange, ...ended }),
        event: 'found again',
      };
    }),
  };
}

/** The references that are taken out of own nodes. `detachment` is absent where none may be. */
function detaching(settings: ConsentSettings, detachment: Detachment | undefined) {
  return {
    findReferences: read(({ context }: Args) =>
      detachment === undefined
        ? []
        : { ...detachment.find(fulfillable(context)), event: 'references' },
    ),
    detach: write((_: Args, { nodeIds }: DetachParams) => detachment?.take(nodeIds)),
    announceDetached: publish(({ context }: Args, { nodeIds, references }: DetachParams) => {
      const { saga } = context;
      // A node may lose references to other nodes under the same saga, in another step.
      const cause = identityOf(saga, nodesTag(nodeIds));
      return [...new Set(references.map(({ id }) => id))].flatMap((id) =>
        factMessages(settings, verbs.update.done, id, cause, { 'consent-saga': saga }),
      );
    }),
  };
}

export function voterEffects(settings: ConsentSettings, detachment: Detachment | undefined) {
  return {
    ...answers,
    ...operator,
    ...writes(settings),
    ...questionsAndReads(settings),
    ...detaching(settings, detachment),
  };
}
