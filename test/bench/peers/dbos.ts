/** DBOS: the measured saga as a workflow of five steps, each durable, in a database of its own on the same server. */
import { DBOS } from '@dbos-inc/dbos-sdk';
import pg from 'pg';
import { servers } from '../../support/servers.ts';
import { benchId } from '../bench-ids.ts';
import type { Side } from '../contest.ts';
import { inFlight } from '../work.ts';
import { sagaSteps } from './saga-steps.ts';

const database = `bench_dbos_${process.pid}`;

async function onServer(statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: servers.postgres });
  await client.connect();
  await client.query(statement);
  await client.end();
}

const saga = DBOS.registerWorkflow(
  async (id: string) => {
    for (const name of sagaSteps) await DBOS.runStep(async () => ({ id, name }), { name });
  },
  { name: 'saga' },
);

export async function openDbos(): Promise<{
  side(atOnce: number, count: number): Side;
  close(): Promise<void>;
}> {
  await onServer(`create database ${database}`);
  const url = new URL(servers.postgres);
  url.pathname = `/${database}`;
  DBOS.setConfig({
    name: 'bench',
    systemDatabaseUrl: url.href,
    logLevel: 'error',
    runAdminServer: false,
  });
  await DBOS.launch();
  return {
    side: (atOnce, count) => () => inFlight(count, atOnce, () => saga(benchId())),
    async close() {
      await DBOS.shutdown();
      await onServer(`drop database ${database} with (force)`);
    },
  };
}
