/** Defects of the webhook and of the callback of transactions. */
import type { Mutant } from './mutant.ts';

/** Every try has a key of its own. */
function changingKeys<Call extends { readonly headers: Readonly<Record<string, string>> }, Answer>(
  post: (call: Call) => Answer,
): (call: Call) => Answer {
  let tries = 0;
  return (call) => {
    tries += 1;
    const key = `${call.headers['idempotency-key']}/${tries}`;
    return post({ ...call, headers: { ...call.headers, 'idempotency-key': key } });
  };
}

export const hookMutants: readonly Mutant[] = [
  { name: 'a webhook whose key changes between tries', post: changingKeys },
  { name: 'a callback whose key changes between tries', callback: changingKeys },
];
