/**
 * Why an actor waits: the reason of its machine, and of each child machine that does not only serve
 * its parent. Pure.
 *
 * - Never unknown: a machine without its own rules waits for its activities, its children, its next
 *   timer or its next message. So the machines of users have reasons too.
 * - An actor that has ended waits for nothing.
 */
import {
  cardDeletionRules,
  cardRules,
  fileRemovalRules,
  transactionCallbackRules,
  transactionRules,
} from './card-rules.ts';
import { burnCheckRules, tracerRules } from './chain-rules.ts';
import { type ActorRows, MachineView } from './machine-view.ts';
import { isOutsidePart, outsidePartRules } from './outside-rules.ts';
import { named, type Reason, type Told } from './reason.ts';
import {
  adoptionRules,
  aliasCreationRules,
  baseNodeRules,
  creationRules,
  dependentWriteRules,
  heldDeletionRules,
  hookActivityRules,
  linkWritingRules,
  operationRules,
  planRules,
  retentionRules,
  rowWritingRules,
  subscriptionRules,
} from './request-rules.ts';
import type { Rules } from './rules.ts';
import { sagaRules } from './saga-rules.ts';
import { voterRules } from './voter-rules.ts';

/** By the name of the machine, or by the name that its parent gives it. */
export const rulesByMachine: Readonly<Record<string, Rules>> = {
  'delete-saga': sagaRules,
  innerSaga: sagaRules,
  'outside-part': outsidePartRules,
  voter: voterRules,
  'node-creation': creationRules,
  dependentWrite: dependentWriteRules,
  'row-writing': rowWritingRules,
  'base-node': baseNodeRules,
  'hook-activity': hookActivityRules,
  'link-writing': linkWritingRules,
  'alias-creation': aliasCreationRules,
  subscription: subscriptionRules,
  'deletion-plan': planRules,
  'saga-operation': operationRules,
  adoption: adoptionRules,
  card: cardRules,
  'card-deletion': cardDeletionRules,
  'file-remover': fileRemovalRules,
  transaction: transactionRules,
  'transaction-callback': transactionCallbackRules,
  retention: retentionRules,
  'held-deletion': heldDeletionRules,
  tracer: tracerRules,
  'burn-check': burnCheckRules,
};

/** Children whose waiting the rules of their parents tell. */
export const toldByParent: readonly string[] = ['voteCollection', 'cleanUp', 'dependency'];

export function waitingReasons(rows: ActorRows): readonly Reason[] {
  return rows.record.status === 'active' ? reasonsOf(MachineView.of(rows)) : [];
}

function reasonsOf(machine: MachineView): readonly Reason[] {
  const children = machine.children.filter(({ name }) => !toldByParent.includes(name));
  return [...ownReasons(machine), ...children.flatMap(reasonsOf)];
}

/** The part of a system outside stands under the name of the inner saga. */
function rulesOf(machine: MachineView): Rules | undefined {
  const isPart = machine.name === 'innerSaga' && isOutsidePart(machine);
  return rulesByMachine[isPart ? 'outside-part' : machine.name];
}

function ownReasons(machine: MachineView): readonly Reason[] {
  return machine.states.map((state) => {
    const rule = rulesOf(machine)?.[state] ?? anyMachine;
    return {
      path: machine.path,
      machine: machine.name,
      state,
      waitsFor: [],
      sinceMs: null,
      untilMs: null,
      next: null,
      error: null,
      voters: [],
      ...rule(machine),
    };
  });
}

/** The reason of a machine when only its rows are known. */
function anyMachine(machine: MachineView): Told {
  const [running] = machine.activities;
  if (running !== undefined) {
    const { kind, attempt, notBeforeMs } = running;
    const tried = attempt === 0 ? 'runs' : `has failed ${attempt} times`;
    return {
      text: `waits for its activity ${kind}, which ${tried}`,
      waitsFor: [machine.service],
      untilMs: attempt === 0 ? null : notBeforeMs,
      next: attempt === 0 ? null : 'the activity is tried again',
    };
  }
  const children = machine.children.map(({ path }) => path.at(-1) ?? '');
  const { next } = machine;
  const until = { untilMs: next?.atMs ?? null, next: next ? eventText(next.event) : null };
  if (children.length > 0) return { text: `waits for its children ${named(children)}`, ...until };
  return next === undefined
    ? { text: 'waits for its next message' }
    : { text: 'waits for its next message or its timer', ...until };
}

function eventText(event: string): string {
  return `its timer fires: ${event}`;
}
