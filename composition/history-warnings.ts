/** Writes a warning to the log for each history line that an operator should see. */
import type { HistoryLine } from '../runtime/ports/journal-rows.ts';
import type { Log } from '../runtime/ports/log.ts';
import { traceField } from '../runtime/ports/tracing.ts';

/** The warning for a history line, by the line's `what`. */
const warnings: ReadonlyMap<string, string> = new Map([
  [
    'alarm',
    'a saga has waited for two minutes, or something blocks its removal, or a part of the saga failed',
  ],
  ['stuck', 'a saga has waited for ten minutes'],
  ['legacy', 'a peer that does not speak the consent protocol leaves a question open'],
  ['malformed', 'a voter has answered neither ok nor no'],
  ['overruled', 'a veto came after the decision'],
  ['operator', 'an operator has overridden a saga'],
]);

/** Lines of other kinds are ignored. */
export function logHistoryWarnings(lines: readonly HistoryLine[], log: Log): void {
  for (const { topic, address, line, trace } of lines) {
    const text = warnings.get(String(line['what']));
    if (text !== undefined)
      log('warn', text, { saga: topic, service: address.service, ...line, ...traceField(trace) });
  }
}
