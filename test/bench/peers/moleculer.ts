/** Moleculer's local events: no exchanges, no queues, no acknowledgement. */
import moleculer from 'moleculer';
import type { Contest, Size } from '../contest.ts';
import { messagesBySize, timed } from '../memory-transport.ts';

export async function withMoleculer(contest: Contest, size: Size): Promise<Contest> {
  const broker = new moleculer.ServiceBroker({ logger: false });
  let onArrival: () => void = () => undefined;
  broker.createService({ name: 'bench', events: { k: { handler: () => onArrival() } } });
  await broker.start();
  return {
    ...contest,
    also: {
      ...contest.also,
      moleculer: () =>
        timed(messagesBySize[size], (arrived) => {
          onArrival = arrived;
          void broker.emit('k', { text: 'x' });
        }),
    },
    async close() {
      await broker.stop();
      await contest.close();
    },
  };
}
