/**
 * What goes wrong under one seed: the broker, the journals, the processes. Every seed has a mix of its own ("swarm"): a kind that is
 * left out lets the others show more.
 */
import type { Chance } from '../../runtime/ports/chance.ts';
import {
  drawnJournalFaults,
  type JournalFaults,
  noJournalFaults,
} from '../../runtime/simulated/journal-faults.ts';
import { drawnFaults, type Faults, noFaults } from '../../transports/simulated/faults.ts';

/** What goes wrong in one run, and how often; times in milliseconds. */
export interface FaultMix {
  readonly broker: Faults;
  readonly journal: JournalFaults;
  /** Share of the places between two awaits (failpoints) at which the process that is there is killed. */
  readonly crash: number;
  /** How long a killed process is down. */
  readonly downMs: { readonly min: number; readonly max: number };
  /** How long things go on going wrong after the last operation. */
  readonly lingerMs: number;
}

/** Nothing goes wrong, and nothing takes time. */
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

/** A mix that is another one each time: every kind of fault is there or not, and more or less of it. */
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

/** The mixes that are one kind of fault smaller; the first to try are those that take most away. */
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
