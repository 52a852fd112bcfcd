/** The inspector of `up` and `start`. Fastify and the page are loaded only here. */
import type { OpenDeployment } from '../composition/open-deployment.ts';
import { entryOf } from '../edge/inspector/entry.ts';
import { openInspector } from '../edge/inspector/server.ts';
import { InspectorWatch } from '../edge/inspector/watch.ts';
import { systemClock } from '../runtime/ports/clock.ts';
import { systemIds } from '../runtime/ports/ids.ts';
import type { Log } from '../runtime/ports/log.ts';
import type { WantedInspector } from './inspector-options.ts';
import { print } from './print.ts';

/** Made before the deployment, because the deployment reports turns and history to it. */
export function inspectorWatch(): InspectorWatch {
  return new InspectorWatch(systemClock, systemIds(systemClock));
}

/** Prints the URLs. Resolves with the function that closes the inspector. */
export async function serveInspector(
  deployment: OpenDeployment,
  watch: InspectorWatch,
  { settings, operator }: WantedInspector,
  log: Log,
): Promise<() => Promise<void>> {
  const { visitors, lines } = entryOf(settings, operator);
  const { url, close } = await openInspector({ deployment, watch, settings, visitors, log });
  for (const line of lines(url)) print(line);
  return close;
}
