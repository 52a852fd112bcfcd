/**
 * The subscriptions that end with the last dependant. Pure.
 *
 * 1. A subscription is given back under the generation that was known when nothing depended on the node any more. One that was made since
 *    has a later generation and stays; a create that still counts on an earlier one finds that it was given back, and subscribes again.
 * 2. Where the node itself goes under the same saga, the subscription goes with it.
 */

import type { Write } from '../../runtime/ports/store.ts';
import type { Publish } from '../../runtime/step/effects.ts';
import { type LinkState, ledgerWrite } from '../consent/ledger/store.ts';
import type { ConsentSettings } from '../consent/settings.ts';
import { subscribeMessage } from '../consent/subscribe-messages.ts';

function isGivenBack({ generation, givenUp, tombstoned }: LinkState): boolean {
  return tombstoned || generation <= givenUp;
}

/** It was promised to the saga, and nothing is removed before a saga has decided. */
function goesWith(saga: string, { promises }: LinkState): boolean {
  return promises.some(
    (promise) => promise.saga === saga && promise.mode === 'D' && promise.state === 'ok',
  );
}

/** Notes what is given back, provided that nothing came to depend on it since it was read. */
export function unlinkWrites(
  { service }: ConsentSettings,
  saga: string,
  links: readonly LinkState[],
  atMs: number,
): readonly Write[] {
  return links
    .filter((link) => !isGivenBack(link) && !goesWith(saga, link))
    .map(({ nodeId, generation, version }) =>
      ledgerWrite(
        'unlink',
        { service, nodeId, generation, atMs },
        { links: { [nodeId]: version } },
      ),
    );
}

/** One `unsubscribe` for each link that is left without a dependant and whose node lives. */
export function unsubscribeMessages(
  settings: ConsentSettings,
  saga: string,
  links: readonly LinkState[],
): readonly Publish[] {
  return links.flatMap((link) => {
    const { nodeId, generation } = link;
    const upstream = settings.upstreams.find(({ entity }) => entity === link.entity);
    if (upstream === undefined || isGivenBack(link) || goesWith(saga, link)) return [];
    return [
      subscribeMessage(settings, 'unsubscribe', upstream.owner, nodeId, generation, [
        settings.service,
      ]),
    ];
  });
}
