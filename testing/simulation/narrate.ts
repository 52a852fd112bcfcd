/**
 * A run as readable text: each message with sender and receiver, losses, kills, and the violation
 * at the end.
 */
import type { TraceLine } from '../../transports/simulated/trace.ts';
import type { Plan } from './plan.ts';
import type { Outcome } from './run-plan.ts';

/** Replaces the ids of the run by short names. `named` gives the names that the system knows. */
export function narrate(
  plan: Plan,
  outcome: Outcome,
  named: (text: string) => string = (text) => text,
): string {
  const { violation, lines } = outcome;
  const short = new Shortener(named);
  const told = lines.flatMap((line) => sentenceOf(line) ?? []);
  const all = [
    `seed ${plan.seed}: ${plan.services.join(', ')}`,
    ...plan.operations.map(({ atMs, ...rest }) => `  at ${atMs} ms: ${JSON.stringify(rest)}`),
    `  faults: ${JSON.stringify(plan.faults)}`,
    ...told,
    violation === undefined
      ? 'nothing is wrong'
      : `${violation.atMs} ms  ${violation.invariant} is broken: ${violation.problem}`,
  ];
  return all.map((line) => short.of(line)).join('\n');
}

function sentenceOf({
  atMs,
  who,
  what,
  type,
  exchange,
  routingKey,
  messageId,
  outcome,
}: TraceLine): string | undefined {
  const message = [type || 'a message', messageId && `(${messageId})`]
    .filter((part) => part !== '')
    .join(' ');
  switch (what) {
    case 'publish':
      return `${atMs} ms  ${who} → ${exchange || '(default)'}/${routingKey}  ${message}${outcome === 'confirmed' ? '' : `: ${outcome}`}`;
    case 'deliver':
      return `${atMs} ms  ${who} ← ${message}${outcome.endsWith(' again') ? ', again' : ''}`;
    case 'acknowledge':
      return outcome === 'done'
        ? undefined
        : `${atMs} ms  ${who} acknowledges ${message}: ${outcome}`;
    case 'crash':
      return `${atMs} ms  ${who} is killed`;
    default:
      return `${atMs} ms  ${who} ${what}${outcome === '' ? '' : `: ${outcome}`}`;
  }
}

const uuid = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;

/** The ids without a name, numbered in the order of their appearance. */
class Shortener {
  readonly #named: (text: string) => string;
  readonly #numbers = new Map<string, string>();

  constructor(named: (text: string) => string) {
    this.#named = named;
  }

  of(text: string): string {
    return this.#named(text).replaceAll(uuid, (id) => {
      const short = this.#numbers.get(id) ?? `#${this.#numbers.size + 1}`;
      this.#numbers.set(id, short);
      return short;
    });
  }
}
