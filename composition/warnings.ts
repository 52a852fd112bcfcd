/** History lines an operator should not have to look for: they are warnings in the log too. */
import type { HistoryLine } from '../runtime/ports/journal.ts';
import type { Log } from '../runtime/ports/log.ts';

const warnings: Readonly<Record<string, string>> = {
  alarm: 'a saga has waited for two minutes, or a part of it failed',
  stuck: 'a saga has waited for ten minutes',
  legacy: 'a peer that does not speak the protocol leaves a question open',
  overruled: 'a veto came after the decision',
  operator: 'an operator has overridden a saga',
};

/** Tells the log of the lines that need an eye. */
export function warnedOf(lines: readonly HistoryLine[], log: Log): void {
  for (const { topic, address, line } of lines) {
    const what = String(line['what']);
    const text = Object.hasOwn(warnings, what) ? warnings[what] : undefined;
    if (text !== undefined) log('warn', text, { saga: topic, service: address.service, ...line });
  }
}
