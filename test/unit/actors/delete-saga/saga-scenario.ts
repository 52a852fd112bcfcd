import type { LinkState, Subscription } from '../../../../actors/consent/ledger/store.ts';
import type { NodeState } from '../../../../actors/consent/nodes.ts';
import type { Engagement } from '../../../../actors/consent/start-problems.ts';
import { cleanUpMachine } from '../../../../actors/delete-saga/clean-up-machine.ts';
import { deleteSagaMachine } from '../../../../actors/delete-saga/delete-saga-machine.ts';
import { dependencyMachine } from '../../../../actors/delete-saga/dependency-machine.ts';
import type { RosterNow } from '../../../../actors/delete-saga/saga.ts';
import { voteCollectionMachine } from '../../../../actors/vote-collection/vote-collection-machine.ts';
import type { Json, JsonObject } from '../../../../runtime/ports/json.ts';
import { caller, given, type MachineSpec, message } from '../../../../testing.ts';
import {
  asJson,
  asObject,
  id,
  node,
  plainNodes,
  subscription,
  tagsSettings,
} from '../consent/sample.ts';

export const actors = {
  voteCollection: voteCollectionMachine,
  cleanUp: cleanUpMachine,
  dependency: dependencyMachine,
};
export const machine = deleteSagaMachine(tagsSettings, actors, plainNodes);
/** The saga's id: what the actor was given at its start. */
export const saga = 'new-1';
export const service = 'tags_model_crud';
export const alerts = { routingKey: 'alerts' };
export const methods = { routingKey: 'methods' };
/** The message of a decision to the voter `alerts`. */
export const told = { ...alerts, action: 'deleting' };
export const asker = caller('m1');

export function engagement(more: Partial<Engagement> = {}): Json {
  return asJson({
    nodes: [node(1)],
    missing: [],
    gone: [],
    foreign: [],
    refusals: [],
    conflicts: [],
    above: [],
    subscriptions: [],
    ...more,
  });
}

export function list(
  nodes: readonly NodeState[],
  subscriptions: readonly Subscription[],
): RosterNow {
  return { nodes, subscriptions };
}

/** One answer after the other; the last one again and again. */
export function inTurn(...results: readonly unknown[]): () => Json {
  let next = 0;
  return () => asJson(results[Math.min(next++, results.length - 1)]);
}

export interface Begun {
  readonly nodes?: readonly NodeState[];
  readonly subscriptions?: readonly Subscription[];
  readonly rosters?: readonly RosterNow[];
  readonly links?: readonly LinkState[];
}

export function world({
  nodes = [node(1)],
  subscriptions = [],
  rosters,
  links = [],
}: Begun): Record<string, () => Json> {
  return {
    'consent.roster': inTurn(...(rosters ?? [list(nodes, subscriptions)])),
    'consent.orphanedLinks': () => asJson(links),
    'consent.removal': () => asJson({ links, beside: [] }),
  };
}

/** A root deletion that has begun. */
export function deleting(begun: Begun = {}): MachineSpec {
  const { nodes = [node(1)], subscriptions = [] } = begun;
  const read = engagement({ nodes, subscriptions });
  return given(machine, { reads: world(begun) }).when(
    message(
      'delete',
      { id: nodes.map((one) => one.id) },
      { read, replyTo: asker, from: 'tags_api_crud' },
    ),
  );
}

/** A voter's own part, as the voter starts it. */
export function engaged(
  begun: Begun & { readonly decided?: boolean; readonly deadlineMs?: number } = {},
): MachineSpec {
  const { nodes = [node(1)], subscriptions = [], decided = false, deadlineMs = 9_500 } = begun;
  const input = asObject({
    saga: 'T',
    verb: 'delete',
    through: [id(90)],
    nodes,
    subscriptions,
    hops: 3,
    deadlineMs,
    decided,
  });
  return given(machine, { reads: world(begun), input });
}

export function write(op: string, args: JsonObject, expect: Json = null) {
  return { store: 'ledger', op, args, expect };
}

/** A saga that holds nothing, as the ledger notes it. */
export function noted(state: 'waiting' | 'refused', more: JsonObject = {}) {
  const row = {
    saga,
    service,
    state,
    mode: 'D',
    nodeIds: [id(1)],
    actor: 'actor',
    age: saga,
    requestedBy: null,
    atMs: 1_000_000,
  };
  return write('unheld', { ...row, ...more });
}
/** All is released, and that it was refused is noted: a retry may keep its age. */
export function calledOff(more: JsonObject = {}) {
  return [write('release', { saga, service }), noted('refused', more)];
}

export const both = [subscription(1, 'alerts'), subscription(1, 'methods')];

export const left = {
  id: id(70),
  cn: 'hot',
  objectClass: 'prsAlert',
  service: 'retired',
  parentId: id(1),
};
export const unanswered = { count: 1, nodes: [left] };
export const nobody = `nobody answers for prsAlert hot (${id(70)} of retired)`;
