/**
 * The views that perform the reads of the consent actors. Each read joins the nodes or the
 * dependants of a service with the ledger.
 *
 * Invariants:
 * - Expected, not shared: the stores are read one after another, without a common snapshot. Every
 *   write that follows expects the versions of the nodes and the epochs of the lists.
 * - Links first: the versions of links are read before the rows that depend on the links. So a
 *   dependant that is added between the two reads is found, and its link has another version by
 *   then.
 */
import { Broken } from '../../../runtime/ports/errors.ts';
import type { Json } from '../../../runtime/ports/json.ts';
import type { Read, StoreView } from '../../../runtime/ports/store.ts';
import { type ConsentReads, consentViewName } from '../consent-reads.ts';
import { ledgerStoreName } from '../ledger/store.ts';
import { dependants, dependency } from './dependant-reads.ts';
import {
  adoption,
  copying,
  engagement,
  place,
  retirement,
  roster,
  subscriptions,
} from './owner-reads.ts';
import { footprint, orphanedLinks, removal } from './removal-reads.ts';
import { type Args, type ConsentPorts, type Result, Sources, type VoterPorts } from './sources.ts';

type ReadOf<Op extends keyof ConsentReads> = (from: Sources, args: Args<Op>) => Promise<Result<Op>>;

const reads: { readonly [Op in keyof ConsentReads]: ReadOf<Op> } = {
  engagement,
  dependants,
  dependency,
  roster,
  place,
  copying,
  subscriptions,
  adoption,
  retirement,
  orphanedLinks,
  footprint,
  removal,
};

/** The view of an owner. `stores`: the stores of the ports. */
export function consentView(ports: ConsentPorts, stores: readonly string[]): StoreView {
  return view(stores, reads, (read) => new Sources(ports, read));
}

/** The view of a service without nodes of its own. `stores`: the stores of the ports. */
export function voterView(ports: VoterPorts, stores: readonly string[]): StoreView {
  return view<Sources<VoterPorts>>(
    stores,
    { dependants, dependency },
    (read) => new Sources(ports, read),
  );
}

function view<From>(
  stores: readonly string[],
  known: Readonly<Record<string, (from: From, args: never) => Promise<Json>>>,
  sources: (read: (read: Read) => Promise<Json>) => From,
): StoreView {
  return {
    name: consentViewName,
    over: [...stores, ledgerStoreName],
    read: async (op, args, read) => {
      const perform = Object.hasOwn(known, op) ? known[op] : undefined;
      if (perform === undefined)
        throw new Broken('broken', `the consent actors have no read "${op}"`);
      return perform(sources(read), args as never);
    },
  };
}
