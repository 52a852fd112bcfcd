/**
 * What someone needs to run services of their own in a simulated world, and to make one themselves out of its parts.
 */

export { type Chance, systemChance } from './runtime/chance.ts';
export { type FailpointDetail, type FailpointName, type Failpoints, failpointNames, noFailpoints } from './runtime/failpoints.ts';
export { MemoryJournal, type MemoryJournalOptions } from './runtime/memory/memory-journal.ts';
export { FailingJournal, type FailingJournalOptions } from './runtime/simulated/failing-journal.ts';
export { drawnJournalFaults, type JournalFate, type JournalFaults, noJournalFaults } from './runtime/simulated/journal-faults.ts';
export { seededChance } from './runtime/simulated/seeded-chance.ts';
export { seededIds } from './runtime/simulated/seeded-ids.ts';
export { VirtualClock } from './runtime/simulated/virtual-clock.ts';
export { Simulation, type SimulationOptions } from './simulation/simulation.ts';
export { MemoryBroker } from './transports/memory/memory-broker.ts';
export { MemoryTransport, type MemoryTransportOptions } from './transports/memory/memory-transport.ts';
export { drawnFaults, type Faults, noFaults } from './transports/simulated/faults.ts';
export { SimulatedBroker, type SimulatedBrokerOptions } from './transports/simulated/simulated-broker.ts';
export { SimulatedTransport, type SimulatedTransportOptions } from './transports/simulated/simulated-transport.ts';
export type { Trace, TraceLine } from './transports/simulated/trace.ts';
