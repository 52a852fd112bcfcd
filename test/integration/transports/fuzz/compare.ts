/** Runs scripts on both brokers and says where they part. */
import { servers } from '../../../support/servers.ts';
import { perform } from './broker-side.ts';
import { MemorySide } from './memory-side.ts';
import type { Observation } from './observation.ts';
import { RabbitmqSide } from './rabbitmq-side.ts';
import { type Script, type Step, scriptsOf } from './script.ts';

export interface Difference {
  /** Which of the seed's scripts. */
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
  readonly differences: readonly Difference[];
}

export interface FuzzOptions {
  readonly seed: number;
  readonly scripts: number;
  readonly onProgress?: (done: number) => void;
}

/** Scripts that run at the same time, each with connections of its own. */
const workers = 8;
/** How long RabbitMQ may take to be seen to do what memory did; only a difference takes so long. */
const limitMs = 3_000;
const prefix = `fuzz${process.pid}${process.hrtime.bigint().toString(36)}`;
let runs = 0;

async function observeMemory(steps: readonly Step[]): Promise<Observation[]> {
  const [side, observations] = [new MemorySide(), [] as Observation[]];
  for (const [index, step] of steps.entries()) observations.push(await side.observe(await perform(side, step, index * 10)));
  return observations;
}

type Parting = Pick<Difference, 'steps' | 'memory' | 'rabbitmq'>;

async function partingOf(side: RabbitmqSide, steps: readonly Step[]): Promise<Parting | undefined> {
  const expected = await observeMemory(steps);
  runs += 1;
  await side.begin(`${prefix}-${runs}-`);
  try {
    for (const [index, step] of steps.entries()) {
      const memory = expected[index];
      if (memory === undefined) break;
      const rabbitmq = await side.observe(await perform(side, step, index * 10), memory, limitMs);
      if (JSON.stringify(rabbitmq) !== JSON.stringify(memory)) return { steps: steps.slice(0, index + 1), memory, rabbitmq };
    }
    return undefined;
  } finally {
    await side.end();
  }
}

/** Leaves out every step without which the brokers still part. */
async function shortest(side: RabbitmqSide, found: Parting): Promise<Parting> {
  let best = found;
  for (let index = found.steps.length - 2; index >= 0; index -= 1) {
    const shorter = await partingOf(side, [...best.steps.slice(0, index), ...best.steps.slice(index + 1)]);
    if (shorter !== undefined) best = shorter;
    index = Math.min(index, best.steps.length - 1);
  }
  return best;
}

interface Findings {
  readonly unsteady: number[];
  readonly differences: Difference[];
}

async function examine(side: RabbitmqSide, index: number, script: Script, findings: Findings): Promise<void> {
  if ((await partingOf(side, script.steps)) === undefined) return;
  const again = await partingOf(side, script.steps);
  if (again === undefined) findings.unsteady.push(index);
  else findings.differences.push({ script: index, ...(await shortest(side, again)) });
}

/** Every difference there is between the memory broker and RabbitMQ in the scripts of a seed. */
export async function fuzz({ seed, scripts, onProgress = () => undefined }: FuzzOptions): Promise<FuzzReport> {
  const drawn = scriptsOf(seed, scripts);
  const queue = drawn.entries();
  const findings: Findings = { unsteady: [], differences: [] };
  let done = 0;
  const work = async () => {
    const side = new RabbitmqSide(servers.rabbitmq);
    for (const [index, script] of queue) {
      await examine(side, index, script, findings);
      done += 1;
      onProgress(done);
    }
    await side.disconnect();
  };
  await Promise.all(Array.from({ length: Math.min(workers, scripts) }, work));
  const steps = drawn.reduce((sum, script) => sum + script.steps.length, 0);
  return { seed, scripts, steps, ...findings };
}
