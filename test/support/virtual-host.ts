/** A virtual host of one test's own on the real broker, made and removed with `rabbitmqctl`. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
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

/** Its user may do everything there. */
export async function openVirtualHost(purpose: string): Promise<VirtualHost> {
  made += 1;
  const name = `unanimous-${purpose}-${process.pid}-${made}`;
  const url = new URL(servers.rabbitmq);
  url.pathname = `/${name}`;
  await imported({
    vhosts: [{ name }],
    permissions: [
      {
        user: decodeURIComponent(url.username),
        vhost: name,
        configure: '.*',
        write: '.*',
        read: '.*',
      },
    ],
  });
  return {
    name,
    url: url.href,
    remove: () => run('rabbitmqctl', ['delete_vhost', name]).then(() => undefined),
  };
}
