/** What amqplib throws, in our terms. */
import { Broken, errorText, Transient } from '../../runtime/ports/errors.ts';
import { BrokerRefusal } from '../broker-refusal.ts';

/** amqplib puts the broker's reason between quotes behind words of its own. */
const quotedReason = /with message "([\s\S]*)"$/;

/** The broker's refusal, when that is what the error is: it carries a reply code. */
export function asRefusal(error: unknown): BrokerRefusal | undefined {
  if (error instanceof BrokerRefusal) return error;
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'number')
    return undefined;
  return new BrokerRefusal(error.code, quotedReason.exec(error.message)?.[1] ?? error.message);
}

export function lostError(cause: unknown): Transient {
  const reason = errorText(cause);
  return new Transient('transport-lost', `the connection to the broker is lost: ${reason}`, {
    cause,
  });
}

/** Node gives no message when it has tried several addresses of a name, only a code. */
function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return errorText(cause);
  return cause.message || ('code' in cause ? String(cause.code) : cause.name);
}

const refusedHandshake = /ACCESS[-_]REFUSED|NOT[-_]ALLOWED|SASL mechanism/;

/** An error of the opening handshake. `Broken` when the broker was there and does not want us. */
export function connectError(address: string, cause: unknown): Broken | Transient {
  const reason = reasonOf(cause);
  if (refusedHandshake.test(reason))
    return new Broken('config-invalid', `${address} refuses the connection: ${reason}`, { cause });
  return new Transient('not-reachable', `${address} cannot be reached: ${reason}`, { cause });
}
