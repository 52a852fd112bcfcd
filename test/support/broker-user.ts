/** Users of one test's own on the real broker, with permissions on one virtual host. */
import { erlangText, evaluateOnBroker } from './broker-control.ts';

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

/** An expression that adds definitions in the form of RabbitMQ's management. */
export function importOf(definitions: object): string {
  return `ok = rabbit_definitions:import_raw(${erlangText(JSON.stringify(definitions))})`;
}

/** Users and permissions among definitions. */
export function definitionsOf(users: readonly BrokerUser[]) {
  return {
    users: users.map(({ user }) => ({ name: user, password: brokerPassword, tags: '' })),
    permissions: users,
  };
}

/** An expression that removes them all. */
export function removalOf(users: readonly BrokerUser[]): string {
  const names = users.map(({ user }) => erlangText(user)).join(', ');
  const remove = 'rabbit_auth_backend_internal:delete_user(Name, <<"test">>)';
  return `[${remove} || Name <- [${names}]]`;
}

export async function addBrokerUsers(users: readonly BrokerUser[]): Promise<void> {
  await evaluateOnBroker(importOf(definitionsOf(users)));
}

export async function removeBrokerUsers(users: readonly BrokerUser[]): Promise<void> {
  if (users.length > 0) await evaluateOnBroker(removalOf(users));
}

/** A URL of the broker, as that user. */
export function urlAs(url: string, { user }: Pick<BrokerUser, 'user'>): string {
  const own = new URL(url);
  own.username = user;
  own.password = brokerPassword;
  return own.href;
}
