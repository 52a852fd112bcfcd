/**
 * The statements of one moment in one write to the connection: a write is a call of the system, and
 * wakes the server up.
 *
 * - One moment: until the promises that are settled now have run. So a statement never waits for
 *   anything outside this process.
 */
import type { ServerClient } from './pipeline.ts';

/** Changes the client in place, as `holdBeginnings` does. */
export function writeTogether(client: ServerClient): void {
  const query = client.query.bind(client);
  let isHeld = false;
  client.query = (statement, values, callback) => {
    const stream = client.connection?.stream;
    if (stream !== undefined && !isHeld) {
      isHeld = true;
      stream.cork();
      process.nextTick(() => {
        isHeld = false;
        stream.uncork();
      });
    }
    return query(statement, values, callback);
  };
}
