/** The errors of amqplib as errors of the runtime and of the broker. */
import { Broken, errorText, Transient } from '../../runtime/ports/errors.ts';
import { BrokerRefusal } from '../broker-refusal.ts';

/** amqplib quotes the broker's reason behind words of amqplib. */
const quotedReason = /with message "([\s\S]*)"$/;

/** The broker's refusal if the error is one: an error with a reply code. */
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

/** After several addresses of one name, the error of Node.js has no message, only a code. */
function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return errorText(cause);
  return cause.message || ('code' in cause ? String(cause.code) : cause.name);
}

const refusedHandshake = /ACCESS[-_]REFUSED|NOT[-_]ALLOWED|SASL mechanism/;
/** ACCESS_REFUSED and NOT_ALLOWED: only a change of the configuration or of the broker helps. */
const refusalCodes = [403, 530];

/** An error of the opening handshake. `Broken` when the broker answered and refuses the connection. */
export function connectError(address: string, cause: unknown): Broken | Transient {
  const isRefusal = cause instanceof BrokerRefusal;
  const reason = isRefusal ? `${cause.code} ${cause.message}` : reasonOf(cause);
  if (isRefusal ? refusalCodes.includes(cause.code) : refusedHandshake.test(reason))
    return new Broken('config-invalid', `${address} refuses the connection: ${reason}`, { cause });
  return new Transient('not-reachable', `${address} cannot be reached: ${reason}`, { cause });
}
