/** Where PostgreSQL's server programs are: Debian keeps them off the PATH, in a folder for each version. */
import { execFileSync } from 'node:child_process';
import { accessSync, constants, readdirSync } from 'node:fs';
import { join } from 'node:path';

const debianFolder = '/usr/lib/postgresql';

/** The folder that has `initdb` and `postgres`; undefined where they are not installed. */
export function postgresFolder(): string | undefined {
  return [...debianFolders(), ...configuredFolder()].find(hasServer);
}

function debianFolders(): readonly string[] {
  try {
    const versions = readdirSync(debianFolder).sort((one, other) => Number(other) - Number(one));
    return versions.map((version) => join(debianFolder, version, 'bin'));
  } catch {
    return [];
  }
}

function configuredFolder(): readonly string[] {
  try {
    return [
      execFileSync('pg_config', ['--bindir'], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      }).trim(),
    ];
  } catch {
    return [];
  }
}

function hasServer(folder: string): boolean {
  try {
    for (const name of ['initdb', 'postgres', 'pg_isready'])
      accessSync(join(folder, name), constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
