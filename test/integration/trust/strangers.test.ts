/** The table of docs/trust.md, with and without the section `trust`, in memory. */
import { systemClock } from '../../../runtime/ports/clock.ts';
import { MemoryBroker } from '../../../transports/memory/memory-broker.ts';
import { MemoryTransport } from '../../../transports/memory/memory-transport.ts';
import { suite } from '../../support/suite.ts';
import { readers } from './readers.ts';
import { strangers } from './strangers.ts';
import { type ConnectionOf, openTrustedWorld, type TrustedWorld } from './trusted-world.ts';

function memoryConnections(): ConnectionOf {
  const broker = new MemoryBroker(systemClock);
  return (user) => new MemoryTransport(broker, { user });
}

for (const isTrusted of [true, false]) {
  const test = suite(`strangers ${isTrusted ? 'with' : 'without'} trust, in memory`, {
    deadlineMs: 60_000,
  });
  let world: TrustedWorld;
  test.before(async () => {
    world = await openTrustedWorld(memoryConnections(), isTrusted);
  });
  test.after(() => world.stop());
  strangers(test, () => world, isTrusted);
  readers(test, () => world, isTrusted);
  test.run();
}
