/** Defects of the ports: the transport and the journal. */
import type { Journal } from '../../../../runtime/ports/journal.ts';
import type { AskRow, TurnCommit } from '../../../../runtime/ports/journal-rows.ts';
import type { Transport } from '../../../../runtime/ports/transport.ts';
import type { Mutant } from './mutant.ts';

/** The port with these members in place of its own. */
export function over<Port extends object>(port: Port, replacements: Partial<Port>): Port {
  return new Proxy(port, {
    get(target, name) {
      const member: unknown = Reflect.get(replacements, name) ?? Reflect.get(target, name, target);
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
}

const acknowledgedFirst: Mutant = {
  name: 'acknowledging before handling',
  through: {
    transport: (transport: Transport) =>
      over(transport, {
        consume: (queue, options, handler) =>
          transport.consume(queue, options, async (delivery) => {
            handler(delivery).catch(() => undefined);
            return 'done';
          }),
      }),
  },
};

const vanishingQueues: Mutant = {
  name: 'queues that vanish with their consumer',
  through: {
    transport: (transport: Transport) =>
      over(transport, {
        open: (topology) => {
          const queues = topology.queues.map((queue) => ({
            ...queue,
            durable: false,
            autoDelete: true,
            arguments: {},
          }));
          return transport.open({ ...topology, queues });
        },
      }),
  },
};

/**
 * A question is registered only after the publication of its message, so a quick answer finds no
 * asker.
 */
function registeredLate(journal: Journal): Journal {
  const unregistered = new Map<string, AskRow>();
  const isKnown = ({ correlationId }: AskRow): boolean => !unregistered.has(correlationId);
  const rowOf = new Map<string, string>();
  const hold = (turn: TurnCommit): void => {
    for (const ask of turn.asks) unregistered.set(ask.correlationId, ask);
    for (const { id, correlationId } of turn.outbox)
      if (correlationId !== undefined) rowOf.set(id, correlationId);
  };
  const register = (ids: readonly string[] = []): void => {
    for (const id of ids) unregistered.delete(rowOf.get(id) ?? '');
  };
  return over(journal, {
    commit: async (instance, turns, confirmed) => {
      for (const turn of turns) hold(turn);
      await journal.commit(instance, turns, confirmed);
      register(confirmed);
      // The process's own memory forgets the questions too.
      for (const turn of turns) (turn.asks as AskRow[]).length = 0;
    },
    forget: (ids) => {
      register(ids);
      return journal.forget(ids);
    },
    findAsks: async (correlationIds) => (await journal.findAsks(correlationIds)).filter(isKnown),
  });
}

const askedBeforeRegistered: Mutant = {
  name: 'registering for the reply after publishing the question',
  through: { journal: registeredLate },
};

/** The writes behind the last read of a chain are lost. */
const unwrittenEnd: Mutant = {
  name: 'an open commit loses its last writes',
  through: {
    journal: (journal: Journal) =>
      over(journal, {
        begin: async () => {
          const open = await journal.begin();
          const commit: typeof open.commit = (instance, turns, confirmed) =>
            open.commit(instance, turns, confirmed, []);
          return over(open, { commit });
        },
      }),
  },
};

export const portMutants: readonly Mutant[] = [
  acknowledgedFirst,
  vanishingQueues,
  askedBeforeRegistered,
  unwrittenEnd,
];
