/**
 * Runs the messages of a seed on one system, batch by batch.
 *
 * - Independent: after a batch with findings the next batch begins on a new system, because a mute actor or a full queue
 *   would hide further faults.
 * - Repeatable: the same seed draws the same messages. A failing batch is made smaller on a system of its own.
 */

import { Draw } from './draw.ts';
import { type Kind, MessageSource } from './draw-messages.ts';
import type { Replacements } from './edge-process.ts';
import { openSystem, type SystemName } from './edge-system.ts';
import { EdgeWorld, type PlannedMessage, type Restart } from './edge-world.ts';
import type { Finding, FindingKind } from './verdict.ts';

export interface FuzzOptions {
  readonly system: SystemName;
  readonly seed: number;
  readonly messages: number;
  /** The number of the first message that is played. The messages before are drawn and left out. */
  readonly from?: number;
  readonly replacements?: Replacements;
  readonly without?: readonly Kind[];
  /** The run ends after so many batches with findings. */
  readonly failuresMax?: number;
  /** Whether a failing batch is made smaller. */
  readonly shrinks?: boolean;
  /** Hears of a batch with findings before the batch is made smaller, which may take long. */
  readonly onFindings?: (from: number, findings: readonly Finding[]) => void;
  readonly onProgress?: (done: number) => void;
}

export interface Failure {
  /** The number of the first message of the batch. */
  readonly from: number;
  readonly findings: readonly Finding[];
  /** The messages that are enough to show the first finding, or the messages that the finding names. */
  readonly smallest: readonly PlannedMessage[];
}

export type Counts = Readonly<Record<FindingKind, number>>;

export interface FuzzReport {
  readonly messages: number;
  readonly counts: Counts;
  readonly failures: readonly Failure[];
}

const batchSize = 50;
const failuresMaxDefault = 10;
const restartWeights: Readonly<Record<Restart, number>> = { none: 60, 'in order': 1, abandoned: 1 };

/** The messages of a seed. A longer plan begins with the shorter plan. */
export function plannedMessages(
  seed: number,
  count: number,
  without: readonly Kind[] = [],
): readonly PlannedMessage[] {
  const draw = new Draw(seed);
  const source = new MessageSource(draw, without);
  return Array.from({ length: count }, () => ({
    message: source.next(),
    restart: draw.weighted(restartWeights),
  }));
}

export async function fuzz(options: FuzzOptions): Promise<FuzzReport> {
  const { seed, messages, from = 0, without = [], onProgress = () => undefined } = options;
  const { failuresMax = failuresMaxDefault, shrinks = false, onFindings } = options;
  const plan = plannedMessages(seed, from + messages, without);
  const failures: Failure[] = [];
  let world: EdgeWorld | undefined;
  let done = from;
  while (done < plan.length && failures.length < failuresMax) {
    world ??= await openWorld(options);
    const batch = plan.slice(done, done + batchSize);
    const findings = await played(world, batch);
    if (findings.length > 0) {
      await world.close();
      world = undefined;
      onFindings?.(done, findings);
      const smallest = shrinks ? await smaller(options, batch, findings) : named(batch, findings);
      failures.push({ from: done, findings, smallest });
    }
    done += batch.length;
    onProgress(done);
  }
  await world?.close();
  return { messages: done - from, counts: countsOf(failures), failures };
}

async function openWorld({ system, replacements = {} }: FuzzOptions): Promise<EdgeWorld> {
  const world = new EdgeWorld(await openSystem(system), replacements);
  await world.open();
  return world;
}

/** A world that breaks is a finding as well. */
async function played(
  world: EdgeWorld,
  batch: readonly PlannedMessage[],
): Promise<readonly Finding[]> {
  try {
    return await world.play(batch);
  } catch (error) {
    const tags = batch.map(({ message }) => message.tag);
    const problem = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return [{ kind: 'endless', problem, tags }];
  }
}

function countsOf(failures: readonly Failure[]): Counts {
  const findings = failures.flatMap((failure) => failure.findings);
  const of = (kind: FindingKind) => findings.filter((finding) => finding.kind === kind).length;
  return {
    lost: of('lost'),
    mixed: of('mixed'),
    mute: of('mute'),
    endless: of('endless'),
    crashes: of('crashes'),
  };
}

/** The messages that the first finding with a name names. */
function named(
  batch: readonly PlannedMessage[],
  findings: readonly Finding[],
): readonly PlannedMessage[] {
  const tags = findings.find((finding) => finding.tags.length > 0)?.tags ?? [];
  return batch.filter(({ message }) => tags.includes(message.tag));
}

const triesMax = 60;

/** Fewer messages that still lead to a finding of the first kind: halves, quarters and so on are left out. */
async function smaller(
  options: FuzzOptions,
  batch: readonly PlannedMessage[],
  findings: readonly Finding[],
): Promise<readonly PlannedMessage[]> {
  const kind = findings[0]?.kind;
  let tries = 0;
  const fails = async (part: readonly PlannedMessage[]): Promise<boolean> => {
    tries += 1;
    const world = await openWorld(options);
    const found = await played(world, part);
    await world.close();
    return found.some((finding) => finding.kind === kind);
  };
  const suspects = named(batch, findings);
  let smallest = batch;
  if (suspects.length > 0 && suspects.length < batch.length && (await fails(suspects)))
    smallest = suspects;
  for (
    let size = Math.ceil(smallest.length / 2);
    size >= 1;
    size = size === 1 ? 0 : Math.ceil(size / 2)
  ) {
    for (let at = 0; at < smallest.length && smallest.length > 1 && tries < triesMax; ) {
      const rest = [...smallest.slice(0, at), ...smallest.slice(at + size)];
      if (rest.length > 0 && (await fails(rest))) smallest = rest;
      else at += size;
    }
  }
  return smallest;
}
