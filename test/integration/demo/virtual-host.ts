/**
 * A virtual host of its own for a test that declares queues under the names of the package's
 * configs.
 */
import { servers } from '../../support/servers.ts';
import { openVirtualHost, type VirtualHost } from '../../support/virtual-host.ts';

/** Where the broker cannot be administered from here, the virtual host of its URL. */
export async function ownVirtualHost(): Promise<Pick<VirtualHost, 'url' | 'remove'>> {
  try {
    return await openVirtualHost('demo');
  } catch {
    return { url: servers.rabbitmq, remove: () => Promise.resolve() };
  }
}
