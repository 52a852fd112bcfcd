/**
 * The subscriptions that end with the last dependant. Pure.
 *
 * A subscription is given back under the generation that was known when nothing depended on the node any more: one that was made
 * since has a later generation and stays.
 */
import type { Publish } from '../../runtime/effects.ts';
import { subscribeMessage } from '../consent/messages.ts';
import type { ConsentSettings } from '../consent/settings.ts';
import type { LinkState } from '../hierarchy/store.ts';

/** One `unsubscribe` for each link that is left without a dependant and whose node lives. */
export function unsubscribeMessages(settings: ConsentSettings, links: readonly LinkState[]): readonly Publish[] {
  return links.flatMap(({ nodeId, objectClass, generation, tombstoned }) => {
    const upstream = settings.upstreams.find((candidate) => candidate.objectClass === objectClass);
    if (upstream === undefined || tombstoned || generation === 0) return [];
    return [subscribeMessage(settings, 'unsubscribe', upstream.owner, nodeId, generation, 0)];
  });
}
