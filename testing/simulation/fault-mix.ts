/**
 * The faults of one seed: of the broker, the journals and the processes. Every seed has its own mix
 * ("swarm testing"): when one kind of fault is absent, the other kinds show more.
 */
import type { Chance } from '../../runtime/ports/chance.ts';
import {
  drawnJournalFaults,
  type JournalFaults,
  noJournalFaults,
} from '../../runtime/simulated/journal-faults.ts';
import { drawnFaults, type Faults, noFaults } from '../../transports/simulated/faults.ts';

/** The faults of a run and their rates; times in milliseconds. */
export interface FaultMix {
  readonly broker: Faults;
  readonly journal: JournalFaults;
  /** Share of the failpoints at which the process is killed. */
  readonly crash: number;
  /** Time between the end of a killed process and its next start. */
  readonly downMs: { readonly min: number; readonly max: number };
  /** Time during which faults continue after the last operation. */
  readonly lingerMs: number;
}

/** No faults and no delays. */
export const noFaultMix: FaultMix = {
  broker: noFaults,
  journal: noJournalFaults,
  crash: 0,
  downMs: { min: 0, max: 0 },
  lingerMs: 0,
};

const crashMax = 0.004;
const downMaxMs = 15_000;
const lingerMaxMs = 20_000;

/** A drawn mix: each kind of fault is present or absent, with a drawn rate. */
export function drawnFaultMix(chance: Chance): FaultMix {
  const rate = (max: number): number => (chance() < 0.5 ? 0 : chance() * max);
  return {
    broker: drawnFaults(chance),
    journal: chance() < 0.5 ? noJournalFaults : drawnJournalFaults(chance),
    crash: rate(crashMax),
    downMs: { min: 0, max: Math.floor(chance() * downMaxMs) },
    lingerMs: Math.floor(chance() * lingerMaxMs),
  };
}

/** The mixes with one kind of fault less, the largest reduction first. */
export function smallerMixes(mix: FaultMix): readonly FaultMix[] {
  const { broker, journal } = mix;
  const candidates: readonly FaultMix[] = [
    { ...noFaultMix, lingerMs: mix.lingerMs },
    { ...mix, broker: noFaults },
    { ...mix, journal: noJournalFaults },
    { ...mix, crash: 0 },
    { ...mix, broker: { ...broker, delayMs: noFaults.delayMs, reorder: 0 } },
    ...(['reorder', 'duplicate', 'drop', 'cut', 'restart'] as const).map((kind) => ({
      ...mix,
      broker: { ...broker, [kind]: 0 },
    })),
    ...(['refused', 'unanswered', 'cut'] as const).map((kind) => ({
      ...mix,
      journal: { ...journal, [kind]: 0 },
    })),
    { ...mix, journal: { ...journal, delayMs: noJournalFaults.delayMs } },
  ];
  const now = JSON.stringify(mix);
  return candidates.filter((candidate) => JSON.stringify(candidate) !== now);
}
