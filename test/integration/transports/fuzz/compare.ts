/** Runs scripts on both brokers and says where they part. */
import { servers } from '../../../support/servers.ts';
import { perform } from './broker-side.ts';
import { knownDifference } from './known-differences.ts';
import { MemorySide } from './memory-side.ts';
import type { Observation } from './observation.ts';
import { RabbitmqSide } from './rabbitmq-side.ts';
import { regressions } from './regressions.ts';
import { closeSlots, queueNames, readQueue, type Script, type Step, scriptsOf } from './script.ts';

export interface Difference {
  /** Which of the seed's scripts; below 0 a regression. */
  readonly script: number;
  /** The steps, as few as show it; the last is where the brokers part. */
  readonly steps: readonly Step[];
  readonly memory: Observation;
  readonly rabbitmq: Observation;
}

export interface FuzzReport {
  readonly seed: number;
  readonly scripts: number;
  readonly steps: number;
  /** Scripts on which RabbitMQ differed from memory once and agreed when asked again: a race of its own. */
  readonly unsteady: readonly number[];
  /** Scripts that ended where RabbitMQ is known to differ from the model, and why it does. */
  readonly known: Findings['known'];
  readonly differences: readonly Difference[];
}

export interface FuzzOptions {
  readonly seed: number;
  /** Scripts of the seed to run. */
  readonly scripts: number;
  /** Scripts of the seed to leave out before these; 0 when not given. */
  readonly skipped?: number;
  readonly onProgress?: (done: number) => void;
}

/** Scripts that run at the same time, each with connections of its own. */
const workers = 8;
/** How long RabbitMQ may take to be seen to do what memory did; only a difference takes so long. */
const limitMs = 3_000;
const prefix = `fuzz${process.pid}${process.hrtime.bigint().toString(36)}`;
let runs = 0;

/** A step, what memory did, and the queues to look at on the other side. */
interface Expectation {
  readonly step: Step;
  readonly memory: Observation;
  readonly looked: readonly string[];
}

/**
 * Which queues are looked at after a step: all, or those whose state it has changed in memory (which is to wait for it, too).
 * Deliveries are always compared, and all queues after the last step.
 */
type Look = 'all' | 'changed';

const untouched = Object.fromEntries(queueNames.map((name) => [name, 'none']));

async function expectations(steps: readonly Step[], look: Look): Promise<readonly Expectation[]> {
  const [side, done] = [new MemorySide(), [] as Expectation[]];
  const queuesNow = () => done.at(-1)?.memory.queues ?? untouched;
  const take = async (drawn: Step, chosen: (after: Observation) => readonly string[]) => {
    const step = side.aimed(drawn);
    const memory = await side.observe(await perform(side, step, done.length * 10));
    done.push({ step, memory, looked: chosen(memory) });
  };
  const changed = (after: Observation) =>
    queueNames.filter((name) => after.queues[name] !== queuesNow()[name]);
  for (const [index, step] of steps.entries())
    await take(step, look === 'all' || index === steps.length - 1 ? () => queueNames : changed);
  for (const step of closeSlots) await take(step, changed);
  const left = queueNames.filter((name) => !/^(none|0)/.test(queuesNow()[name] ?? 'none'));
  for (const step of left.flatMap(readQueue)) await take(step, () => []);
  return done;
}

type Parting = Pick<Difference, 'steps' | 'memory' | 'rabbitmq'>;

async function partingOf(
  side: RabbitmqSide,
  steps: readonly Step[],
  look: Look,
): Promise<Parting | undefined> {
  const expected = await expectations(steps, look);
  runs += 1;
  await side.begin(`${prefix}-${runs}-`);
  try {
    for (const [index, { step, memory, looked }] of expected.entries()) {
      const rabbitmq = await side.observe(
        await perform(side, step, index * 10),
        memory,
        looked,
        limitMs,
      );
      if (JSON.stringify(rabbitmq) !== JSON.stringify(memory)) {
        return {
          steps: expected.slice(0, index + 1).map(({ step: done }) => done),
          memory,
          rabbitmq,
        };
      }
    }
    return undefined;
  } finally {
    await side.end();
  }
}

/** What memory does at each step, without the look at what is left. */
export async function memoryDoes(steps: readonly Step[]): Promise<readonly Observation[]> {
  return (await expectations(steps, 'all')).slice(0, steps.length).map(({ memory }) => memory);
}

/** Where RabbitMQ parts from memory, on connections of the call's own. */
export async function partingFromMemory(steps: readonly Step[]): Promise<Parting | undefined> {
  const side = new RabbitmqSide(servers.rabbitmq);
  try {
    return await partingOf(side, steps, 'all');
  } finally {
    await side.disconnect();
  }
}

/** Leaves out every step without which the brokers still part. */
async function shortest(side: RabbitmqSide, found: Parting): Promise<Parting> {
  let best = found;
  for (let index = found.steps.length - 2; index >= 0; index -= 1) {
    const shorter = await partingOf(
      side,
      [...best.steps.slice(0, index), ...best.steps.slice(index + 1)],
      'all',
    );
    if (shorter !== undefined) best = shorter;
    index = Math.min(index, best.steps.length - 1);
  }
  return best;
}

interface Findings {
  readonly unsteady: number[];
  readonly known: { readonly script: number; readonly reason: string }[];
  readonly differences: Difference[];
}

async function examine(
  side: RabbitmqSide,
  index: number,
  script: Script,
  findings: Findings,
): Promise<void> {
  const first = await partingOf(side, script.steps, 'changed');
  if (first === undefined || isKnown(first, index, findings)) return;
  const again = await partingOf(side, script.steps, 'all');
  if (again === undefined) {
    findings.unsteady.push(index);
    return;
  }
  // What it is may show only when nothing else is in the way.
  const found = await shortest(side, again);
  if (!isKnown(found, index, findings)) findings.differences.push({ script: index, ...found });
}

function isKnown(found: Parting, script: number, findings: Findings): boolean {
  const reason = knownDifference(found);
  if (reason !== undefined) findings.known.push({ script, reason });
  return reason !== undefined;
}

/** Every difference there is between the memory broker and RabbitMQ: in the regressions (below 0 by number) and in the scripts of a seed. */
export async function fuzz({
  seed,
  scripts,
  skipped = 0,
  onProgress = () => undefined,
}: FuzzOptions): Promise<FuzzReport> {
  const drawn = [...regressions, ...scriptsOf(seed, skipped + scripts).slice(skipped)];
  const queue = drawn.entries();
  const findings: Findings = { unsteady: [], known: [], differences: [] };
  let done = 0;
  const work = async () => {
    const side = new RabbitmqSide(servers.rabbitmq);
    for (const [index, script] of queue) {
      const number = index - regressions.length;
      await examine(side, number < 0 ? number : skipped + number, script, findings);
      done += 1;
      onProgress(done);
    }
    await side.disconnect();
  };
  await Promise.all(Array.from({ length: Math.min(workers, scripts) }, work));
  const steps = drawn.reduce((sum, script) => sum + script.steps.length, 0);
  return { seed, scripts, steps, ...findings };
}
