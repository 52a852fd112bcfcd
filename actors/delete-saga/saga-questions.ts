/**
 * The inputs of a saga's two child machines: the services to ask or tell, and the messages. Pure.
 */
import type { JsonObject } from '../../runtime/ports/json.ts';
import type { ConsentSettings } from '../consent/settings.ts';
import { changeData } from './relocation.ts';
import { ballotsFor, type RosterQuestion } from './roster.ts';
import { type Context, scopeOf } from './saga-context.ts';

/**
 * A message of this saga; `deadlineMs` is the remaining time for the vote, null after the vote.
 */
export function sagaQuestion(
  settings: ConsentSettings,
  context: Context,
  action: string,
  deadlineMs: number | null,
): RosterQuestion {
  return {
    settings,
    action,
    verb: context.verb,
    nodes: context.nodes,
    scope: scopeOf(context, deadlineMs),
    ...(context.change === null ? {} : { more: changeData(context.change) }),
  };
}

export function voteInput(
  settings: ConsentSettings,
  context: Context,
  peers: 'new' | 'old',
): JsonObject {
  const remainingMs = context.deadlineAtMs - context.nowMs;
  const question = {
    ...sagaQuestion(settings, context, context.verb.may, remainingMs),
    round: context.rounds,
  };
  const ballots = ballotsFor(context.subscriptions, context.votes, peers, question);
  return {
    saga: context.saga,
    action: context.verb.may,
    ballots: ballots,
    deadlineMs: Math.max(0, remainingMs),
    graceMs: settings.graceMs,
  };
}

export function cleanUpInput(settings: ConsentSettings, context: Context): JsonObject {
  const ballots = ballotsFor(
    context.subscriptions,
    context.cleaned,
    'all',
    sagaQuestion(settings, context, context.verb.doing, null),
  );
  return { saga: context.saga, action: context.verb.doing, ballots: ballots };
}
