/**
 * The command `config show`: the settings of a service, each with its value and its origin.
 */
import { existsSync, readFileSync } from 'node:fs';
import { exchangeConfigSettings } from '../composition/exchange-configs.ts';
import type { Setting } from '../config/setting-list.ts';
import { Refused } from '../runtime/ports/errors.ts';
import {
  allConfigs,
  configNamed,
  loadServices,
  type ServiceFiles,
  sectionsWith,
} from './config-files.ts';
import { print } from './print.ts';

/** Rejects with `Refused` for a service without a config, and for a config that is no file. */
export async function showConfig(
  service: string,
  { json, ...files }: ServiceFiles & { readonly json?: boolean },
): Promise<void> {
  const services = await loadServices(files);
  const { file } = configNamed(allConfigs(services), service);
  if (!existsSync(file))
    throw new Refused(
      'not-supported',
      `the module makes the config of '${service}' (${file}); config show reads config files`,
    );
  const settings = exchangeConfigSettings(readFileSync(file, 'utf8'), {
    file,
    env: process.env,
    sections: sectionsWith(services.given),
  });
  if (json === true) return print(JSON.stringify(settings));
  for (const line of linesOf(settings)) print(line);
}

const widthMax = 60;

function linesOf(settings: readonly Setting[]): readonly string[] {
  const cells = settings.map(({ pointer, value, from }) => [
    pointer,
    from.type === 'unset' ? '-' : JSON.stringify(value),
    originText(from),
  ]);
  const width = (column: number) =>
    Math.min(widthMax, Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  const widths = [width(0), width(1)];
  return cells.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

function originText(from: Setting['from']): string {
  switch (from.type) {
    case 'file':
      return from.file;
    case 'environment':
      return `environment variable ${from.variable}`;
    case 'default':
      return 'default';
    case 'unset':
      return 'not set';
    default:
      return from satisfies never;
  }
}
