import type { TurnLoopOptions } from '../../runtime/turn/turn-loop.ts';

/** No message is out that a commit could forget. */
export const nothingConfirmed: TurnLoopOptions['confirmed'] = {
  take: () => [],
  forgotten: () => undefined,
  giveBack: () => undefined,
};
