/** Every benchmark there is, in the order in which they run. */
import { actors } from './actors.ts';
import { cardBurns } from './card-burns.ts';
import type { Benchmark } from './contest.ts';
import { deletion, deletionFused } from './deletion.ts';
import { deletionChildren } from './deletion-children.ts';
import { growth } from './growth.ts';
import { hierarchyReads } from './hierarchy-reads.ts';
import { hierarchyWrites } from './hierarchy-writes.ts';
import { httpBenchmarks } from './http.ts';
import { journalBenchmarks } from './journal.ts';
import { memorySaga } from './memory-saga.ts';
import { memoryTransport } from './memory-transport.ts';
import { processesBenchmarks } from './processes.ts';
import { rabbitRequest } from './rabbit-request.ts';
import { rabbitThroughput } from './rabbit-throughput.ts';
import { pglite, sagaFused, sagaLocal } from './saga-local.ts';
import { sagaRabbit } from './saga-rabbit.ts';
import { slowDisk } from './slow-disk.ts';
import { start } from './start.ts';
import { step } from './step.ts';
import { telemetry } from './telemetry.ts';
import { trustBenchmarks } from './trust.ts';
import { votes } from './votes.ts';
import { votesInTrees } from './votes-in-trees.ts';

export const benchmarks: readonly Benchmark[] = [
  step,
  ...actors,
  memoryTransport,
  memorySaga,
  rabbitThroughput,
  ...rabbitRequest,
  ...journalBenchmarks,
  ...sagaLocal,
  ...sagaFused,
  ...slowDisk,
  ...sagaRabbit,
  ...trustBenchmarks,
  telemetry,
  ...processesBenchmarks,
  deletion,
  deletionFused,
  cardBurns,
  ...deletionChildren,
  ...hierarchyReads,
  ...hierarchyWrites,
  ...httpBenchmarks,
  ...votes,
  ...votesInTrees,
  growth,
  ...pglite,
  ...start,
];
