/**
 * A virtual host of its own for a test that declares queues under the names of the package's
 * configs.
 */
import { spawnSync } from 'node:child_process';
import { servers } from '../../support/servers.ts';

export interface VirtualHost {
  readonly url: string;
  remove(): void;
}

function rabbitmqctl(...command: string[]): boolean {
  return spawnSync('rabbitmqctl', ['-q', ...command], { stdio: 'ignore' }).status === 0;
}

/** Where the broker cannot be administered from here, the virtual host of its URL. */
export function ownVirtualHost(): VirtualHost {
  const url = new URL(servers.rabbitmq);
  const name = `demo-${process.pid}`;
  const user = decodeURIComponent(url.username) || 'guest';
  if (
    !rabbitmqctl('add_vhost', name) ||
    !rabbitmqctl('set_permissions', '-p', name, user, '.*', '.*', '.*')
  )
    return { url: url.href, remove: () => undefined };
  url.pathname = name;
  return { url: url.href, remove: () => rabbitmqctl('delete_vhost', name) };
}
