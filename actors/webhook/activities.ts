/**
 * The system behind a webhook: its questions and decisions, each as a POST.
 *
 * - A request has the same `Idempotency-Key` on every try.
 * - Only a body in the form of an answer counts, with a status of success. An error status, a
 *   time-out and any other body fail with the reason.
 */
import type { Clock } from '../../runtime/ports/clock.ts';
import { errorText, Refused, Transient } from '../../runtime/ports/errors.ts';
import type { JsonObject } from '../../runtime/ports/json.ts';
import { signatureHeaders } from '../outside/signature.ts';
import type { OutsideSystem, Try } from '../outside-voter/activities.ts';
import { type OutsideRequest, outsideAnswer } from '../outside-voter/messages.ts';
import type { WebhookSettings } from './section.ts';

export type WebhookCall = Try & {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
};

/** Sends one POST. Rejects without a whole answer. `status`: the status code of HTTP. */
export type WebhookPost = (
  call: WebhookCall,
) => Promise<{ readonly status: number; readonly body: string }>;

export type WebhookPorts = {
  readonly post: WebhookPost;
  readonly clock: Pick<Clock, 'now'>;
};

export function webhookSystem(settings: WebhookSettings, ports: WebhookPorts): OutsideSystem {
  return {
    timeoutMs: settings.timeoutMs,
    ask: async (request, limits) =>
      outsideAnswer(objectIn(await told(settings, ports, request, limits))),
    tell: async (request, limits) => {
      await told(settings, ports, request, limits);
    },
  };
}

/** The body of an answer with a status of success. Throws `Transient` otherwise. */
async function told(
  { url, secret }: WebhookSettings,
  { post, clock }: WebhookPorts,
  request: OutsideRequest,
  limits: Try,
): Promise<string> {
  const body = JSON.stringify(request);
  const signed = signatureHeaders(secret, {
    id: request.id,
    body,
    atS: Math.floor(clock.now() / 1_000),
  });
  const headers = { 'content-type': 'application/json', ...signed };
  const answer = await post({ url, headers, body, ...limits });
  if (answer.status >= 200 && answer.status < 300) return answer.body;
  throw new Transient('not-reachable', `the webhook answers with the status ${answer.status}`);
}

function objectIn(body: string): JsonObject {
  const allowed = 'allowed is {"allowed": true} or {"allowed": false, "reason": "…"}';
  try {
    const parsed: unknown = JSON.parse(body);
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed))
      return parsed as JsonObject;
  } catch (error) {
    throw new Refused(
      'bad-answer',
      `the webhook's answer is no JSON: ${errorText(error)}; ${allowed}`,
    );
  }
  throw new Refused('bad-answer', `the webhook's answer is no object; ${allowed}`);
}
