/** A defect of the webhook. */
import type { WebhookPost } from '../../../../actors/webhook/activities.ts';
import type { Mutant } from './mutant.ts';

/** Every try has a key of its own. */
function changingKeys(post: WebhookPost): WebhookPost {
  let tries = 0;
  return (call) => {
    tries += 1;
    const key = `${call.headers['idempotency-key']}/${tries}`;
    return post({ ...call, headers: { ...call.headers, 'idempotency-key': key } });
  };
}

export const hookMutants: readonly Mutant[] = [
  { name: 'a webhook whose key changes between tries', post: changingKeys },
];
