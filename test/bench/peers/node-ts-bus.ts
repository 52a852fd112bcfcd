/** @node-ts/bus, in a process of its own: it keeps a context for every promise, which would slow down the others here as well. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Contest, Sample, Side, Size } from '../contest.ts';
import type { OpenedHost } from './peer-host.ts';

export async function withNodeTsBus({ contest, url }: OpenedHost, size: Size): Promise<Contest> {
  const child = fork(fileURLToPath(new URL('node-ts-bus-process.ts', import.meta.url)), [
    url,
    size,
  ]);
  await once(child, 'message');
  const side: Side = async () => {
    child.send('run');
    const [sample] = (await once(child, 'message')) as [Sample];
    return sample;
  };
  return {
    ...contest,
    also: { ...contest.also, 'node-ts-bus': side },
    async close() {
      child.disconnect();
      await once(child, 'exit');
      await contest.close();
    },
  };
}
