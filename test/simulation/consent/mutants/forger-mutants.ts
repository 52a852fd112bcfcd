/** Defects of trust: a user of the broker is believed to be somebody else, or a decision is. */

import type { Delivery } from '../../../../runtime/ports/envelope.ts';
import type { Seams } from '../../../../testing/simulation/simulation-options.ts';
import { type Mutant, withMachine } from './mutant.ts';
import { over } from './port-mutants.ts';

/** The forger's user on the broker, as in `forger.ts`. */
const forgerName = 'forger';

/** A transport that gives deliveries another user. Undefined: the delivery keeps its own. */
function withUser(userOf: (delivery: Delivery) => string | undefined): Partial<Seams> {
  return {
    transport: (transport) =>
      over(transport, {
        consume: (queue, options, handler) =>
          transport.consume(queue, options, (delivery) => {
            const userId = userOf(delivery);
            if (userId === undefined) return handler(delivery);
            return handler({ ...delivery, properties: { ...delivery.properties, userId } });
          }),
      }),
  };
}

function isRetirement({ body }: Delivery): boolean {
  return Buffer.from(body).toString('utf8').includes('"action":"retire"');
}

export const forgerMutants: readonly Mutant[] = [
  {
    name: 'an answer counts as of the service that it names',
    through: withUser(({ queue, properties }) =>
      queue.endsWith('_reply') ? properties.appId : undefined,
    ),
  },
  {
    name: 'a decision counts without an inquiry',
    owners: (service) => withMachine(service, 'voter', { guards: { isUnproven: () => false } }),
  },
  {
    name: 'a retirement of a nobody counts',
    through: withUser((delivery) =>
      delivery.properties.userId === forgerName && isRetirement(delivery) ? 'client' : undefined,
    ),
  },
];
