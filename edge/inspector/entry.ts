/**
 * The tokens of a process and the URLs that let a person in. A token stands behind `#`, so that the
 * browser sends the token to no server, and no log of requests has it.
 *
 * - named: where the settings name people, the process makes no tokens of its own.
 */
import type { InspectorSettings } from '../../config/exchange-config.ts';
import { namesPeople } from '../../config/inspector-settings.ts';
import { newSecret } from '../../runtime/ports/secret.ts';
import { tokenHash, type Visitors, visitorsOf } from './access.ts';

export interface Entry {
  readonly visitors: Visitors;
  /** What the start lines say, by the URL of the page. */
  readonly lines: (url: string) => readonly string[];
}

/** `operator`: the name of the person at the terminal, if the person may act. */
export function entryOf(settings: InspectorSettings, operator: string | undefined): Entry {
  const named = visitorsOf(settings);
  if (namesPeople(settings)) return { visitors: named, lines: (url) => [`inspector: ${url}`] };
  const token = newSecret();
  const reader = { name: 'reader', mayAct: false };
  if (operator === undefined)
    return {
      visitors: new Map([[tokenHash(token), reader]]),
      lines: (url) => [`inspector: ${url}#token=${token}`],
    };
  const acting = newSecret();
  return {
    visitors: new Map([
      [tokenHash(token), reader],
      [tokenHash(acting), { name: operator, mayAct: true }],
    ]),
    lines: (url) => [
      `inspector: ${url}#token=${token}`,
      `inspector for operators: ${url}#token=${acting}`,
    ],
  };
}
