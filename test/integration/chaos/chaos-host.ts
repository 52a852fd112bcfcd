/**
 * A process of the campaign: all services of the load over one broker and one database, until it is killed.
 * Environment: CHAOS_BROKER, CHAOS_DATABASE (urls) and CHAOS_INSTANCE. Tells its starter when it consumes; ends with it.
 */
import { sections } from '../../../actors/catalog.ts';
import { createRuntime } from '../../../composition/create-runtime.ts';
import { loadExchangeConfigs } from '../../../composition/exchange-configs.ts';
import { openDeployment } from '../../../composition/open-deployment.ts';
import { transportsAt } from '../../../composition/transport-schemes.ts';
import { serviceConfigPaths } from '../../../config/load.ts';
import { openDatabase } from '../../../runtime/postgres/database.ts';
import { SqlJournal } from '../../../runtime/postgres/sql-journal.ts';
import { databaseOf, leaseMs } from './campaign-settings.ts';
import { jobServices } from './job-services.ts';
import { jobStore } from './job-store.ts';

const {
  CHAOS_BROKER: broker = '',
  CHAOS_DATABASE: server = '',
  CHAOS_INSTANCE: instance = '',
} = process.env;

async function hostJobs(): Promise<void> {
  const database = await openDatabase(databaseOf(server, 'jobs'), {
    stores: [jobStore],
    connectionsMax: 6,
  });
  const journal = new SqlJournal({ database });
  await createRuntime({
    services: jobServices,
    journal,
    transports: await transportsAt([broker]),
    instance,
    leaseMs,
  }).start();
}

async function hostConsent(): Promise<void> {
  const env = { amqp_url: broker, database_url: databaseOf(server, 'tree') };
  const paths = serviceConfigPaths().filter((path) =>
    /\/(objects|tags)_model_crud\.json$/.test(path),
  );
  const deployment = await openDeployment({
    configs: loadExchangeConfigs(paths, { env, sections }),
    leaseMs,
  });
  await deployment.start();
}

process.on('disconnect', () => process.exit());
await Promise.all([hostJobs(), hostConsent()]);
process.send?.('consuming');
