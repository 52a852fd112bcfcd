/** Defects of a participant: of the write that its rows wait for, and of its voter. */
import type { Dependence } from '../../../../actors/consent/dependences.ts';
import { rowWrites } from '../../../../actors/consent/dependences.ts';
import type { LinkState } from '../../../../actors/consent/ledger/store.ts';
import { ledgerWrite } from '../../../../actors/consent/ledger/store.ts';
import { idList } from '../../../../actors/consent/node-ids.ts';
import type { Dependants } from '../../../../actors/consent/objections.ts';
import { subscribeMessage } from '../../../../actors/consent/subscribe-messages.ts';
import { verbs } from '../../../../actors/consent/verbs.ts';
import { consentMachines } from '../../../../actors/peer/consent-machines.ts';
import { dependentWrite } from '../../../../actors/peer/dependent-write-machine.ts';
import type { Context, PromiseParams, QuestionEvent } from '../../../../actors/voter/context.ts';
import { voterMachine } from '../../../../actors/voter/voter-machine.ts';
import type { ServiceDefinition } from '../../../../runtime/messages/service-definition.ts';
import type { Write } from '../../../../runtime/ports/store.ts';
import { type Destination, publish, write } from '../../../../runtime/step/effects.ts';
import { type Mutant, replaced, withMachine } from './mutant.ts';

type Node = {
  readonly entity: string;
  readonly owner: Destination | null;
  readonly link: LinkState;
};
type Found = {
  readonly $: { readonly read: { readonly service: string; readonly nodes: readonly Node[] } };
};
type Happened = { readonly type: string };
type WritingArgs = {
  readonly context: { readonly writes: readonly Write[] };
  readonly event: Happened;
};

type GuardedArgs = WritingArgs & {
  readonly context: { readonly generations: Readonly<Record<string, number>> };
};

function foundIn(event: Happened): Found['$']['read'] {
  return (event as unknown as Found).$.read;
}

/** The service with this machine in place of `dependentWrite`. */
function writingWith(machine: ReturnType<typeof replaced>) {
  return (service: ServiceDefinition): ServiceDefinition =>
    withMachine(service, 'row-writing', { actors: { dependentWrite: machine } });
}

/** Links and subscribes in the step that writes the rows, and does not wait for the answer. */
const createsBeforeOk: Mutant = {
  name: 'a participant creates before its ok',
  participant: {
    service: writingWith(
      replaced(dependentWrite, {
        guards: { mustSubscribe: () => false },
        actions: {
          write: write(({ context, event }: WritingArgs) => {
            const { service, nodes } = foundIn(event);
            const links = nodes.map(({ entity, link: { nodeId, generation } }) =>
              ledgerWrite('link', { service, nodeId, entity, generation: generation + 1 }, null),
            );
            const on = nodes.map(({ link: { nodeId } }) => nodeId);
            return [...links, ledgerWrite('depend', { service, on }, {}), ...context.writes];
          }),
          answer: publish(({ event }: WritingArgs) => {
            const { service, nodes } = foundIn(event);
            return nodes.flatMap(({ owner, link: { nodeId, generation } }) =>
              owner === null
                ? []
                : [subscribeMessage({ service }, 'subscribe', owner, nodeId, generation + 1, [])],
            );
          }),
        },
      }),
    ),
  },
};

/** Writes without the guard, also while a promise stands. */
const reopensUnderPromise: Mutant = {
  name: 'a participant reopens under its promise',
  participant: {
    service: writingWith(
      replaced(dependentWrite, {
        guards: { isHeld: () => false },
        actions: { write: write(({ context }: WritingArgs) => [...context.writes]) },
      }),
    ),
  },
};

/** The last row takes the subscription along, and the link does not say so. */
const endsUnnoted: Mutant = {
  name: 'a participant unsubscribes without noting the end',
  participant: {
    service: writingWith(
      replaced(dependentWrite, {
        actions: {
          write: write(({ context: { generations, writes }, event }: GuardedArgs) => {
            const { service } = foundIn(event);
            const on = Object.keys(generations);
            return [ledgerWrite('depend', { service, on }, { subscribed: generations }), ...writes];
          }),
        },
      }),
    ),
  },
};

type VoterArgs = { readonly context: Context; readonly event: Happened };

/** What the read of a question has found. */
function dependantsIn(event: Happened): Partial<Dependants> {
  return (event as unknown as { readonly $: { readonly read?: Dependants } }).$.read ?? {};
}

function withVoter(
  name: string,
  replacements: (
    service: string,
    dependences: readonly Dependence[],
  ) => Parameters<typeof replaced>[1],
): Mutant {
  return {
    name,
    participant: {
      machines: {
        ...consentMachines,
        voter: (settings, actors, dependences) =>
          replaced(
            voterMachine(settings, actors, dependences),
            replacements(settings.service, dependences),
          ),
      },
    },
  };
}

/** The rows are cleaned up in the commit of the promise. */
const cleansBeforeDecision = withVoter(
  'a participant cleans before the decision',
  (service, dependences) => ({
    actions: {
      promise: write(({ context, event }: VoterArgs, params: PromiseParams) => {
        const { nodeIds, state, links } = params;
        if (nodeIds.length === 0) return undefined;
        const { saga, verb } = context;
        const args = { saga, service, mode: verbs[verb].mode, nodeIds, state };
        return [
          ledgerWrite('promise', args, links === null ? null : { links }),
          ...rowWrites(dependences, verb, dependantsIn(event).rows ?? []),
        ];
      }) as never,
    },
  }),
);

/** A promise of an earlier saga about the same nodes is taken for the answer to this one. */
const answersWrongRound = withVoter('a participant answers for a wrong round', () => ({
  guards: {
    isGoneAlready: (({ context, event }: VoterArgs & { readonly event: QuestionEvent }) => {
      const { links = [] } = dependantsIn(event);
      const isAnswered = (id: string): boolean =>
        links.some(
          ({ nodeId, tombstoned, promises }) =>
            nodeId === id && (tombstoned || promises.some(({ state }) => state === 'ok')),
        );
      return context.nodes.length === 0 && idList(event.data.id).every(isAnswered);
    }) as never,
  },
}));

export const participantMutants: readonly Mutant[] = [
  createsBeforeOk,
  reopensUnderPromise,
  endsUnnoted,
  cleansBeforeDecision,
  answersWrongRound,
];
