/**
 * The history lines of a saga, one topic a saga. Each entry is one action of
 * `delete-saga-machine.ts`, under the name in the tables of states.
 *
 * - Every line begins with `{what, role, action}`.
 * - A roster in a line is a list of `{nodeId, service, generation, consent}`.
 */
import type { Json } from '../../runtime/ports/json.ts';
import { record } from '../../runtime/step/effects.ts';
import type { Subscription } from '../consent/ledger/store.ts';
import { operatorLine } from '../consent/operations.ts';
import type { ConsentSettings } from '../consent/settings.ts';
import { openSubscriptions } from './roster.ts';
import { idsOfNodes, liveNodes } from './saga.ts';
import {
  type Args,
  type FailedEvent,
  failures,
  line,
  nodeNames,
  type Of,
  type OperateEvent,
} from './saga-context.ts';
import { blockedNow, blockingError, failureText } from './saga-events.ts';

function rosterLines(subscriptions: readonly Subscription[]): Json {
  return subscriptions.map(({ nodeId, service, generation, consent }) => ({
    nodeId,
    service,
    generation,
    consent,
  }));
}

/** The lines that need no settings. */
export const history = {
  recordEngaged: record(({ context }: Args) =>
    line(context, 'engaged', {
      nodes: nodeNames(context.nodes),
      through: context.through,
      requestedBy: context.requestedBy,
      roster: rosterLines(context.subscriptions),
    }),
  ),
  recordNewcomers: record(({ context }: Args) =>
    line(context, 'newcomers', {
      roster: rosterLines(openSubscriptions(context.subscriptions, context.votes)),
    }),
  ),
  recordOperator: record('operateSaga', ({ context, event }: Of<OperateEvent>) => ({
    topic: context.saga,
    line: operatorLine(event.data),
  })),
  recordDecided: record(({ context }: Args) =>
    line(context, 'decided', { nodes: idsOfNodes(context.nodes) }),
  ),
  recordAllCleaned: record(({ context }: Args) =>
    line(context, 'all cleaned', {
      action: context.verb.doing,
      roster: rosterLines(context.subscriptions),
    }),
  ),
  recordOldVoters: record(({ context }: Args) => {
    const old = openSubscriptions(context.subscriptions, context.votes).filter(
      ({ consent }) => !consent,
    );
    const peers = [...new Set(old.map((one) => one.service))];
    return old.length === 0
      ? []
      : line(context, 'legacy', { hole: 'the ok of an old peer is no promise', peers });
  }),
  recordRemoved: record(({ context }: Args) =>
    line(context, context.verb.done, { nodes: nodeNames(liveNodes(context)) }),
  ),
  recordCalledOff: record(({ context }: Args) =>
    line(context, 'called off', {
      nodes: idsOfNodes(context.nodes),
      refusals: context.refusals,
      silent: context.silent,
      unreachable: context.unreachable,
      ...(context.malformed?.length ? { malformed: context.malformed } : {}),
    }),
  ),
};

/** The 5 s between two tries make ten minutes. */
const stuckTries = 120;

/**
 * The lines that ask an operator of this service for help: a child machine has thrown, or the stores
 * refuse the writes of a decided saga. The same obstacle is recorded once, and again after ten
 * minutes.
 */
export function alarms(settings: ConsentSettings) {
  const { service } = settings;
  return {
    recordBlocked: record(({ context, event }: Args) => {
      const error = blockingError(context, event);
      const { reason, tries } = blockedNow(context, error);
      const more = { waitingFor: [service], reason };
      if (tries === stuckTries) return line(context, 'stuck', more);
      if (tries > 1) return [];
      const blocked = line(context, 'blocked', { error, nodes: idsOfNodes(liveNodes(context)) });
      return reason === null ? blocked : [blocked, line(context, 'alarm', more)];
    }),
    recordFailure: record(failures, ({ context, event }: Of<FailedEvent>) =>
      line(context, 'alarm', { waitingFor: [service], reason: failureText(event) }),
    ),
  };
}
