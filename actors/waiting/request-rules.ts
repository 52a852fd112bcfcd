/**
 * Why the machines behind requests wait: creations and other writes that depend on nodes of others,
 * subscriptions, plans, overrides of operators. Pure.
 */
import { objectsIn, textIn, textsIn } from '../consent/saga-history.ts';
import { tries } from './card-rules.ts';
import { type MachineView, objectIn } from './machine-view.ts';
import { named, type Told } from './reason.ts';
import type { Rules } from './rules.ts';

const own = (text: string) => (machine: MachineView) => ({ text, waitsFor: [machine.service] });
const firstMessage = own('has begun: the first step takes the message');

function late(machine: MachineView, state: string): Pick<Told, 'sinceMs' | 'untilMs' | 'next'> {
  const { atMs, sinceMs } = machine.after(state);
  return {
    sinceMs,
    untilMs: atMs,
    next: 'the request is refused with 504, and nothing is written',
  };
}

/** The nodes that are not subscribed to yet. */
function dependsOn({ context }: MachineView): readonly string[] {
  const subscribed = textsIn(context, 'subscribed');
  const ofCreation = textsIn(context, 'depends');
  const ofWrite = objectsIn(context, 'nodes').map((node) => textIn(node, 'nodeId'));
  const all = [...ofCreation, ...ofWrite, ...Object.keys(objectIn(context, 'generations'))];
  return [...new Set(all)].filter((id) => id !== '' && !subscribed.includes(id));
}

/** The states of a write that depends on nodes of other services, below `parent`. */
function dependentRules(parent: string): Rules {
  return {
    [`${parent}.placing`]: (machine) => ({
      text: 'reads whether the nodes that it depends on are free',
      waitsFor: [machine.service],
      ...late(machine, parent),
    }),
    [`${parent}.subscribing`]: (machine) => ({
      text: `has subscribed to ${named(dependsOn(machine))}: waits for the answer of the owner`,
      ...late(machine, parent),
    }),
    [`${parent}.askingAgain`]: (machine) => ({
      text: `the owner of ${named(dependsOn(machine))} holds the node: asks again`,
      ...late(machine, parent),
      untilMs: machine.after(`${parent}.askingAgain`).atMs,
      next: 'it asks again',
    }),
    [`${parent}.parked`]: (machine) => ({
      text: 'a node that it depends on is being deleted or changed: waits for the end of that',
      ...late(machine, parent),
      untilMs: machine.after(`${parent}.parked`).atMs,
      next: 'it looks again',
    }),
  };
}

export const creationRules: Rules = { starting: firstMessage, ...dependentRules('waiting') };
export const dependentWriteRules: Rules = dependentRules('working');
export const rowWritingRules: Rules = {
  writing: own('waits until its rows may be written'),
};
export const baseNodeRules: Rules = {
  ready: own('waits for nothing: looks at every start whether the base node is there'),
};

export const hookActivityRules: Rules = {
  starting: firstMessage,
  running: (machine) => ({
    text: `runs the activity ${textIn(objectIn(machine.context, 'started'), 'activity')} of a hook`,
    ...tries(machine),
  }),
};

export const aliasCreationRules: Rules = { asked: firstMessage };
export const linkWritingRules: Rules = { asked: firstMessage };

function leaving({ context }: MachineView): string {
  const ids = objectsIn(context, 'leaving').map((one) => textIn(one, 'nodeId'));
  return `takes ${textIn(context, 'subscriber') || 'a subscriber'} off the list of ${named(ids)}`;
}

export const subscriptionRules: Rules = {
  taken: firstMessage,
  leaving: (machine) => ({
    text: `${leaving(machine)}: waits until no saga asks it about the node any more`,
    untilMs: machine.after('leaving').atMs,
    next: 'it looks again',
  }),
  looking: (machine) => ({
    text: `${leaving(machine)}: reads whether a saga asks it about the node`,
    waitsFor: [machine.service],
  }),
};

/** The subscribers that have not answered the plan's question. */
function unheard({ context }: MachineView): readonly string[] {
  const heard = JSON.stringify(context['heard'] ?? []);
  return objectsIn(context, 'subscriptions')
    .map((one) => textIn(one, 'service'))
    .filter((service) => !heard.includes(JSON.stringify(service)));
}

export const planRules: Rules = {
  starting: firstMessage,
  measuring: own('reads the rows of the nodes'),
  asking: (machine) => ({
    text: `asks the subscribers what they would say: waits for ${named(unheard(machine))}`,
    waitsFor: unheard(machine),
    untilMs: machine.after('asking').atMs,
    next: 'the plan names the services without an answer as silent',
  }),
};

export const operationRules: Rules = {
  taken: firstMessage,
  asked: (machine) => ({
    text: `hands the override of ${textIn(objectIn(machine.context, 'data'), 'by')} to the saga`,
    waitsFor: [machine.service],
    sinceMs: machine.after('asked').sinceMs,
    untilMs: machine.after('asked').atMs,
    next: 'the operator gets 504; the override may still be carried out',
  }),
};

export const adoptionRules: Rules = { taken: firstMessage };

function retentionIn({ context }: MachineView): { readonly voter: string; readonly until: string } {
  const kept = objectIn(context, 'retention');
  return { voter: textIn(kept, 'voter') || 'a voter', until: textIn(kept, 'until') };
}

export const retentionRules: Rules = {
  starting: firstMessage,
  waiting: (machine) => ({
    text: `${retentionIn(machine).voter} keeps rows of deleted nodes up to ${retentionIn(machine).until}`,
    untilMs: machine.after('waiting').atMs,
    next: 'the voter is told to remove what it has kept',
  }),
  telling: (machine) => ({
    text: `the retention is over: waits until ${retentionIn(machine).voter} has removed what it has kept`,
    waitsFor: [retentionIn(machine).voter],
    untilMs: machine.child('clean-up')?.after('waiting').atMs ?? null,
    next: 'the message is sent again',
  }),
};

function heldIn({ context }: MachineView) {
  return objectIn(context, 'held');
}

export const heldDeletionRules: Rules = {
  starting: firstMessage,
  waiting: (machine) => ({
    text: `the deletion of ${textIn(heldIn(machine), 'id')} is held up to ${textIn(heldIn(machine), 'until')}`,
    untilMs: machine.after('waiting').atMs,
    next: 'the deletion is tried again',
  }),
  trying: (machine) => ({
    text: `the deletion of ${textIn(heldIn(machine), 'id')} is tried again: waits for its answer`,
    waitsFor: [machine.service],
  }),
  unanswered: (machine) => ({
    text: `the last try of the deletion of ${textIn(heldIn(machine), 'id')} had no answer from a voter`,
    untilMs: machine.after('unanswered').atMs,
    next: 'the deletion is tried again',
  }),
  paused: (machine) => ({
    text: `the deletion of ${textIn(heldIn(machine), 'id')} could not be tried`,
    untilMs: machine.after('paused').atMs,
    next: 'the deletion is tried again',
  }),
};
