/**
 * Frames that are written in one tick leave in one call to the system, as one packet. amqplib hands its socket frame by frame, and with
 * `noDelay` each would be a packet of its own: at many messages a second that is most of what a message costs, here and in the broker.
 */
import type { Duplex } from 'node:stream';

/** Nothing waits for more: what is written is sent when the code that wrote it returns. */
export function coalesceWrites(stream: Duplex): void {
  const uncork = (): void => stream.uncork();
  const write = stream.write.bind(stream) as (...args: unknown[]) => boolean;
  stream.write = (...args: unknown[]): boolean => {
    if (stream.writableCorked === 0) {
      stream.cork();
      process.nextTick(uncork);
    }
    return write(...args);
  };
}
