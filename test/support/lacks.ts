/**
 * Servers and programs that test files need and that are not there, found before any of the files runs.
 *
 * Job: read the `needs: ['name', …]` of the suites in the sources, and try each name once.
 * Boundary: skips nothing itself; each suite does that (`suite.ts`). A name in double quotes is part of a fixture and is not read.
 */
import { absentPrograms, isProgram, isRequiredProgram } from './programs.ts';
import { isServer, serverLabel, unreachable } from './servers.ts';
import type { Need } from './suite-needs.ts';

export interface Source {
  /** The path from the project's root. */
  readonly file: string;
  readonly text: string;
}

export interface Lack {
  /** `no answer from name (host:port)` or `name not installed`. */
  readonly reason: string;
  /** False for a server or the browser when REQUIRE_SERVERS=1: the suites then fail. */
  readonly skips: boolean;
  /** The files with a suite that needs it. */
  readonly files: readonly string[];
}

const filesShown = 6;

/** The servers and programs that the suites of a source need. */
export function needsIn({ text }: Source): readonly Need[] {
  const lists = [...text.matchAll(/needs: \[([^\]]*)\]/g)].map(([, list = '']) => list);
  const names = lists.flatMap((list) =>
    [...list.matchAll(/'([^']*)'/g)].map(([, name = '']) => name),
  );
  return [...new Set(names)].filter((name): name is Need => isServer(name) || isProgram(name));
}

/** What is not there of everything that the sources need: programs first. */
export async function lacksOf(sources: readonly Source[]): Promise<readonly Lack[]> {
  const needs = new Map(sources.map((source) => [source.file, needsIn(source)]));
  const all = [...new Set([...needs.values()].flat())].sort();
  const absent = await absentPrograms(all.filter(isProgram));
  const missing = await unreachable(all.filter(isServer));
  const lack = (need: Need, reason: string, skips: boolean): Lack => ({
    reason,
    skips,
    files: [...needs].filter(([, names]) => names.includes(need)).map(([file]) => file),
  });
  const areRequired = process.env['REQUIRE_SERVERS'] === '1';
  return [
    ...absent.map((name) => lack(name, `${name} not installed`, !isRequiredProgram(name))),
    ...missing.map((name) => lack(name, `no answer from ${serverLabel(name)}`, !areRequired)),
  ];
}

/** One line, for the reader: the reason and the files that have suites of which nothing runs. */
export function lackText({ reason, skips, files }: Lack): string {
  const shown = files.slice(0, filesShown).join(', ');
  const more = files.length > filesShown ? ` and ${files.length - filesShown} more` : '';
  const verb = skips ? 'will be skipped' : 'will fail (REQUIRE_SERVERS=1)';
  return `${reason}: suites ${verb} in ${shown}${more}`;
}
