/**
 * The section `inspector` of a config file, with its defaults.
 *
 * - loopback: on an address that other machines reach, the inspector demands a list of its host
 *   names and tokens of named people. A token that the start line prints is for the person at the
 *   terminal only.
 */
import type { EntryContext } from './entry-checks.ts';
import type { InspectorSettings } from './exchange-config.ts';
import { isLoopback } from './http-settings.ts';
import { type InspectorOptions, inspectorDefaults } from './inspector-schema.ts';
import { shown } from './shown.ts';

export function checkedInspectorSettings(
  options: InspectorOptions,
  { report }: Pick<EntryContext, 'report'>,
): InspectorSettings {
  const settings = inspectorSettings(options);
  const { host, names, readers, operators } = settings;
  if (!isLoopback(host) && (names.length === 0 || !namesPeople(settings)))
    report(
      ['inspector', 'host'],
      shown(host),
      '127.0.0.1, ::1 or localhost; another address only with names, and with readers or operators',
    );
  const hashes = [...Object.values(readers), ...Object.values(operators)];
  if (new Set(hashes).size < hashes.length)
    report(['inspector'], 'one token of two people', 'a token of its own for each person');
  return settings;
}

/** The settings of a section that need no check. */
export function inspectorSettings(options: InspectorOptions): InspectorSettings {
  const {
    host,
    port,
    names = [],
    readers = {},
    operators = {},
  } = {
    ...inspectorDefaults,
    ...options,
  };
  return { host, port, names, readers: hashesOf(readers), operators: hashesOf(operators) };
}

/** Whether every token belongs to a person whom the config names. */
export function namesPeople({
  readers,
  operators,
}: Pick<InspectorSettings, 'readers' | 'operators'>): boolean {
  return Object.keys(readers).length + Object.keys(operators).length > 0;
}

function hashesOf(
  people: Readonly<Record<string, { readonly sha256: string }>>,
): InspectorSettings['readers'] {
  return Object.fromEntries(
    Object.entries(people).map(([name, { sha256 }]) => [name, sha256.toLowerCase()]),
  );
}
