/** nact's actors: a mailbox and one message at a time; no exchanges, no acknowledgement. */
import { dispatch, spawn, start, stop } from 'nact';
import type { Contest, Size } from '../contest.ts';
import { messagesBySize, timed } from '../memory-transport.ts';

export async function withNact(contest: Contest, size: Size): Promise<Contest> {
  const system = start();
  let onArrival: () => void = () => undefined;
  const actor = spawn(system, () => onArrival(), 'bench');
  return {
    ...contest,
    also: {
      ...contest.also,
      nact: () =>
        timed(messagesBySize[size], (arrived) => {
          onArrival = arrived;
          dispatch(actor, { text: 'x' });
        }),
    },
    async close() {
      stop(system);
      await contest.close();
    },
  };
}
