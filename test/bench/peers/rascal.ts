/** Rascal, with the settings of `rabbit-throughput`. */
import rascal from 'rascal';
import type { Contest, Side, Size } from '../contest.ts';
import { Arrivals, body, messagesBySize, timed, window } from '../rabbit-throughput.ts';
import { inFlight } from '../work.ts';
import type { OpenedHost } from './peer-host.ts';

export async function throughput({ contest, url }: OpenedHost, size: Size): Promise<Contest> {
  const { pathname } = new URL(url);
  const broker = await rascal.BrokerAsPromised.create({
    vhosts: {
      [decodeURIComponent(pathname.slice(1))]: {
        connection: { url },
        queues: { rascal: { options: { durable: true } } },
        publications: { out: { queue: 'rascal', confirm: true, options: { persistent: true } } },
        subscriptions: { in: { queue: 'rascal', prefetch: window } },
      },
    },
  });
  const arrivals = new Arrivals();
  const subscription = await broker.subscribe('in');
  subscription.on('message', (_message, _content, acknowledge) => {
    arrivals.count();
    acknowledge();
  });
  const publish = async (): Promise<void> => {
    const publication = await broker.publish('out', body);
    await new Promise<void>((resolve, reject) =>
      publication.on('success', () => resolve()).on('error', reject),
    );
  };
  const count = messagesBySize[size];
  const side: Side = () => timed(count, arrivals, () => inFlight(count, window, publish));
  return {
    ...contest,
    also: { ...contest.also, rascal: side },
    async close() {
      await broker.shutdown();
      await contest.close();
    },
  };
}
