import type { Subscription } from '../../../../actors/consent/ledger/store.ts';
import type { NodeState } from '../../../../actors/consent/nodes.ts';
import type { Dependants } from '../../../../actors/consent/objections.ts';
import { cleanUpMachine } from '../../../../actors/delete-saga/clean-up-machine.ts';
import { deleteSagaMachine } from '../../../../actors/delete-saga/delete-saga-machine.ts';
import { dependencyMachine } from '../../../../actors/delete-saga/dependency-machine.ts';
import { voteCollectionMachine } from '../../../../actors/vote-collection/vote-collection-machine.ts';
import { voterMachine } from '../../../../actors/voter/voter-machine.ts';
import type { Headers } from '../../../../runtime/ports/envelope.ts';
import type { Json, JsonObject } from '../../../../runtime/ports/json.ts';
import { caller, given, type MachineSpec, message } from '../../../../testing.ts';
import {
  asJson,
  id,
  methodsSettings,
  node,
  ok,
  plainNodes,
  subscription,
  under,
} from '../consent/sample.ts';

export const service = 'methods_model_crud';
export const saga = deleteSagaMachine(
  methodsSettings,
  {
    voteCollection: voteCollectionMachine,
    cleanUp: cleanUpMachine,
    dependency: dependencyMachine,
  },
  plainNodes,
);
export const machine = voterMachine(methodsSettings, { innerSaga: saga });

export type Found = Partial<Dependants>;
export interface Asked {
  readonly found?: Found;
  readonly headers?: Headers;
  readonly exchange?: string;
  readonly oneWay?: boolean;
}

export function links(ids: readonly string[], tombstoned: boolean): Dependants['links'] {
  return ids.map((nodeId) => ({
    nodeId,
    entity: 'tags',
    version: 3,
    generation: 1,
    givenUp: 0,
    tombstoned,
    promises: [],
  }));
}

export function event(
  type: string,
  numbers: readonly number[],
  { found = {}, headers = under('T'), exchange = 'tags', oneWay = false }: Asked = {},
) {
  const ids = numbers.map(id);
  const read = asJson({
    links: links(ids, false),
    refusals: [],
    nodes: [],
    detached: [],
    conflicts: [],
    subscriptions: [],
    ...found,
  });
  const made = message(
    type,
    { id: ids.length === 1 ? ids[0] : ids },
    { read, headers, ...(oneWay ? {} : { replyTo: caller(`${type}-${numbers.join('+')}`) }) },
  );
  return { ...made, $: { ...made.$, message: { ...made.$.message, exchange } } };
}

export function to(type: string, ...numbers: readonly number[]) {
  return caller(`${type}-${numbers.join('+')}`);
}

/** The node 20 depends on node 1 (or another) and has subscribers. */
export function dependants(
  through: number,
  subscriptions: readonly Subscription[] = [],
  number = 20,
): Found {
  return {
    nodes: [{ ...node(number, { objectClass: 'prsMethod' }), through: id(through) }],
    subscriptions,
  };
}

export const rosters: {
  readonly [nodeId: string]: {
    readonly nodes: readonly NodeState[];
    readonly subscriptions: readonly Subscription[];
  };
} = {
  [id(20)]: {
    nodes: [node(20, { objectClass: 'prsMethod' })],
    subscriptions: [subscription(20, 'views')],
  },
  [id(21)]: { nodes: [node(21, { objectClass: 'prsMethod' })], subscriptions: [] },
};
export const reads = {
  'consent.roster': (args: Json) =>
    asJson(
      rosters[((args as JsonObject)['nodeIds'] as string[])[0] ?? ''] ?? {
        nodes: [],
        subscriptions: [],
      },
    ),
  'consent.removal': () => ({ links: [], beside: [] }),
};
export const views = { routingKey: 'views' };

export function voter(): MachineSpec {
  return given(machine, { key: 'T', reads });
}

export function write(op: string, args: JsonObject, expect: Json = null) {
  return { store: 'ledger', op, args, expect };
}
export function promise(
  state: 'collecting' | 'ok',
  numbers: readonly number[],
  expect: Json = { links: Object.fromEntries(numbers.map((n) => [id(n), 3])) },
) {
  return write(
    'promise',
    { saga: 'T', service, mode: 'D', nodeIds: numbers.map(id), state },
    expect,
  );
}
export const released = write('release', { saga: 'T', service });
export function fulfil(...numbers: readonly number[]) {
  return {
    op: 'fulfil',
    args: { saga: 'T', service, nodeIds: numbers.map(id), gone: true, atMs: 1_000_000 },
  };
}

/** Promised about node 1, which nothing here depends on. */
export const promised = voter().when(event('mayDelete', [1]));
/** Asked about node 1, on which node 20 depends, to which `views` is subscribed. */
export const collecting = voter().when(
  event('mayDelete', [1], { found: dependants(1, [subscription(20, 'views')]) }),
);
export const agreed = collecting.answers(views, ok);

export function noted(spec: MachineSpec): readonly unknown[] {
  return spec.records().map(({ line }) => line['what']);
}
