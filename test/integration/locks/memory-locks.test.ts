import { MemoryLocks } from '../../../runtime/memory/memory-locks.ts';
import { VirtualClock } from '../../../runtime/simulated/virtual-clock.ts';
import { locksContract } from '../../contract/locks-contract.ts';

locksContract('memory', async () => {
  const clock = new VirtualClock();
  return {
    locks: new MemoryLocks(clock),
    passed: (ttlMs) => clock.advance(ttlMs),
    elapsed: (ms) => clock.advance(ms),
    end: async () => undefined,
  };
});
