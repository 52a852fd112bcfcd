/** A virtual host of one test's own on the real broker. */
import { erlangText, evaluateOnBroker } from './broker-control.ts';
import { type BrokerUser, definitionsOf, importOf, removalOf } from './broker-user.ts';
import { servers } from './servers.ts';

let made = 0;

export interface VirtualHost {
  readonly name: string;
  /** `amqp://user:password@host:port/<name>` */
  readonly url: string;
  remove(): Promise<void>;
}

/** The user of the URL may do everything there. `usersFor`: further users, made and removed with the host. */
export async function openVirtualHost(
  purpose: string,
  usersFor: (name: string) => Promise<readonly BrokerUser[]> = async () => [],
): Promise<VirtualHost> {
  made += 1;
  const name = `unanimous-${purpose}-${process.pid}-${made}`;
  const url = new URL(servers.rabbitmq);
  url.pathname = `/${name}`;
  const owner = decodeURIComponent(url.username);
  const users = await usersFor(name);
  const all = { user: owner, vhost: name, configure: '.*', write: '.*', read: '.*' };
  const { users: added, permissions } = definitionsOf(users);
  const vhosts = [{ name }];
  await evaluateOnBroker(importOf({ vhosts, users: added, permissions: [all, ...permissions] }));
  const removal = `rabbit_vhost:delete(${erlangText(name)}, <<"test">>), ${removalOf(users)}`;
  return { name, url: url.href, remove: () => evaluateOnBroker(removal) };
}
