/**
 * The two activities of a webhook: a question, tried until its deadline, and a decision, tried again
 * and again.
 *
 * - One request has one `Idempotency-Key` on every try.
 * - No answer is never an answer: an error status, a time-out and a body in no form of an answer all
 *   fail, with the reason.
 */
import type { Clock } from '../../runtime/ports/clock.ts';
import { errorText, Refused, Transient } from '../../runtime/ports/errors.ts';
import type { JsonObject } from '../../runtime/ports/json.ts';
import { type ActivityContext, activity } from '../../runtime/step/activity.ts';
import { type WebhookAnswer, type WebhookRequest, webhookAnswer } from './messages.ts';
import type { WebhookSettings } from './section.ts';
import { signatureHeaders } from './signature.ts';

export type WebhookCall = {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
};

/** Sends one POST. Rejects without a whole answer. `status`: the status code of HTTP. */
export type WebhookPost = (
  call: WebhookCall,
) => Promise<{ readonly status: number; readonly body: string }>;

export type WebhookPorts = {
  readonly post: WebhookPost;
  readonly clock: Pick<Clock, 'now'>;
};

export type WebhookQuestion = {
  readonly request: WebhookRequest;
  /** Milliseconds for all tries together. */
  readonly withinMs: number;
};
export type WebhookDecision = { readonly request: WebhookRequest };

/** The time of each try is bounded by the activity itself. */
const longestMs = 120_000;

const questionPolicy = {
  attemptsMax: 20,
  firstDelayMs: 100,
  factor: 2,
  delayMaxMs: 1_000,
  timeoutMs: longestMs,
};
/** About four minutes altogether. */
const decisionPolicy = {
  attemptsMax: 8,
  firstDelayMs: 1_000,
  factor: 2,
  delayMaxMs: 60_000,
  timeoutMs: longestMs,
};

export type WebhookActivities = ReturnType<typeof webhookActivities>;

export function webhookActivities(settings: WebhookSettings, { post, clock }: WebhookPorts) {
  return {
    askWebhook: activity<WebhookAnswer, WebhookQuestion>(
      (question, context) => ask(settings, { post, clock }, question, context),
      questionPolicy,
    ),
    tellWebhook: activity<null, WebhookDecision>(async ({ request }, { signal }) => {
      await told(settings, { post, clock }, request, { timeoutMs: settings.timeoutMs, signal });
      return null;
    }, decisionPolicy),
  };
}

async function ask(
  settings: WebhookSettings,
  ports: WebhookPorts,
  { request, withinMs }: WebhookQuestion,
  { attempt, lastProgress, progress, signal }: ActivityContext,
): Promise<WebhookAnswer> {
  const startedAtMs = typeof lastProgress === 'number' ? lastProgress : ports.clock.now();
  if (attempt === 1) progress(startedAtMs);
  const leftMs = startedAtMs + withinMs - ports.clock.now();
  if (leftMs <= 0)
    throw new Refused('timed-out', `the webhook has not answered within ${withinMs} ms`);
  const timeoutMs = Math.min(settings.timeoutMs, leftMs);
  const body = await told(settings, ports, request, { timeoutMs, signal });
  return webhookAnswer(objectIn(body));
}

/** The body of an answer with a status of success. Throws `Transient` otherwise. */
async function told(
  { url, secret }: WebhookSettings,
  { post, clock }: WebhookPorts,
  request: WebhookRequest,
  { timeoutMs, signal }: Pick<WebhookCall, 'timeoutMs' | 'signal'>,
): Promise<string> {
  const body = JSON.stringify(request);
  const signed = signatureHeaders(secret, {
    id: request.id,
    body,
    atS: Math.floor(clock.now() / 1_000),
  });
  const headers = { 'content-type': 'application/json', ...signed };
  const answer = await post({ url, headers, body, timeoutMs, signal });
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
