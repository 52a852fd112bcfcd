/**
 * What someone needs to run services of their own in a simulated world, and to make one themselves out of its parts.
 */

export { MemoryJournal, type MemoryJournalOptions } from './runtime/memory/memory-journal.ts';
export { type Chance, systemChance } from './runtime/ports/chance.ts';
export {
  type FailpointDetail,
  type FailpointName,
  type Failpoints,
  failpointNames,
  noFailpoints,
} from './runtime/ports/failpoints.ts';
export { FailingJournal, type FailingJournalOptions } from './runtime/simulated/failing-journal.ts';
export {
  drawnJournalFaults,
  type JournalFate,
  type JournalFaults,
  noJournalFaults,
} from './runtime/simulated/journal-faults.ts';
export { seededChance } from './runtime/simulated/seeded-chance.ts';
export { seededIds } from './runtime/simulated/seeded-ids.ts';
export { VirtualClock } from './runtime/simulated/virtual-clock.ts';
export type { Duration } from './testing/duration.ts';
export type { Alphabet, ReadFinding } from './testing/exploration/alphabet.ts';
export type { View } from './testing/exploration/explored-situation.ts';
export {
  type Exploration,
  type ExploreOptions,
  explore,
  type Finding,
} from './testing/exploration/explorer.ts';
export { drawnFaultMix, type FaultMix, noFaultMix } from './testing/simulation/fault-mix.ts';
export type { SimulatedService } from './testing/simulation/module-cast.ts';
export type { Operation } from './testing/simulation/plan.ts';
export type { PlannedCrash } from './testing/simulation/planned-crashes.ts';
export {
  type Cast,
  type Scenario,
  type SimulateOptions,
  simulate,
} from './testing/simulation/simulate.ts';
export type { Failure, SimulateReport } from './testing/simulation/simulate-system.ts';
export { Simulation } from './testing/simulation/simulation.ts';
export type { Seams, SimulationOptions } from './testing/simulation/simulation-options.ts';
export type { StandIns } from './testing/simulation/stand-ins.ts';
export type { Invariant, Problem } from './testing/simulation/system.ts';
export type { World } from './testing/simulation/world.ts';
export type { Expected } from './testing/specification/expectation.ts';
export {
  type GivenMachine,
  type GivenOwner,
  type GivenParticipant,
  type GivenService,
  given,
} from './testing/specification/given.ts';
export type { MachineSpec } from './testing/specification/machine-spec.ts';
export type { ServiceSpec } from './testing/specification/service-spec.ts';
export type { ReadAnswer } from './testing/specification/spec-actor.ts';
export type { Question, WithOk } from './testing/specification/spec-consent.ts';
export {
  answer,
  caller,
  type MessageOptions,
  message,
  type SpecEvent,
} from './testing/specification/spec-messages.ts';
export type { SpecMessage } from './testing/specification/spec-service.ts';
export { MemoryBroker } from './transports/memory/memory-broker.ts';
export {
  MemoryTransport,
  type MemoryTransportOptions,
} from './transports/memory/memory-transport.ts';
export { drawnFaults, type Faults, noFaults } from './transports/simulated/faults.ts';
export {
  SimulatedBroker,
  type SimulatedBrokerOptions,
} from './transports/simulated/simulated-broker.ts';
export {
  SimulatedTransport,
  type SimulatedTransportOptions,
} from './transports/simulated/simulated-transport.ts';
export type { Trace, TraceLine } from './transports/simulated/trace.ts';
