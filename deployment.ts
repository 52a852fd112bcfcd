/** Names for running services: runtimes, deployments, clients, transports, databases, locks, logs. */

export { defineEntity, type EntityOptions } from './actors/define-entity.ts';
export type {
  Activities,
  Additions,
  ChangedAttributes,
  Created,
  Creating,
  Deleted,
  Deleting,
  EntityHooks,
  HookRefusal,
  Reading,
  RefusalCode,
  StartOf,
  Updated,
  Updating,
} from './actors/model-crud/entity-hooks.ts';
export type { ServiceModule, ServicePorts, ServiceStore } from './actors/modules/service-module.ts';
export { type ConnectOptions, connect } from './composition/connect.ts';
export {
  type CreateRuntimeOptions,
  createRuntime,
  memoryTransports,
  type RunningServices,
} from './composition/create-runtime.ts';
export type { GivenService, ServiceSource } from './composition/given-services.ts';
export {
  type Deployment,
  type DeploymentOptions,
  openDeployment,
} from './composition/open-deployment.ts';
export { type PackageService, packageServices } from './composition/package-services.ts';
export { type TransportsOptions, transportsAt } from './composition/transport-schemes.ts';
export {
  Client,
  type ClientOptions,
  type RequestOptions,
  type SendOptions,
} from './runtime/client.ts';
export { type DeadLetterListing, DeadLetters } from './runtime/duties/dead-letters.ts';
export {
  checkStored,
  type StoredCheck,
  type StoredProblem,
} from './runtime/duties/stored-check.ts';
export { MemoryJournal } from './runtime/memory/memory-journal.ts';
export { MemoryLocks } from './runtime/memory/memory-locks.ts';
export type { BodyFor, Recipient, RequestOf } from './runtime/messages/recipient.ts';
export type { Transports } from './runtime/ports/transport.ts';
export { type Database, openDatabase } from './runtime/postgres/database.ts';
export { SqlJournal } from './runtime/postgres/sql-journal.ts';
export type { SqlAccess, SqlStoreModule } from './runtime/postgres/store-module.ts';
export { RedisLocks } from './runtime/redis/redis-locks.ts';
export { openLog } from './runtime/telemetry/pino-log.ts';
export { MemoryBroker } from './transports/memory/memory-broker.ts';
export { MemoryTransport } from './transports/memory/memory-transport.ts';
