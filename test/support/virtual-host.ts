/** A virtual host of one test's own on the real broker, made and removed with `rabbitmqctl`. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { type BrokerUser, definitionsOf, removalOf } from './broker-user.ts';
import { servers } from './servers.ts';

const run = promisify(execFile);
let made = 0;

export interface VirtualHost {
  readonly name: string;
  /** `amqp://user:password@host:port/<name>` */
  readonly url: string;
  remove(): Promise<void>;
}

/** Host and rights in one command: each costs the start of an Erlang machine. */
async function imported(definitions: object): Promise<void> {
  const done = run('rabbitmqctl', ['import_definitions', '--format', 'json']);
  done.child.stdin?.end(JSON.stringify(definitions));
  await done;
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
  await imported({ vhosts: [{ name }], users: added, permissions: [all, ...permissions] });
  const removal = `rabbit_vhost:delete(<<${JSON.stringify(name)}>>, <<"test">>), ${removalOf(users)}`;
  return {
    name,
    url: url.href,
    remove: () => run('rabbitmqctl', ['eval', `${removal}.`]).then(() => undefined),
  };
}
