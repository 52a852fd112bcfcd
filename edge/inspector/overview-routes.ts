/**
 * The routes of the overview: the person, the graph with its counts, the sagas, and the feed of
 * events.
 */
import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import type { OpenDeployment } from '../../composition/open-deployment.ts';
import type { Overview, Session } from './contract.ts';
import { exchangeGraph } from './exchange-graph.ts';
import type { InspectorWatch } from './watch.ts';

export type OverviewDeployment = Pick<OpenDeployment, 'configs' | 'counts' | 'sagas' | 'why'>;

export interface OverviewRoutesOptions {
  readonly deployment: OverviewDeployment;
  readonly watch: InspectorWatch;
}

/** Between two looks at the databases for open pages, while this process takes turns. */
const sagasEveryMs = 1_000;
/** Looks that are left out while no turn of this process was committed; other processes also work. */
const quietLooks = 4;
const trafficEveryMs = 500;

/** Adds the routes under the prefix of `app`. */
export async function overviewRoutes(
  app: FastifyInstance,
  { deployment, watch }: OverviewRoutesOptions,
): Promise<void> {
  const { traffic, sagas, feed, clock } = watch;
  const graph = exchangeGraph(deployment.configs);
  const services = deployment.configs.map(({ svcName }) => svcName);
  app.get('/session', async ({ visitor }): Promise<Session> => {
    const { name = '', mayAct = false } = visitor ?? {};
    return { name, mayAct, services };
  });
  app.get('/overview', async (): Promise<Overview> => {
    const [list, counts] = await Promise.all([sagas.list(deployment), deployment.counts()]);
    const nowMs = clock.now();
    return { graph, traffic: traffic.traffic(nowMs), sagas: list, counts, nowMs };
  });
  app.get('/events', async ({ headers }, reply) => {
    const lastId = headers['last-event-id'];
    const events = feed.events(lastId === undefined ? undefined : String(lastId));
    void reply.headers({ 'cache-control': 'no-store', connection: 'close' });
    return reply.type('text/event-stream').send(Readable.from(events, { objectMode: false }));
  });
  tellPages(app, { deployment, watch });
}

/** Pushes counts and sagas while a page is open. */
function tellPages(app: FastifyInstance, { deployment, watch }: OverviewRoutesOptions): void {
  const { traffic, sagas, feed, clock } = watch;
  let isStopping = false;
  let told = '';
  const every = (everyMs: number, work: () => Promise<void>): void => {
    clock.after(
      everyMs,
      () => {
        if (isStopping) return;
        const done = feed.isRead ? work() : Promise.resolve();
        // A database that cannot be read for a moment is read again at the next look.
        done.catch(() => undefined).finally(() => every(everyMs, work));
      },
      'background',
    );
  };
  every(trafficEveryMs, async () => feed.push('traffic', traffic.traffic(clock.now())));
  let turnsSeen = -1;
  let left = 0;
  every(sagasEveryMs, async () => {
    const { turns } = traffic;
    left = turns === turnsSeen ? left - 1 : 0;
    if (left > 0) return;
    [turnsSeen, left] = [turns, quietLooks];
    const list = await sagas.list(deployment);
    const text = JSON.stringify(list);
    if (text !== told) feed.push('sagas', list);
    told = text;
  });
  app.addHook('preClose', async () => {
    isStopping = true;
    feed.end();
  });
}
