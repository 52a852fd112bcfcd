/**
 * The store of an awkward user: a read gives or throws an odd value, and a write throws an odd value. `args` is the
 * name of the value.
 */
import type { WriteErrorEvent } from '../../../runtime/messages/message-events.ts';
import type { Json } from '../../../runtime/ports/json.ts';
import type { Read, Write } from '../../../runtime/ports/store.ts';
import { record, reply, write } from '../../../runtime/step/effects.ts';
import type { Event } from './awkward-messages.ts';
import { oddValue } from './odd-values.ts';
import { historyTopic } from './traces.ts';

const name = 'odd';

/** Operations of the read, by name. */
export const storeReads = ['give', 'throw', 'throw at once'] as const;
/** The place at which the machine asks for a write. */
export const writingPlace = 'store write';

export const oddStore = {
  name,
  read: (op: string, args: Json): Promise<Json> => {
    const value = oddValue(String(args)) as Json;
    if (op === 'throw at once') throw value;
    return op === 'throw' ? Promise.reject(value) : Promise.resolve(value);
  },
  apply: async (_tx: unknown, [first]: readonly Write[]): Promise<void> => {
    throw oddValue(String(first?.args));
  },
};

/** The store as a module of a database. */
export const oddStoreModule = { name, entities: [], migrations: [], create: () => oddStore };

export function oddRead(op: string, kind: string): Read {
  return { store: name, op, args: kind };
}

/** The event that was undone, as a refused write tells of the event. */
function causeOf(event: Event): Event {
  return (event as never as WriteErrorEvent).cause as never as Event;
}

/** The effects of the machine that writes: `writeOdd` with the message, the others when the write is refused. */
export const writing = {
  writeOdd: write(({ event }: { event: Event }) =>
    event.data.place === writingPlace
      ? { store: name, op: 'write', args: event.data.kind ?? '' }
      : undefined,
  ),
  noteRefused: record(({ event }: { event: Event }) => ({
    topic: historyTopic,
    line: { tag: causeOf(event).data.tag },
  })),
  tellRefused: reply(({ event }: { event: Event }) => ({
    to: causeOf(event).$.message.replyTo ?? undefined,
    body: 'the write is refused',
  })),
};
