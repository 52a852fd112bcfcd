/**
 * Why a voter waits: one service's part in a saga of another service. Pure.
 *
 * - A voter has one state for its whole part, so its context tells what it waits for. The inner
 *   sagas of the voter have their own reasons.
 */
import type { JsonObject } from '../../runtime/ports/json.ts';
import { objectsIn, textIn, textsIn } from '../consent/saga-history.ts';
import { type MachineView, numberIn } from './machine-view.ts';
import { named, type Told } from './reason.ts';
import type { Rules } from './rules.ts';

/** What a voter may wait for, the most telling first. */
const waits: readonly ((machine: MachineView) => Told | undefined)[] = [
  unproven,
  rowsLeft,
  restarting,
  cleaning,
  asking,
  parked,
  promised,
];

export const voterRules: Rules = {
  engaged: (machine) => {
    for (const wait of waits) {
      const told = wait(machine);
      if (told !== undefined) return told;
    }
    return { text: 'has done its part and takes the last messages of the saga' };
  },
};

function having(list: readonly JsonObject[], member: string, value: string): readonly JsonObject[] {
  return list.filter((one) => textIn(one, member) === value);
}

function nodesIn({ context }: MachineView, phase: string): readonly JsonObject[] {
  return having(objectsIn(context, 'nodes'), 'phase', phase);
}

function idsOf(nodes: readonly JsonObject[]): string {
  return named(nodes.map((node) => textIn(node, 'id')));
}

function inquiry(machine: MachineView): Pick<Told, 'untilMs' | 'next'> {
  return { untilMs: machine.due('in-doubt'), next: 'it asks the owner how the saga stands' };
}

function unproven(machine: MachineView): Told | undefined {
  const open = having(objectsIn(machine.context, 'unproven'), 'state', 'open');
  if (open.length === 0) return undefined;
  const ids = open.flatMap((one) => textsIn(one, 'open'));
  return {
    text: `was told to clean up for ${named(ids)} without having promised: waits until the owner confirms the decision`,
    ...inquiry(machine),
  };
}

function rowsLeft(machine: MachineView): Told | undefined {
  const groups = having(objectsIn(machine.context, 'groups'), 'phase', 'cleaning');
  if (!groups.some((group) => group['ofRows'] === true)) return undefined;
  return {
    text: 'is decided, but the database refuses the clean-up of its rows',
    waitsFor: [machine.service],
    untilMs: machine.next?.atMs ?? null,
    next: 'it tries again',
  };
}

function restarting(machine: MachineView): Told | undefined {
  const untilMs = machine.due('restart');
  if (untilMs === null) return undefined;
  return {
    text: 'its part of the saga has failed: begins again',
    waitsFor: [machine.service],
    untilMs,
    next: 'the part begins again',
  };
}

function cleaning(machine: MachineView): Told | undefined {
  const going = nodesIn(machine, 'deleting');
  if (going.length === 0) return undefined;
  return {
    text: `is decided: waits until everything that depends on ${idsOf(going)} is gone here`,
    waitsFor: [machine.service],
  };
}

function asking(machine: MachineView): Told | undefined {
  const asked = nodesIn(machine, 'asked');
  if (asked.length === 0) return undefined;
  return {
    text: `was asked about ${idsOf(asked)}: asks the subscribers of what depends on it here`,
    sinceMs: askedAtMs(machine),
    untilMs: machine.due('in-doubt'),
    next: 'it asks the owner how the saga stands',
  };
}

function parked(machine: MachineView): Told | undefined {
  const [first] = objectsIn(machine.context, 'parked');
  if (first === undefined) return undefined;
  return {
    text: `was asked about ${named(textsIn(first, 'ids'))}, which another operation holds here`,
    waitsFor: [machine.service],
    untilMs: numberIn(first, 'deadlineAtMs'),
    next: 'it answers no',
  };
}

function promised(machine: MachineView): Told | undefined {
  const nodes = nodesIn(machine, 'promised');
  if (nodes.length === 0) return undefined;
  const inquiries = numberIn(machine.context, 'inquiries') ?? 0;
  const known =
    machine.context['ownerKnows'] === true ? 'and the owner has not decided yet' : 'in vain so far';
  const asked = inquiries === 0 ? '' : `; it has asked the owner ${inquiries} times, ${known}`;
  return {
    text: `has promised ${idsOf(nodes)}: waits for the decision of the owner (exchange ${exchangesOf(nodes)})${asked}`,
    sinceMs: askedAtMs(machine),
    ...inquiry(machine),
  };
}

function exchangesOf(nodes: readonly JsonObject[]): string {
  return named(nodes.map((node) => textIn(node, 'exchange')));
}

/** 0 stands for no question. */
function askedAtMs({ context }: MachineView): number | null {
  return numberIn(context, 'askedAtMs') || null;
}
