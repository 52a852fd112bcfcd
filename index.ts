/** Names for writing a service: machines, routes, effects, activities, stores, configs. */

export {
  type DeletionPlan,
  DeletionPlanSchema,
  type PlannedDetachment,
  type PlannedNode,
  type PlannedVote,
  planHash,
} from './actors/consent/plan-schema.ts';
export { sagaRecord } from './actors/consent/saga-record.ts';
export { type SagaRecord, SagaRecordSchema } from './actors/consent/saga-record-schema.ts';
export {
  defineOutsideParticipant,
  type OutsideParticipantOptions,
} from './actors/peer/define-outside-participant.ts';
export {
  defineOwner,
  type Owner,
  type OwnerDependsOn,
  type OwnerOptions,
} from './actors/peer/define-owner.ts';
export {
  defineParticipant,
  type Participant,
  type ParticipantOptions,
} from './actors/peer/define-participant.ts';
export type { DependentWriteInput, DependentWriteOutput } from './actors/peer/dependent-write.ts';
export { dependentWrite } from './actors/peer/dependent-write-machine.ts';
export type { Asked, DependsOn } from './actors/peer/depends-on.ts';
export {
  type DependsOnOutside,
  type OutsideClean,
  type OutsideRead,
  type ReadOutside,
  type RowsOutside,
  rowsOutside,
} from './actors/peer/outside-rows.ts';
export type { OwnedRows, OwnedTable } from './actors/peer/owned-rows.ts';
export type { RowRequest } from './actors/peer/row-requests.ts';
export { sections } from './actors/sections.ts';
export { defineTable, type RowOf, type Table } from './actors/table/table.ts';
export {
  exchangeConfigSchema,
  loadExchangeConfigs,
  parseExchangeConfig,
} from './composition/exchange-configs.ts';
export { ConfigError } from './config/config-error.ts';
export type { ExchangeConfig } from './config/exchange-config.ts';
export { topologyOf } from './config/topology.ts';
export { destinationOf } from './runtime/messages/destination.ts';
export type {
  AnswerEvent,
  MessageEvent,
  MessageInfo,
  ReadEvent,
  WriteErrorEvent,
} from './runtime/messages/message-events.ts';
export type {
  IncomingMessage,
  MessageRoute,
  ServiceDefinition,
  Target,
} from './runtime/messages/service-definition.ts';
export type { ActorAddress } from './runtime/ports/address.ts';
export type { Chance } from './runtime/ports/chance.ts';
export { type Clock, systemClock } from './runtime/ports/clock.ts';
export type {
  DeadLetterKind,
  DeadLetterSelection,
  StoredDeadLetter,
} from './runtime/ports/dead-letter.ts';
export type { Delivery, MessageProperties, OutgoingMessage } from './runtime/ports/envelope.ts';
export {
  Broken,
  Conflict,
  type ErrorCode,
  errorBody,
  errorCodes,
  Refused,
  Transient,
  UnanimousError,
} from './runtime/ports/errors.ts';
export {
  type FailpointName,
  type Failpoints,
  failpointNames,
  noFailpoints,
} from './runtime/ports/failpoints.ts';
export { type Ids, systemIds } from './runtime/ports/ids.ts';
export type { Journal, OpenCommit } from './runtime/ports/journal.ts';
export type { ActivityUnderWay, HistoryLine } from './runtime/ports/journal-rows.ts';
export type { Json, JsonObject } from './runtime/ports/json.ts';
export type { Lock, Locks } from './runtime/ports/locks.ts';
export type { Log, LogLevel } from './runtime/ports/log.ts';
export { defaultRetention, type Retention } from './runtime/ports/retention.ts';
export {
  type Read,
  type ReadableStore,
  type ReadOf,
  type SqlMigration,
  type Store,
  type StoreView,
  type Write,
  writesByStore,
} from './runtime/ports/store.ts';
export type {
  Span,
  SpanAttributes,
  SpanKind,
  SpanStart,
  TraceContext,
  Tracer,
} from './runtime/ports/tracing.ts';
export type {
  Acknowledgement,
  Consumer,
  PublishOutcome,
  Transport,
} from './runtime/ports/transport.ts';
export type { UndoLog } from './runtime/ports/undo-log.ts';
export { defineService, type MachineOptions, type ServiceOptions } from './runtime/service.ts';
export {
  type Activity,
  type ActivityContext,
  type ActivityOptions,
  activity,
  defaultRetryPolicy,
  type RetryPolicy,
} from './runtime/step/activity.ts';
export {
  type Answer,
  type Ask,
  afterCommit,
  ask,
  type Destination,
  deadLetter,
  type EffectMaker,
  type HistoryEntry,
  type Publish,
  publish,
  type ReadRequest,
  type Reply,
  type ReplyAddress,
  read,
  record,
  refuse,
  reply,
  type Undeliverable,
  write,
} from './runtime/step/effects.ts';
export type { StoredMachine } from './runtime/step/family-record.ts';
export { defineMachine, type MachineDefinition } from './runtime/step/machine-definition.ts';
export type { Migration } from './runtime/step/machine-versions.ts';
export { readMachine } from './runtime/step/read-machine.ts';
export type { Stamp } from './runtime/step/step-effect.ts';
