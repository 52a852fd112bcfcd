/**
 * A run as readable text: each message with sender and receiver, losses, kills, and the violation
 * at the end. Messages of clients are told with action and data, and answers to clients with their
 * body.
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
  const isClient = ({ who }: TraceLine) => !plan.services.includes(who.replace(/#\d+$/, ''));
  const told = lines.flatMap((line) => sentenceOf(line, isClient(line)) ?? []);
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

function sentenceOf(line: TraceLine, isOfClient: boolean): string | undefined {
  const { atMs, who, what, exchange, routingKey, outcome } = line;
  const message = isOfClient ? clientMessage(line) : serviceMessage(line);
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

function serviceMessage({ type, messageId }: TraceLine): string {
  return [type || 'a message', messageId && `(${messageId})`]
    .filter((part) => part !== '')
    .join(' ');
}

const shownMax = 300;

/** `action data (id)` for a message of a client, the body for an answer. */
function clientMessage(line: TraceLine): string {
  const text = Buffer.from(line.body).toString('utf8');
  const shown = text.length > shownMax ? `${text.slice(0, shownMax)}…` : text;
  if (line.what !== 'publish') return shown === '' ? serviceMessage(line) : shown;
  const [, action, data] = /^\{"action":"([^"]*)","data":(.*)\}$/s.exec(shown) ?? [];
  const id = line.messageId && ` (${line.messageId})`;
  return `${action === undefined ? shown || 'a message' : `${action} ${data}`}${id}`;
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
