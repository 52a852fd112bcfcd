/** Defects of the ends: something never ends, ends without a trace, or ends the process. */

import type {
  ServiceDefinition,
  ServiceMachine,
} from '../../../../runtime/messages/service-definition.ts';
import { Transient } from '../../../../runtime/ports/errors.ts';
import type { Consumer, Transport } from '../../../../runtime/ports/transport.ts';
import type { Activity } from '../../../../runtime/step/activity.ts';
import type { Replacements } from '../edge-process.ts';
import { queueOf } from '../edge-services.ts';
import { type Mutant, over } from './mutant.ts';

function asTransient(error: unknown): never {
  throw new Transient('not-reachable', 'a mutant takes every error for a lost connection', {
    cause: error,
  });
}

/** A message that the broker will never take is taken for a message that the broker cannot take now. */
const blockedLine: Mutant = {
  name: 'a row that can never be published is tried for ever',
  draws: 'odd destination',
  shows: ['endless', 'mute'],
  replacements: () => ({
    transport: (transport) =>
      over(transport, { publish: (message) => transport.publish(message).catch(asTransient) }),
  }),
};

/** The journal refuses a data error for the moment, whenever the data comes again. */
const endlessRetry: Mutant = {
  name: 'a data error is tried again for ever',
  draws: 'valid key',
  shows: ['endless', 'lost'],
  replacements: () => ({
    journal: (journal) =>
      over(journal, {
        commit: async (instance, turns, confirmed) => {
          // Stands for a database whose index refuses a long key.
          if (turns.some(({ address }) => address.key.length >= 250)) asTransient('too long');
          return journal.commit(instance, turns, confirmed);
        },
      }),
  }),
};

const lostDeadLetter: Mutant = {
  name: 'a dead letter is not stored',
  draws: 'odd body',
  shows: ['lost'],
  replacements: () => ({
    journal: (journal) =>
      over(journal, {
        addDeadLetter: async () => undefined,
        commit: (instance, turns, confirmed) =>
          journal.commit(
            instance,
            turns.map((turn) => ({ ...turn, deadLetters: [] })),
            confirmed,
          ),
      }),
  }),
};

/** The stored context differs from the live context, as a Date that was stored as text does. */
const storedOtherwise: Mutant = {
  name: 'a value lives until the restart and is another value then',
  draws: 'odd value',
  shows: ['mixed'],
  replacements: () => ({
    journal: (journal) =>
      over(journal, {
        commit: (instance, turns, confirmed) =>
          journal.commit(
            instance,
            turns.map((turn) => ({
              ...turn,
              record:
                turn.record &&
                JSON.parse(
                  JSON.stringify(turn.record).replaceAll('"list":["one"]', '"list":["other"]'),
                ),
            })),
            confirmed,
          ),
      }),
  }),
};

/** The service with other activities. */
function withActivities(
  services: readonly ServiceDefinition[],
  changed: (activity: Activity) => Activity,
): readonly ServiceDefinition[] {
  return services.map((service) => ({
    ...service,
    machines: new Map(
      [...service.machines].map(([name, machine]): [string, ServiceMachine] => [
        name,
        {
          ...machine,
          activities: new Map(
            [...machine.activities].map(([kind, activity]) => [kind, changed(activity)]),
          ),
        },
      ]),
    ),
  }));
}

/** The second try of an activity gets the object that the first try has changed. */
const sharedInput: Mutant = {
  name: 'an activity shares its input',
  draws: 'odd value',
  shows: ['mixed'],
  replacements: () => {
    const inputs = new Map<string, Parameters<Activity['run']>[0]>();
    return {
      services: (services) =>
        withActivities(services, (activity) => ({
          ...activity,
          run: (input, context) => {
            const shared = inputs.get(context.idempotencyKey) ?? input;
            inputs.set(context.idempotencyKey, shared);
            return activity.run(shared, context);
          },
        })),
    };
  },
};

/** The path of an error reads the error by its own methods. */
const failingErrorPath: Mutant = {
  name: 'the path of an error fails by the error',
  draws: 'odd value',
  shows: ['crashes'],
  replacements: () => ({
    services: (services) =>
      withActivities(services, (activity) => ({
        ...activity,
        run: async (input, context) => {
          try {
            return await activity.run(input, context);
          } catch (error) {
            queueMicrotask(() => void `${error}`);
            throw error;
          }
        },
      })),
  }),
};

/** The transport with another consumer of some queues. */
function consuming(
  isMeant: (queue: string) => boolean,
  consumer: (transport: Transport, ...args: Parameters<Transport['consume']>) => Promise<Consumer>,
): Replacements {
  return {
    transport: (transport) =>
      over(transport, {
        consume: (...args) =>
          isMeant(args[0]) ? consumer(transport, ...args) : transport.consume(...args),
      }),
  };
}

/** The answers to questions are acknowledged, and nobody sees the answers. */
const lostAnswer: Mutant = {
  name: 'a question stays open, although its answer has come',
  draws: 'want',
  shows: ['endless'],
  replacements: () =>
    consuming(
      (queue) => queue.includes('reply'),
      (transport, queue, options) => transport.consume(queue, options, async () => 'done'),
    ),
};

/** A service starts and takes nothing from its queue. */
const unreadQueue: Mutant = {
  name: 'messages stay in the queue of a service',
  draws: 'want',
  shows: ['endless'],
  replacements: () =>
    consuming(
      (queue) => queue === queueOf('prices'),
      async () => ({ cancel: async () => undefined, stop: async () => undefined }),
    ),
};

/** The driver knows no lists in headers: a message with a list is never taken, and comes again and again. */
const unreadHeaders: Mutant = {
  name: 'headers that the driver cannot read are delivered for ever',
  draws: 'typed headers',
  shows: ['endless', 'mute', 'lost'],
  replacements: () =>
    consuming(
      () => true,
      (transport, queue, options, handler) =>
        transport.consume(queue, options, async (delivery) => {
          const values = Object.values(delivery.properties.headers ?? {});
          return values.some(Array.isArray) ? 'retry' : handler(delivery);
        }),
    ),
};

/** A store's error that no class of errors fits is taken for a lost connection. */
const endlessStore: Mutant = {
  name: 'an odd error of a store is tried again for ever',
  draws: 'odd store',
  shows: ['endless', 'mute', 'lost'],
  replacements: () => ({
    services: (services) =>
      services.map((service) => ({
        ...service,
        stores: new Map(
          [...service.stores].map(([name, store]) => [
            name,
            over(store, {
              read: async (op, args) => {
                try {
                  return await store.read(op, args);
                } catch (error) {
                  return asTransient(error);
                }
              },
            }),
          ]),
        ),
      })),
  }),
};

export const endingMutants: readonly Mutant[] = [
  lostAnswer,
  unreadQueue,
  unreadHeaders,
  endlessStore,
  blockedLine,
  endlessRetry,
  lostDeadLetter,
  storedOtherwise,
  sharedInput,
  failingErrorPath,
];
