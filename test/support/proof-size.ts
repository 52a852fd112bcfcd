/**
 * The sizes of the proofs by repetition: kills, seeds, random scripts, scenarios that are killed in each state.
 *
 * Job: one table of sizes, and the size that this process uses.
 * Boundary: draws nothing itself. A test draws its part with `drawn-part.ts`, from the seed of the run.
 *
 * - `full` is what `npm run proofs` runs.
 * - `suite` is what `npm test` runs. It is chosen so that the proof takes at most 20 s on two cores.
 * - `tiny` is what the second version of Node runs: enough to see that the proof works there.
 *
 * Environment: PROOFS is `full`, `suite` (the default) or `tiny`. PROOFS_SCALE multiplies a full size; it is 1 by default.
 */
interface Sizes {
  readonly full: number;
  readonly suite: number;
  readonly tiny: number;
}

/** The comment of each line is the unit that the numbers count. */
const proofSizes = {
  /** Names of benchmarks at most, each with one of its parameters: the full size is above the number of all names. */
  'benchmark-names': { full: 40, suite: 9, tiny: 4 },
  /** Seeds of the simulated burns. */
  'burn-seeds': { full: 500, suite: 6, tiny: 1 },
  /** Kills of one process of a burn. */
  'chain-kills': { full: 100, suite: 3, tiny: 1 },
  /** Kills of processes, databases and brokers. Five have one of the broker and one of the database. */
  chaos: { full: 150, suite: 5, tiny: 2 },
  /** Mutated configs; a quarter of each kind. */
  'config-fuzz': { full: 25_000, suite: 4_000, tiny: 400 },
  /** Scenarios with a process for each service. */
  'consent-processes': { full: 38, suite: 5, tiny: 1 },
  /** Seeds of the consent simulation. */
  'consent-seeds': { full: 20_000, suite: 40, tiny: 5 },
  /** Known defects of the protocol that the simulation must catch: `npm run proofs` names all. */
  'consent-mutants': { full: 1_000, suite: 1_000, tiny: 5 },
  /** Seeds that once found a violation. */
  'consent-regressions': { full: 1_000, suite: 1_000, tiny: 5 },
  /** Connections of the database that are cut. */
  'cut-connections': { full: 200, suite: 20, tiny: 4 },
  /** Kills of one process of the demo. */
  'demo-kills': { full: 20, suite: 3, tiny: 1 },
  /** Processes of each service of the demo. */
  'demo-replicas': { full: 2, suite: 1, tiny: 1 },
  /** Messages of strangers to awkward machines: on each of three systems at full size, on all together in a test. */
  'edge-fuzz': { full: 20_000, suite: 500, tiny: 50 },
  /** Seeds whose messages are carried and handed over, in seven worlds each. */
  'hand-over': { full: 500, suite: 8, tiny: 1 },
  /** Sequences of writes that the memory store and PGlite both do. */
  'hierarchy-agreement': { full: 200, suite: 12, tiny: 2 },
  /** Drawn requests over HTTP. */
  'http-fuzz': { full: 25_000, suite: 500, tiny: 50 },
  /** Turns whose traces are taken out. */
  housekeeping: { full: 100_000, suite: 10_000, tiny: 3_000 },
  /** Pairs of a random machine and random events. */
  'machine-fuzz': { full: 5_000, suite: 300, tiny: 50 },
  /** Closed connections of the RabbitMQ campaign. */
  'rabbitmq-closes': { full: 200, suite: 20, tiny: 15 },
  /** Restarts of the broker in the RabbitMQ campaign. */
  'rabbitmq-restarts': { full: 20, suite: 1, tiny: 0 },
  /** Actors for which several processes compete. */
  'process-race': { full: 2_000, suite: 40, tiny: 20 },
  /** Seconds of a steady load while processes end in turn. */
  soak: { full: 600, suite: 10, tiny: 5 },
  /** Rounds with two kills each of the documents' programs. */
  'shop-kills': { full: 10, suite: 1, tiny: 1 },
  /** Kills of a process that commits, each with an opening after it. One of four is killed while it opens. */
  reopening: { full: 50, suite: 4, tiny: 1 },
  /** Failpoints of a database at which a process is killed. There are two less on PostgreSQL than on PGlite. */
  'sweep-failpoints': { full: 57, suite: 2, tiny: 1 },
  /** Rounds of the memory sweep that are killed again while they recover. */
  'sweep-twice': { full: 20, suite: 5, tiny: 1 },
  /** Timers that ring: in virtual time in the suite, in real time at full size. */
  timers: { full: 500, suite: 300, tiny: 50 },
  /** Timers that are not due while others ring. */
  'timers-far': { full: 1_000_000, suite: 20_000, tiny: 2_000 },
  /** Scripts that the memory broker and RabbitMQ both run. */
  'transport-fuzz': { full: 2_000, suite: 450, tiny: 40 },
} satisfies Readonly<Record<string, Sizes>>;

export type ProofName = keyof typeof proofSizes;

/** The size of this proof in this process: a whole number, at least 1 wherever the table has at least 1. */
export function proofSize(name: ProofName): number {
  const sizes = proofSizes[name];
  const chosen = process.env['PROOFS'] ?? 'suite';
  if (chosen === 'suite' || chosen === 'tiny') return sizes[chosen];
  if (chosen === 'full') return scaledSize(name, scaleFrom(process.env['PROOFS_SCALE'] ?? '1'));
  throw new Error(`PROOFS=${chosen}: expected full, suite or tiny`);
}

/** The full size multiplied by the scale: a whole number, at least 1. */
export function scaledSize(name: ProofName, scale: number): number {
  return Math.max(1, Math.round(proofSizes[name].full * scale));
}

/** A scale as a user writes it. Throws unless it is a number above 0. */
export function scaleFrom(text: string): number {
  const scale = Number(text);
  if (!(scale > 0 && Number.isFinite(scale)))
    throw new Error(`the scale of the proofs is '${text}': expected a number above 0`);
  return scale;
}
