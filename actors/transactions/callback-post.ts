/**
 * Tells the callback the end of a transaction, as a POST.
 *
 * 1. All tries for one end have the same `Idempotency-Key`, so the receiver recognises a
 *    repetition.
 * 2. Only a status of success ends the tries. Everything else is tried again with growing delays,
 *    for about five hours.
 */
import type { Clock } from '../../runtime/ports/clock.ts';
import { Refused, Transient } from '../../runtime/ports/errors.ts';
import { activity } from '../../runtime/step/activity.ts';
import { exchange } from '../outside/http-exchange.ts';
import { ReachableAddresses } from '../outside/reachable-addresses.ts';
import { signatureHeaders } from '../outside/signature.ts';
import type { TransactionEnd } from './messages.ts';
import type { CallbackSettings } from './section.ts';

export type EndToTell = TransactionEnd & {
  /** The same on every try. */
  readonly id: string;
};

export type CallbackCall = {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
};

/** Sends one POST. Rejects without a whole answer. `status`: the status code of HTTP. */
export type CallbackPost = (call: CallbackCall) => Promise<{ readonly status: number }>;

export type CallbackPorts = {
  readonly settings: CallbackSettings;
  readonly post: CallbackPost;
  readonly clock: Pick<Clock, 'now'>;
};

export const callbackPolicy = {
  attemptsMax: 30,
  firstDelayMs: 1_000,
  factor: 2,
  delayMaxMs: 900_000,
  timeoutMs: 120_000,
} as const;

/** Over HTTP, to an address that is checked where the connection is made. */
export function httpPost({ addresses: networks }: CallbackSettings): CallbackPost {
  const addresses = new ReachableAddresses(networks);
  return ({ timeoutMs, ...call }) =>
    exchange({ method: 'POST', ...call }, { addresses, timeoutMs });
}

/** Gives the number of tries. */
export function tellActivity(ports: CallbackPorts | null) {
  return activity<number, EndToTell>(async (end, { attempt, signal }) => {
    if (ports === null) throw callbackUnknown();
    const { url, secret, timeoutMs } = ports.settings;
    const body = JSON.stringify(end);
    const atS = Math.floor(ports.clock.now() / 1_000);
    const signed = signatureHeaders(secret, { id: end.id, body, atS });
    const headers = { 'content-type': 'application/json', ...signed };
    const { status } = await ports.post({ url, headers, body, timeoutMs, signal });
    if (status >= 200 && status < 300) return attempt;
    throw new Transient('not-reachable', `the callback answers with the status ${status}`);
  }, callbackPolicy);
}

export function callbackUnknown(): Refused {
  return new Refused('not-supported', 'the config has no key transactions.callback');
}
