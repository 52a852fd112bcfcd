/** A contest with a broker of its own beside it, for peers that want to stand in it too. */
import { openVirtualHost } from '../../support/virtual-host.ts';
import type { Contest } from '../contest.ts';

export interface OpenedHost {
  readonly contest: Contest;
  readonly url: string;
}

export async function withHost(contest: Contest): Promise<OpenedHost> {
  const host = await openVirtualHost('peer');
  return {
    url: host.url,
    contest: {
      ...contest,
      async close() {
        await host.remove();
        await contest.close();
      },
    },
  };
}
