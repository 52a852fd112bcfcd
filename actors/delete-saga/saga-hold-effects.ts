/**
 * The reads and writes of a saga in the hierarchy store, as data. Each entry is one action of
 * `delete-saga-machine.ts`, under the name in the tables of states.
 *
 * - The writes cover the life of a hold: freeze, promise or decision, and then removal or release.
 * - A write that depends on the roster carries the epochs that the saga has read. The store refuses
 *   the write when an epoch has changed.
 * - A resolver uses only its event and the context.
 */
import { read, write } from '../../runtime/step/effects.ts';
import type { ConsentSettings } from '../consent/settings.ts';
import { hierarchyRead, hierarchyWrite } from '../hierarchy/store.ts';
import { epochsOf, idsOfNodes, liveNodes } from './saga.ts';
import {
  type Args,
  type Context,
  type LinksEvent,
  modeOf,
  type Of,
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
export function holdActions(settings: ConsentSettings) {
  const { service } = settings;
  return {
    freeze: write(({ context }: Args) =>
      hierarchyWrite(
        'freeze',
        {
          ...sagaNodes(service, context),
          nodeIds: idsOfNodes(liveNodes(context)),
          mode: modeOf(context),
          through: context.through,
          ...(context.role === 'root' ? { actor: context.actor } : {}),
          ...(context.age === context.saga ? {} : { age: context.age }),
          ...(context.waited === true ? { waited: true } : {}),
        },
        epochsNow(context),
      ),
    ),
    readRoster: read(({ context }: Args) => ({
      ...hierarchyRead('roster', { nodeIds: idsOfNodes(context.nodes) }),
      event: 'roster',
    })),
    // A root's decision holds for the roster that the saga has read. An inner saga follows the
    // decision of its parent, so its write expects no list.
    decide: write(({ context }: Args) =>
      hierarchyWrite(
        'decide',
        sagaNodes(service, context),
        context.role === 'root' ? epochsNow(context) : null,
      ),
    ),
    promise: write(({ context }: Args) =>
      hierarchyWrite('promised', sagaNodes(service, context), epochsNow(context)),
    ),
    release: write(({ context }: Args) =>
      hierarchyWrite('release', { saga: context.saga, service }, null),
    ),
    noteRefused: write(({ context, event }: Args) => {
      if (context.role === 'inner') return undefined;
      return hierarchyWrite('unheld', unheldSaga(service, context, 'refused', event.$.atMs), null);
    }),
  };
}

/** The reads and writes of a saga after the clean-up. */
export function removalActions(settings: ConsentSettings) {
  const { service } = settings;
  return {
    readLinks: read(({ context }: Args) => ({
      ...hierarchyRead('orphanedLinks', { service, nodeIds: idsOfNodes(context.nodes) }),
      event: 'links',
    })),
    // A service that has subscribed since the saga read the roster must get `deleting` before the
    // node is removed.
    expectList: write(({ context }: Args) =>
      hierarchyWrite('decide', sagaNodes(service, context), epochsNow(context)),
    ),
    remove: write(({ context, event }: Args) =>
      hierarchyWrite('remove', { ...sagaNodes(service, context), atMs: event.$.atMs }, null),
    ),
    unlink: write('links', ({ context, event }: Of<LinksEvent>) =>
      unlinkWrites(settings, context.saga, event.$.read),
    ),
    disengage: write(({ context }: Args) =>
      hierarchyWrite('disengage', sagaNodes(service, context), null),
    ),
  };
}
