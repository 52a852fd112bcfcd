/** Users of one test's own on the real broker, with permissions on one virtual host. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);
/** Every user of a test has this password. */
export const brokerPassword = 'secret';

/** A user's name, and the patterns of the names that the user may use: regular expressions, as RabbitMQ takes them. */
export interface BrokerUser {
  readonly user: string;
  readonly vhost: string;
  readonly configure: string;
  readonly write: string;
  readonly read: string;
}

/** For `rabbitmqctl import_definitions`. */
export function definitionsOf(users: readonly BrokerUser[]) {
  return {
    users: users.map(({ user }) => ({ name: user, password: brokerPassword, tags: '' })),
    permissions: users,
  };
}

/** For `rabbitmqctl eval`, which removes them all. */
export function removalOf(users: readonly BrokerUser[]): string {
  const names = users.map(({ user }) => `<<${JSON.stringify(user)}>>`).join(', ');
  const remove = 'rabbit_auth_backend_internal:delete_user(Name, <<"test">>)';
  return `[${remove} || Name <- [${names}]]`;
}

/** All users in one command, because each command costs the start of an Erlang machine. */
export async function addBrokerUsers(users: readonly BrokerUser[]): Promise<void> {
  const done = run('rabbitmqctl', ['import_definitions', '--format', 'json']);
  done.child.stdin?.end(JSON.stringify(definitionsOf(users)));
  await done;
}

/** All of them in one command. */
export async function removeBrokerUsers(users: readonly BrokerUser[]): Promise<void> {
  if (users.length === 0) return;
  await run('rabbitmqctl', ['eval', `${removalOf(users)}.`]);
}

/** A URL of the broker, as that user. */
export function urlAs(url: string, { user }: Pick<BrokerUser, 'user'>): string {
  const own = new URL(url);
  own.username = user;
  own.password = brokerPassword;
  return own.href;
}
