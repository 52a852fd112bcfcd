/** Defects in the order of subscription, freeze, tombstone and answer. */
import { assign, enqueueActions } from 'xstate';
import { factMessages } from '../../../../actors/consent/messages.ts';
import {
  dependsOn,
  nextGenerations,
  type Placement,
  referencedIds,
  upstreamOf,
} from '../../../../actors/consent/placement.ts';
import { subscribeMessage } from '../../../../actors/consent/subscribe-messages.ts';
import {
  type Context,
  type Events,
  type FirstEvent,
  takenFrom,
} from '../../../../actors/model-crud/node-creation.ts';
import { nodeCreationMachine } from '../../../../actors/model-crud/node-creation-machine.ts';
import {
  answerable,
  fulfillable,
  okAnswer,
  type VoterPart,
  withPhase,
} from '../../../../actors/voter/part.ts';
import { voterMachine } from '../../../../actors/voter/voter-machine.ts';
import { publish } from '../../../../runtime/step/effects.ts';
import { type Mutant, replaced } from './mutant.ts';

interface Creation {
  readonly id: string;
  readonly place: Placement;
  readonly depends: readonly string[];
  readonly generations: Readonly<Record<string, number>>;
}

const createFirst: Mutant = {
  name: 'create first, subscribe second',
  machines: {
    nodeCreation: (settings) =>
      replaced(nodeCreationMachine(settings), {
        guards: { dependsOnOthers: () => false },
        actions: {
          announce: publish(({ context }: { context: Creation }) => [
            ...factMessages(settings, 'created', context.id, context.id),
            ...context.depends.flatMap((nodeId) => {
              const owner = upstreamOf(settings, context.place, nodeId)?.owner;
              const generation = context.generations[nodeId] ?? 1;
              return owner === undefined
                ? []
                : [
                    subscribeMessage(settings, 'subscribe', owner, nodeId, generation, [
                      context.id,
                    ]),
                  ];
            }),
          ]) as never,
        },
      }),
  },
};

/** An engaged voter waits until its own dependants have answered. */
const secondWaits: Mutant = {
  name: 'second arrival waits',
  machines: {
    voter: (settings, actors, dependences, detachment) =>
      replaced(voterMachine(settings, actors, dependences, detachment), {
        actions: {
          answerWhatIsDone: enqueueActions(({ context, event, enqueue }) => {
            const done = fulfillable(context as VoterPart);
            const part = withPhase(context as VoterPart, done, 'gone');
            const { answered } = answerable(part);
            const isCollecting = part.groups.some(({ phase }) => phase === 'asking');
            const now = answered.filter(({ phase }) => phase !== 'may' || !isCollecting);
            enqueue({
              type: 'fulfil',
              params: { nodeIds: done, atMs: (event as unknown as { $: { atMs: number } }).$.atMs },
            });
            for (const { to, ids } of now)
              enqueue({ type: 'answer', params: { to, body: okAnswer(ids) } });
            enqueue.assign({
              nodes: part.nodes,
              questions: part.questions.filter((question) => !now.includes(question)),
            });
          }) as never,
        },
      }),
  },
};

/** The references of the first copy are looked at, and those of the nodes below are not. */
const firstCopyOnly: Mutant = {
  name: 'a copy looks at its first node only',
  machines: {
    nodeCreation: (settings) =>
      replaced(nodeCreationMachine(settings), {
        actions: {
          take: assign(({ context, event }: { context: Context; event: Events }) => {
            const taken = takenFrom(settings, {}, context, event as FirstEvent);
            const { place = context.place, attributes } = taken;
            const depends = dependsOn(settings, place, referencedIds(settings, attributes));
            return { ...taken, depends, generations: nextGenerations(place, depends) };
          }) as never,
        },
      }),
  },
};

export const orderMutants: readonly Mutant[] = [createFirst, secondWaits, firstCopyOnly];
