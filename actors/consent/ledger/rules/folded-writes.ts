/**
 * The writes of a commit, folded into fewer writes. An inner saga that has nobody to ask freezes
 * its nodes and promises in one commit; a saga that nobody must clean up for decides, expects its
 * lists and removes its nodes in one commit. Each of these writes locks and changes a row for each
 * node.
 *
 * In the same way, creates below the same parent depend on the parent and subscribe to the parent
 * one after another.
 *
 * Invariants:
 * - The folded writes leave the same rows, and throw `Conflict` for the same expectations. A
 *   version or an epoch rises once for all folded writes.
 * - Only adjacent writes are folded, and only with the same saga, service and list of nodes.
 *   Subscriptions and ends of subscriptions, for different nodes or subscribers, become a single
 *   write, so that a message for many nodes takes few statements.
 */
import { isDeepStrictEqual } from 'node:util';
import { identityOf } from '../../../../runtime/ports/identity.ts';
import type { Write } from '../../../../runtime/ports/store.ts';
import { type Gathering, gatheredWrites } from '../../gathered-writes.ts';
import type { EpochExpectation, LedgerWrites } from '../store.ts';
import { ledgerWrite } from '../store.ts';

type WriteOf<Op extends keyof LedgerWrites> = Pick<LedgerWrites[Op], 'args' | 'expect'>;

type OfNodes = Pick<LedgerWrites['decide']['args'], 'saga' | 'service' | 'nodeIds'>;

export function foldedWrites(writes: readonly Write[]): readonly Write[] {
  const folded: Write[] = [];
  for (const write of writes) {
    const before = folded.at(-1);
    const both = before === undefined ? undefined : folding(before, write);
    if (both === undefined) folded.push(write);
    else folded[folded.length - 1] = both;
  }
  return gatheredWrites(gatheredWrites(folded, subscribing), unsubscribing);
}

const subscribing: Gathering = {
  rowOf: (write) => {
    if (write.op !== 'subscribe') return undefined;
    const { args, expect } = of<'subscribe'>(write);
    return Object.keys(expect.epochs).length > 0 ? undefined : rowOf(args);
  },
  all: (writes) => {
    const subscriptions = writes.map((write) => of<'subscribe'>(write).args);
    return ledgerWrite('subscribeAll', { subscriptions }, null);
  },
};

const unsubscribing: Gathering = {
  rowOf: (write) => (write.op === 'unsubscribe' ? rowOf(of<'unsubscribe'>(write).args) : undefined),
  all: (writes) => {
    const subscriptions = writes.map((write) => of<'unsubscribe'>(write).args);
    return ledgerWrite('unsubscribeAll', { subscriptions }, null);
  },
};

function rowOf({ nodeId, subscriber }: LedgerWrites['unsubscribe']['args']): string {
  return identityOf(nodeId, subscriber);
}

/** One write with the effect of both writes; undefined: no such write exists. */
function folding(first: Write, second: Write): Write | undefined {
  switch (`${first.op} ${second.op}`) {
    case 'freeze promised':
      return frozenAndPromised(of<'freeze'>(first), of<'promised'>(second));
    case 'decide decide':
      return decidedTwice(of<'decide'>(first), of<'decide'>(second));
    case 'decide removed':
      return decidedAndRemoved(of<'decide'>(first), of<'removed'>(second));
    case 'depend depend':
      return dependedOnce(of<'depend'>(first), of<'depend'>(second));
    case 'link link':
      return linkedOnce(of<'link'>(first), of<'link'>(second));
    case 'subscribe subscribe':
      return subscribedOnce(of<'subscribe'>(first), of<'subscribe'>(second));
    default:
      return undefined;
  }
}

function of<Op extends keyof LedgerWrites>({ args, expect = null }: Write): WriteOf<Op> {
  return { args, expect } as WriteOf<Op>;
}

function frozenAndPromised(
  { args, expect }: WriteOf<'freeze'>,
  promised: WriteOf<'promised'>,
): Write | undefined {
  if (!areAlike(args, promised.args)) return undefined;
  const epochs = together(expect, promised.expect);
  return epochs && ledgerWrite('freeze', { ...args, promised: true }, epochs);
}

function decidedTwice(
  { args, expect }: WriteOf<'decide'>,
  again: WriteOf<'decide'>,
): Write | undefined {
  if (!areAlike(args, again.args)) return undefined;
  if (expect === null) return ledgerWrite('decide', args, again.expect);
  const epochs = together(expect, again.expect);
  return epochs && ledgerWrite('decide', args, epochs);
}

function decidedAndRemoved(
  { args, expect }: WriteOf<'decide'>,
  removed: WriteOf<'removed'>,
): Write | undefined {
  if (!areAlike(args, removed.args)) return undefined;
  if (removed.expect === null) return ledgerWrite('removed', removed.args, expect);
  const epochs = together(expect, removed.expect);
  return epochs && ledgerWrite('removed', removed.args, epochs);
}

/**
 * Two writes `depend` of one service below one parent; each expects the subscriptions of its own
 * generation.
 */
function dependedOnce(
  { args, expect }: WriteOf<'depend'>,
  second: WriteOf<'depend'>,
): Write | undefined {
  if (!isDeepStrictEqual(args, second.args)) return undefined;
  if (expect.links !== undefined || second.expect.links !== undefined) return undefined;
  const subscribed = { ...expect.subscribed };
  for (const [id, generation] of Object.entries(second.expect.subscribed ?? {}))
    subscribed[id] = Math.min(subscribed[id] ?? generation, generation);
  return ledgerWrite('depend', args, { subscribed });
}

function linkedOnce({ args, expect }: WriteOf<'link'>, second: WriteOf<'link'>): Write | undefined {
  if (expect !== null || second.expect !== null) return undefined;
  const generation = Math.max(args.generation, second.args.generation);
  const latest = { ...args, generation };
  return isDeepStrictEqual(latest, { ...second.args, generation })
    ? ledgerWrite('link', latest, null)
    : undefined;
}

/** A subscription and its renewal. */
function subscribedOnce(
  { args, expect }: WriteOf<'subscribe'>,
  second: WriteOf<'subscribe'>,
): Write | undefined {
  if ([expect, second.expect].some(({ epochs }) => Object.keys(epochs).length > 0))
    return undefined;
  const generation = Math.max(args.generation, second.args.generation);
  const latest = { ...args, generation };
  return isDeepStrictEqual(latest, { ...second.args, generation })
    ? ledgerWrite('subscribe', latest, { epochs: {} })
    : undefined;
}

function areAlike(one: OfNodes, other: OfNodes): boolean {
  return (
    one.saga === other.saga &&
    one.service === other.service &&
    (one.nodeIds === other.nodeIds ||
      (one.nodeIds.length === other.nodeIds.length &&
        one.nodeIds.every((id, index) => id === other.nodeIds[index])))
  );
}

/** Both expectations as one; undefined where the two expect different epochs of one list. */
function together(
  one: EpochExpectation | null,
  other: EpochExpectation | null,
): EpochExpectation | undefined {
  if (one !== null && one.epochs === other?.epochs) return one;
  const epochs = { ...one?.epochs };
  for (const [id, epoch] of Object.entries(other?.epochs ?? {})) {
    if ((epochs[id] ?? epoch) !== epoch) return undefined;
    epochs[id] = epoch;
  }
  return { epochs };
}
