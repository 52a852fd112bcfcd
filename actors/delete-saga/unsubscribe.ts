/**
 * The subscriptions that end with the last dependant. Pure.
 *
 * A subscription is given back under the generation that was known when nothing depended on the node any more. One that was made since
 * has a later generation and stays; a create that still counts on an earlier one finds that it was given back, and subscribes again.
 */
import type { Publish } from '../../runtime/effects.ts';
import type { Write } from '../../runtime/store.ts';
import { subscribeMessage } from '../consent/messages.ts';
import type { ConsentSettings } from '../consent/settings.ts';
import { hierarchyWrite, type LinkState } from '../hierarchy/store.ts';

function isGivenBack({ generation, givenUp, tombstoned }: LinkState): boolean {
  return tombstoned || generation <= givenUp;
}

/** Notes what is given back, provided that nothing came to depend on it since it was read. */
export function unlinkWrites({ service }: ConsentSettings, links: readonly LinkState[]): readonly Write[] {
  return links
    .filter((link) => !isGivenBack(link))
    .map(({ nodeId, generation, version }) => hierarchyWrite('unlink', { service, nodeId, generation }, { links: { [nodeId]: version } }));
}

/** One `unsubscribe` for each link that is left without a dependant and whose node lives. */
export function unsubscribeMessages(settings: ConsentSettings, links: readonly LinkState[]): readonly Publish[] {
  return links.flatMap((link) => {
    const { nodeId, objectClass, generation } = link;
    const upstream = settings.upstreams.find((candidate) => candidate.objectClass === objectClass);
    if (upstream === undefined || isGivenBack(link)) return [];
    return [subscribeMessage(settings, 'unsubscribe', upstream.owner, nodeId, generation, settings.service)];
  });
}
