/** Defects of identity: two things share one name. */
import type { Delivery, OutgoingMessage } from '../../../../runtime/ports/envelope.ts';
import type { Transport } from '../../../../runtime/ports/transport.ts';
import { type Mutant, over, withRoutes } from './mutant.ts';

/** A key of any type becomes text before the runtime sees the key. */
const keyAsText: Mutant = {
  name: 'a key that is no text is made text',
  draws: 'odd key',
  shows: ['mixed', 'lost'],
  replacements: () => ({
    services: (services) =>
      withRoutes(services, (route) => ({
        ...route,
        to: (message, newId) => {
          const targets = route.to(message, newId);
          return 'key' in targets ? { ...targets, key: String(targets.key) } : targets;
        },
      })),
  }),
};

const joinedKey: Mutant = {
  name: 'two parts are joined to one key without an escape',
  draws: 'pair',
  shows: ['mixed'],
  replacements: () => ({
    services: (services) =>
      withRoutes(services, (route, action) =>
        action === 'pair'
          ? {
              ...route,
              to: ({ data }) => {
                const { one, two } = data as { one: string; two: string };
                return { key: `${one}/${two}` };
              },
            }
          : route,
      ),
  }),
};

/** The transport with a function between the broker and the services. */
function receiving(
  transport: Transport,
  take: (
    delivery: Delivery,
    handle: (delivery: Delivery) => ReturnType<Parameters<Transport['consume']>[2]>,
  ) => ReturnType<Parameters<Transport['consume']>[2]>,
): Transport {
  return over(transport, {
    consume: (queue, options, handler) =>
      transport.consume(queue, options, (delivery) => take(delivery, handler)),
  });
}

const joinedIdentity: Mutant = {
  name: 'reply address and correlation id are joined to one identity',
  draws: 'joined ids',
  shows: ['lost', 'mixed'],
  replacements: () => ({
    transport: (transport) =>
      receiving(transport, (delivery, handle) => {
        const { messageId, replyTo, correlationId } = delivery.properties;
        if (messageId !== undefined || replyTo === undefined) return handle(delivery);
        const joined = { messageId: `${replyTo} ${correlationId}`, appId: 'joined' };
        return handle({ ...delivery, properties: { ...delivery.properties, ...joined } });
      }),
  }),
};

/** Answers a message id that is known with the answer that was given under this id. */
const answeredFromMemory: Mutant = {
  name: 'a message id that comes with other content gets the first answer',
  draws: 'again',
  shows: ['lost', 'mixed'],
  replacements: () => {
    const idOf = new Map<string, string>();
    const answers = new Map<string, OutgoingMessage>();
    return {
      transport: (transport) =>
        over(
          receiving(transport, async (delivery, handle) => {
            const { messageId = '', replyTo = '' } = delivery.properties;
            const first = answers.get(messageId);
            if (first === undefined) {
              idOf.set(replyTo, messageId);
              return handle(delivery);
            }
            await transport.publish({ ...first, routingKey: replyTo });
            return 'done';
          }),
          {
            publish: (message) => {
              const id = idOf.get(message.routingKey);
              if (id !== undefined && id !== '') answers.set(id, message);
              return transport.publish(message);
            },
          },
        ),
    };
  },
};

/** The answer to a question of an earlier child goes to the newest question of the same actor. */
const lateAnswer: Mutant = {
  name: 'a late answer goes to the new child',
  draws: 'want',
  shows: ['mixed'],
  replacements: () => {
    const askers = new Map<string, string>();
    const newest = new Map<string, string>();
    return {
      journal: (journal) =>
        over(journal, {
          commit: async (instance, turns, confirmed) => {
            for (const { asks } of turns) {
              for (const { correlationId, address } of asks) {
                askers.set(correlationId, address.key);
                newest.set(address.key, correlationId);
              }
            }
            return journal.commit(instance, turns, confirmed);
          },
        }),
      transport: (transport) =>
        receiving(transport, (delivery, handle) => {
          const { correlationId = '' } = delivery.properties;
          const current = newest.get(askers.get(correlationId) ?? '');
          if (current === undefined || !delivery.queue.includes('reply')) return handle(delivery);
          const properties = { ...delivery.properties, correlationId: current };
          return handle({ ...delivery, properties });
        }),
    };
  },
};

export const identityMutants: readonly Mutant[] = [
  keyAsText,
  joinedKey,
  joinedIdentity,
  answeredFromMemory,
  lateAnswer,
];
