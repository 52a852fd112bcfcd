/**
 * Configs in which each service has a user of its own on the broker, and what
 * `unanimous config permissions` prints for them.
 */
import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import type { JsonObject } from '../../../runtime/ports/json.ts';
import { type BrokerUser, brokerPassword } from '../../support/broker-user.ts';
import { programAt } from '../../support/program.ts';

const run = promisify(execFile);

/** The name of the user of a service or of an outsider. */
export type UserOf = (name: string) => string;

/**
 * Copies of the config files in the folder, each with the user of its service and all with one trust
 * file. `more`: further keys of each copy.
 */
export function writeOwnConfigs(
  folder: string,
  sources: readonly string[],
  userOf: UserOf,
  trust: JsonObject,
  more: JsonObject = {},
): readonly string[] {
  const password = join(folder, 'password');
  const trustFile = join(folder, 'trust.json');
  writeFileSync(password, `${brokerPassword}\n`);
  writeFileSync(trustFile, JSON.stringify(trust));
  return sources.map((source) => {
    const path = join(folder, basename(source));
    const { $schema: _schema, ...content } = JSON.parse(readFileSync(source, 'utf8'));
    const user = { name: userOf(content.svc_name), password_file: password };
    const own = { ...content, ...more, broker_user: user, trust_file: trustFile };
    writeFileSync(path, JSON.stringify(own));
    return path;
  });
}

/** What the command prints for the configs, of the virtual host. */
export async function printedPermissions(
  vhost: string,
  paths: readonly string[],
  ...more: string[]
): Promise<string> {
  const { options, file } = programAt(new URL('../../../cli/cli.ts', import.meta.url));
  const command = ['config', 'permissions', '--vhost', vhost, ...more, ...paths];
  return (await run(process.execPath, [...options, file, ...command])).stdout;
}

/** The permissions of the services' users, as the command prints them for an import. */
export async function printedUsers(
  vhost: string,
  paths: readonly string[],
): Promise<readonly BrokerUser[]> {
  return JSON.parse(await printedPermissions(vhost, paths, '--format', 'json')).permissions;
}
