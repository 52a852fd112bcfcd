/** Callers that ask or send the same again, or look again, a moment later, until it is answered, taken or there. */
import type { Client } from '../../../runtime/client.ts';
import type { Callers } from './workload.ts';

/** What is there of the dead letters: each call may fail, or find nothing yet. */
export interface DeadLetterFinder {
  find(messageId: string): Promise<string | undefined>;
  replay(deadLetterId: string): Promise<unknown>;
}

const answerMaxMs = 5_000;

export function insistentCallers(
  client: Client,
  deadLetters: DeadLetterFinder,
  moment: () => Promise<void>,
): Callers {
  const insist = async <T>(call: () => Promise<T>): Promise<T> => {
    for (;;) {
      try {
        return await call();
      } catch {
        await moment();
      }
    }
  };
  return {
    ask: (to, body, messageId) =>
      insist(() => client.request(to, body, { messageId, timeoutMs: answerMaxMs })),
    send: (to, body, messageId) => insist(() => client.send(to, body, { messageId })),
    deadLettered: (messageId) =>
      insist(
        async () => (await deadLetters.find(messageId)) ?? Promise.reject(new Error('not yet')),
      ),
    replay: (deadLetterId) => insist(() => deadLetters.replay(deadLetterId)).then(() => undefined),
  };
}
