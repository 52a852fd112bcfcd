/**
 * Frames that are written in the same tick leave in one system call, as one packet. amqplib writes
 * its socket frame by frame, and with `noDelay` each frame would be a packet. At many messages a
 * second the packets are most of the cost of a message, here and in the broker.
 */
import type { Duplex } from 'node:stream';

/**
 * No timer waits for further frames: written frames are sent when the code that wrote them returns.
 */
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
