/**
 * One service of the hierarchy in a process of its own, which does what its parent tells it over Node's channel and ends with that.
 *
 * 1. It is loaded before it is told what to host, so that one can be kept ready to take another's place.
 * 2. Where it is told to die it ends itself with SIGKILL, in the moment in which the line is durable.
 */

import { sections } from '../../../actors/sections.ts';
import { loadExchangeConfigs } from '../../../composition/exchange-configs.ts';
import { openDeployment } from '../../../composition/open-deployment.ts';
import type { HistoryLine } from '../../../runtime/ports/journal-rows.ts';

export type Order =
  | {
      readonly host: {
        readonly file: string;
        readonly env: Readonly<Record<string, string>>;
        readonly leaseMs: number;
      };
    }
  | { readonly dieAfter: string };

/** Each order is answered by one. */
export type News = 'loaded' | 'hosting' | 'armed' | { readonly failed: string };

let deadlyLine: string | undefined;

function take(lines: readonly HistoryLine[]): void {
  if (lines.some(({ line }) => line['what'] === deadlyLine)) process.kill(process.pid, 'SIGKILL');
}

async function obey(order: Order): Promise<News> {
  if ('dieAfter' in order) {
    deadlyLine = order.dieAfter;
    return 'armed';
  }
  const { file, env, leaseMs } = order.host;
  const deployment = await openDeployment({
    configs: loadExchangeConfigs([file], { env, sections }),
    onHistory: take,
    leaseMs,
  });
  await deployment.start();
  return 'hosting';
}

function tell(news: News): void {
  process.send?.(news);
}

process.on('message', (order) =>
  obey(order as Order).then(tell, (error: unknown) =>
    tell({ failed: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
  ),
);
process.on('disconnect', () => process.exit());
tell('loaded');
