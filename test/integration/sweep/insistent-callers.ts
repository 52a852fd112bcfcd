/** Callers that ask or send the same again, a moment later, until it is answered or taken. */
import type { Client } from '../../../runtime/client.ts';
import type { Callers } from './workload.ts';

const answerMaxMs = 5_000;

export function insistentCallers(client: Client, moment: () => Promise<void>): Callers {
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
    ask: (to, body, messageId) => insist(() => client.request(to, body, { messageId, timeoutMs: answerMaxMs })),
    send: (to, body, messageId) => insist(() => client.send(to, body, { messageId })),
  };
}
