/**
 * The subscriptions that end with the last dependant. Pure.
 *
 * - Generation: a subscription is given back under the generation that was known when the last
 *   dependant went. A subscription that was made later has a later generation and stays. A create
 *   that relies on an earlier generation finds the subscription given back, and subscribes again.
 * - A node that is removed under the same saga takes its subscriptions along.
 */

import type { Write } from '../../runtime/ports/store.ts';
import type { Publish } from '../../runtime/step/effects.ts';
import { type LinkState, ledgerWrite } from '../consent/ledger/store.ts';
import type { ConsentSettings } from '../consent/settings.ts';
import { subscribeMessage } from '../consent/subscribe-messages.ts';

function isGivenBack({ generation, givenUp, tombstoned }: LinkState): boolean {
  return tombstoned || generation <= givenUp;
}

/** Whether the saga removes the node: the service has promised the node to the saga. */
function goesWith(saga: string, { promises }: LinkState): boolean {
  return promises.some(
    (promise) => promise.saga === saga && promise.mode === 'D' && promise.state === 'ok',
  );
}

/** Notes the links whose subscription ends, unless a dependant was added since the read. */
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

/** One `unsubscribe` for each link without a dependant, while the node of the link lives. */
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
