/**
 * The reads and writes of a saga in the ledger and on its nodes, as data. Each entry is one action of
 * `delete-saga-machine.ts`, under the name in the tables of states.
 *
 * - The writes cover the life of a hold: freeze, promise or decision, and then removal or release.
 * - A write that depends on the roster carries the epochs that the saga has read. The store refuses
 *   the write when an epoch has changed.
 * - A resolver uses only its event and the context.
 */
import { publish, read, write } from '../../runtime/step/effects.ts';
import { consentRead } from '../consent/consent-reads.ts';
import { ledgerWrite } from '../consent/ledger/store.ts';
import type { Added, Nodes } from '../consent/nodes.ts';
import type { ConsentSettings } from '../consent/settings.ts';
import { retentionNote, retentionsOf } from './retention-machine.ts';
import { epochsOf, idsOfNodes, liveNodes, versionsOf } from './saga.ts';
import {
  type Args,
  type Context,
  type LinksEvent,
  modeOf,
  type Of,
  type RemovalEvent,
  unheldSaga,
} from './saga-context.ts';
import { unlinkWrites } from './unsubscribe.ts';

function epochsNow(context: Context) {
  return { epochs: epochsOf(liveNodes(context)) };
}

function sagaNodes(service: string, context: Context) {
  return { saga: context.saga, service, nodeIds: idsOfNodes(context.nodes) };
}

/** From the freeze to the decision, and the release. */
export function holdActions({ service }: ConsentSettings, nodes: Nodes) {
  const locks = (context: Context) => nodes.lock(versionsOf(liveNodes(context)));
  return {
    freeze: write(({ context }: Args) => [
      ledgerWrite(
        'freeze',
        {
          ...sagaNodes(service, context),
          nodeIds: idsOfNodes(liveNodes(context)),
          mode: modeOf(context),
          above: context.above,
          through: context.through,
          ...(context.role === 'root' ? { actor: context.actor } : {}),
          ...(context.age === context.saga ? {} : { age: context.age }),
          ...(context.hops === 0 ? {} : { hops: context.hops }),
          ...(context.waited === true ? { waited: true } : {}),
        },
        epochsNow(context),
      ),
      ...locks(context),
    ]),
    readRoster: read(({ context }: Args) => ({
      ...consentRead('roster', { nodeIds: idsOfNodes(context.nodes) }),
      event: 'roster',
    })),
    /** The roster, and for a deletion the nodes of other services below. */
    readAgreement: read(({ context }: Args) => ({
      ...consentRead('roster', {
        nodeIds: idsOfNodes(context.nodes),
        ...(context.verb.name === 'delete' ? { deletion: context.saga } : {}),
      }),
      event: 'roster',
    })),
    // A root's decision holds for the roster that the saga has read. An inner saga follows the
    // decision of its parent, so its write expects no list.
    decide: write(({ context }: Args) =>
      context.role === 'root'
        ? [
            ledgerWrite('decide', sagaNodes(service, context), epochsNow(context)),
            ...locks(context),
          ]
        : [ledgerWrite('decide', sagaNodes(service, context), null)],
    ),
    promise: write(({ context }: Args) => [
      ledgerWrite('promised', sagaNodes(service, context), epochsNow(context)),
      ...locks(context),
    ]),
    release: write(({ context }: Args) =>
      ledgerWrite('release', { saga: context.saga, service }, null),
    ),
    noteRefused: write(({ context, event }: Args) => {
      if (context.role === 'inner') return undefined;
      return ledgerWrite('unheld', unheldSaga(service, context, 'refused', event.$.atMs), null);
    }),
  };
}

/** What the hook of the owner adds to the removal. */
function removalAdditions({ hooks }: Nodes, { saga }: Context, { $ }: RemovalEvent): Added {
  const { removed, sharing = [] } = $.read;
  if (hooks?.deleted === undefined || removed === undefined) return { writes: [], messages: [] };
  return hooks.deleted(removed, saga, $.atMs, sharing);
}

/** The reads and writes of a saga after the clean-up. */
export function removalActions(settings: ConsentSettings, nodes: Nodes) {
  const { service } = settings;
  return {
    readRemoval: read(({ context }: Args) => ({
      ...consentRead('removal', { saga: context.saga, nodeIds: idsOfNodes(context.nodes) }),
      event: 'removal',
    })),
    // A service that has subscribed since the saga read the roster must get `deleting` before the
    // node is removed.
    expectList: write(({ context }: Args) => [
      ledgerWrite('decide', sagaNodes(service, context), epochsNow(context)),
      ...nodes.lock(versionsOf(liveNodes(context))),
    ]),
    remove: write('removal', ({ context, event }: Of<RemovalEvent>) => {
      const { before = [], writes } = removalAdditions(nodes, context, event);
      return [
        ...before,
        ledgerWrite('removed', { ...sagaNodes(service, context), atMs: event.$.atMs }, null),
        ...nodes.remove(idsOfNodes(context.nodes), event.$.read.beside),
        ...writes,
      ];
    }),
    noteRetentions: write(({ context }: Args) =>
      retentionsOf(context).map((retention) => retentionNote(service, retention, 'open')),
    ),
    startAfterRemoval: publish(
      'removal',
      ({ context, event }: Of<RemovalEvent>) => removalAdditions(nodes, context, event).messages,
    ),
    unlinkRemoved: write('removal', ({ context, event }: Of<RemovalEvent>) =>
      unlinkWrites(settings, context.saga, event.$.read.links, event.$.atMs),
    ),
    unlink: write('links', ({ context, event }: Of<LinksEvent>) =>
      unlinkWrites(settings, context.saga, event.$.read, event.$.atMs),
    ),
    disengage: write(({ context }: Args) =>
      ledgerWrite('disengage', sagaNodes(service, context), null),
    ),
  };
}
