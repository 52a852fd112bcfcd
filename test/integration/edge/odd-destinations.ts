/** Destinations that awkward machines name, and that no broker can deliver to. */
import type { Publish } from '../../../runtime/step/effects.ts';

export interface Destinations {
  /** An exchange of the services. */
  readonly exchange: string;
  /** A routing key that no queue is bound to. */
  readonly nowhere: string;
}

type Named = Pick<Publish, 'exchange' | 'routingKey' | 'messageId' | 'headers' | 'mandatory'>;

const tooLong = 'k'.repeat(256);
const frame = 'h'.repeat(200_000);

const named: Readonly<Record<string, (all: Destinations) => Named>> = {
  nowhere: ({ exchange, nowhere }) => ({ exchange, routingKey: nowhere }),
  'nowhere, mandatory': ({ exchange, nowhere }) => ({
    exchange,
    routingKey: nowhere,
    mandatory: true,
  }),
  'unknown exchange': () => ({ exchange: 'no-exchange-of-that-name', routingKey: 'k' }),
  'unknown queue': () => ({ exchange: '', routingKey: 'no-queue-of-that-name' }),
  'long exchange': () => ({ exchange: tooLong, routingKey: 'k' }),
  'long key': ({ exchange }) => ({ exchange, routingKey: tooLong }),
  'long key of two-byte letters': ({ exchange }) => ({ exchange, routingKey: 'é'.repeat(128) }),
  'long id': ({ exchange, nowhere }) => ({ exchange, routingKey: nowhere, messageId: tooLong }),
  'large header': ({ exchange, nowhere }) => ({
    exchange,
    routingKey: nowhere,
    headers: { frame },
  }),
  'many headers': ({ exchange, nowhere }) => ({
    exchange,
    routingKey: nowhere,
    headers: Object.fromEntries(Array.from({ length: 2_000 }, (_, n) => [`h${n}`, 'x'.repeat(80)])),
  }),
  'header with a long name': ({ exchange, nowhere }) => ({
    exchange,
    routingKey: nowhere,
    headers: { [tooLong]: 1 },
  }),
  'header that adds recipients': ({ exchange, nowhere }) => ({
    exchange,
    routingKey: nowhere,
    headers: { CC: ['x'] },
  }),
  'nul in the key': ({ exchange }) => ({ exchange, routingKey: 'a\u0000b' }),
  'lone surrogate in the key': ({ exchange }) => ({ exchange, routingKey: 'a\ud800' }),
  'no key': ({ exchange }) => ({ exchange, routingKey: undefined as unknown as string }),
  'key that is a number': ({ exchange }) => ({ exchange, routingKey: 5 as unknown as string }),
  'no exchange': () => ({ exchange: undefined as unknown as string, routingKey: 'k' }),
};

export const destinationNames: readonly string[] = Object.keys(named);

export function oddDestination(all: Destinations, name: string): Named {
  const make = named[name];
  if (make === undefined) throw new Error(`no destination is called '${name}'`);
  return make(all);
}
