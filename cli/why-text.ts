/**
 * Why something waits, as lines for a terminal: the sentence that tells whom to look at comes
 * first. Pure.
 */

import type { PlannedVote } from '../actors/consent/plan-schema.ts';
import type { Reason, WaitingVoter } from '../actors/waiting/reason.ts';
import type { SagaWaiting } from '../actors/waiting/saga-waiting.ts';
import type { HeldDeletion } from '../composition/held-deletions.ts';
import type { ActorWhy, CardWhy, NodeWhy, Why } from '../composition/why-documents.ts';
import { isoTime } from '../config/iso-time.ts';
import { addressId } from '../runtime/ports/address.ts';
import type { JsonObject } from '../runtime/ports/json.ts';

/** `nowMs`: milliseconds since the epoch. */
export function whyLines(why: Why, nowMs: number): readonly string[] {
  switch (why.kind) {
    case 'saga':
      return sagaLines(why, nowMs);
    case 'node':
      return nodeLines(why, nowMs);
    case 'card':
      return cardLines(why, nowMs);
    case 'actor':
      return actorLines(why, nowMs);
    default:
      return why satisfies never;
  }
}

function sagaLines(saga: SagaWaiting, nowMs: number): readonly string[] {
  const people = `${saga.owner ?? 'an owner in another database'}, asked for by ${saga.requestedBy ?? 'nobody named'}`;
  const names = saga.nodes.map(({ cn, objectClass }) => `${cn} (${objectClass})`);
  return [
    `${saga.verb} ${saga.saga}: ${saga.state}${saga.level === 'none' ? '' : `, ${saga.level}`} (${people})`,
    `  ${saga.text}`,
    ...times(saga, nowMs).map((line) => `  ${line}`),
    ...(saga.blockers.length === 0 ? [] : [`  look at: ${saga.blockers.join(', ')}`]),
    ...(names.length === 0 ? [] : [`  nodes: ${shortened(names)}`]),
    ...(saga.error === null ? [] : [`  last obstacle: ${saga.error.service}: ${saga.error.text}`]),
    ...section('voters', votersLines(saga.voters, nowMs)),
    ...section(
      'parts',
      saga.parts.flatMap((part) =>
        part.reasons.flatMap((reason) => reasonLines(reason, nowMs, part.service)),
      ),
    ),
    ...section('operator', operationLines(saga)),
  ];
}

function times(
  { sinceMs, untilMs, next }: Pick<Reason, 'sinceMs' | 'untilMs' | 'next'>,
  nowMs: number,
): readonly string[] {
  const since = sinceMs === null ? [] : [`since ${isoTime(sinceMs)}, for ${span(nowMs - sinceMs)}`];
  const after = next === null ? '' : `: then ${next}`;
  if (untilMs === null) return since;
  const left =
    untilMs >= nowMs
      ? `in ${span(untilMs - nowMs)}`
      : `${span(nowMs - untilMs)} ago, and no process has done it`;
  return [...since, `until ${isoTime(untilMs)}, ${left}${after}`];
}

function votersLines(voters: SagaWaiting['voters'], nowMs: number): readonly string[] {
  const width = Math.max(0, ...voters.map(({ service }) => service.length));
  return voters.map((voter) => {
    const nodes =
      voter.nodeIds.length === 1 ? (voter.nodeIds[0] ?? '') : `${voter.nodeIds.length} nodes`;
    const reason = voter.reason === null ? '' : `: ${voter.reason}`;
    return `${voter.service.padEnd(width)}  ${stateText(voter, nowMs)}  ${voter.question} ${nodes} (asked by ${voter.askedBy})${reason}`;
  });
}

function stateText({ state, atMs }: WaitingVoter, nowMs: number): string {
  const words: Record<WaitingVoter['state'], string> = {
    asked: 'no answer',
    ok: 'ok',
    no: 'no',
    unreachable: 'unreachable: no queue takes the question',
    malformed: 'answers, but with no vote',
    done: 'done',
    skipped: 'skipped',
  };
  return atMs === null ? words[state] : `${words[state]} ${span(nowMs - atMs)} ago`;
}

function reasonLines(reason: Reason, nowMs: number, service: string): readonly string[] {
  const where = [service, reason.machine, ...reason.path].join(' ');
  return [
    `${where}, ${reason.state}: ${reason.text}`,
    ...times(reason, nowMs).map((line) => `  ${line}`),
    ...(reason.error === null ? [] : [`  obstacle: ${reason.error}`]),
  ];
}

function operationLines({ operations }: SagaWaiting): readonly string[] {
  return operations.map(({ command, effect }) => `unanimous ${command}: ${effect}`);
}

function nodeLines(node: NodeWhy, nowMs: number): readonly string[] {
  const name = node.cn === null ? node.id : `${node.cn} (${node.objectClass} ${node.id})`;
  if (node.state === 'gone') return goneLines(name, node.deletion, nowMs);
  const names = node.subscribers.map(
    ({ service, consent }) => `${service}${consent ? '' : ' (old peer)'}`,
  );
  const own = node.refusals.map(({ nodeId, reason }) => `${node.owner} for ${nodeId}: ${reason}`);
  const votes = node.plan?.votes ?? [];
  return [
    `${name}: ${node.state === 'held' ? 'held by a saga' : 'nobody deletes or changes it'}; owner ${node.owner}`,
    `  asked before a deletion: ${names.length === 0 ? 'nobody' : shortened(names)}`,
    ...section('would say no', [
      ...own,
      ...(node.unanswered === null ? [] : [`nobody answers for ${node.unanswered}`]),
      ...votes.filter(({ vote }) => vote === 'no').map(voteText),
    ]),
    ...section('no answer now', votes.filter(({ vote }) => vote === 'unknown').map(voteText)),
    ...(node.plan === null
      ? []
      : [
          `  a deletion now: ${node.plan.outcome}; nodes: ${node.plan.totals.nodes}, services: ${node.plan.totals.services}`,
        ]),
    ...(node.held === null ? [] : heldLines(node.held, nowMs)),
    ...[...node.sagas, ...(node.calledOff === null ? [] : [node.calledOff])].flatMap((saga) =>
      sagaLines(saga, nowMs),
    ),
  ];
}

function heldLines(held: HeldDeletion, nowMs: number): readonly string[] {
  return [
    `  a deletion waits for the end of a hold, until ${held.until}, and ${triedAgain(held, nowMs)}`,
    ...held.refusals.map((refusal) => `    ${holdText(refusal)}`),
    `    unanimous sagas cancel-held ${held.id}: ends the wait`,
  ];
}

/** When a held deletion is tried the next time. */
export function triedAgain({ againAtMs }: HeldDeletion, nowMs: number): string {
  return againAtMs === null
    ? 'is tried now'
    : `is tried again ${isoTime(againAtMs)}, in ${span(againAtMs - nowMs)}`;
}

/** A refusal of a held deletion. */
export function holdText(refusal: JsonObject): string {
  const end = refusal['until'] === undefined ? '' : `, until ${refusal['until']}`;
  return `${refusal['service']} says no: ${refusal['reason']}${end}`;
}

function voteText({ voter, nodeId, reason }: PlannedVote): string {
  return `${voter} for ${nodeId}${reason === null ? '' : `: ${reason}`}`;
}

function goneLines(name: string, deletion: NodeWhy['deletion'], nowMs: number): readonly string[] {
  if (deletion === null) return [`${name}: deleted; no record is left of the saga`];
  const { saga, service, atMs, requestedBy, requestedAtMs } = deletion;
  const asked = requestedAtMs === null ? '' : ` at ${isoTime(requestedAtMs)}`;
  return [
    `${name}: deleted ${span(nowMs - atMs)} ago by ${service}, at ${isoTime(atMs)}`,
    `  saga ${saga}, asked for by ${requestedBy ?? 'nobody named'}${asked}`,
    `  who agreed: unanimous sagas show ${saga}`,
  ];
}

function cardLines(card: CardWhy, nowMs: number): readonly string[] {
  const transaction =
    card.transaction === null ? 'no transaction' : `transaction ${card.transaction}`;
  return [
    `card ${card.id}: ${card.state} (${card.service}; of ${card.owner}, ${transaction})`,
    ...(card.deletion === null
      ? ['  no deletion has begun']
      : actorLines(card.deletion, nowMs).map((line) => `  ${line}`)),
  ];
}

function actorLines({ address, status, reasons }: ActorWhy, nowMs: number): readonly string[] {
  if (reasons.length === 0) return [`${addressId(address)}: has ended (${status})`];
  return [
    `${addressId(address)}: ${status}`,
    ...reasons
      .flatMap((reason) => reasonLines(reason, nowMs, address.service))
      .map((line) => `  ${line}`),
    ...reasons
      .flatMap(({ voters }) => voters)
      .map(({ service, state }) => `  ${service}: ${state}`),
  ];
}

function section(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : [`  ${title}:`, ...lines.map((line) => `    ${line}`)];
}

const namesMax = 8;

function shortened(names: readonly string[]): string {
  const more = names.length - namesMax;
  return `${names.slice(0, namesMax).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

/** `42 s`, `7 min`, `3 h 5 min`, `2 d 4 h`. */
export function span(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1_000));
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 120) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} h ${minutes % 60} min`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}
