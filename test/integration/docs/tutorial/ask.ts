import type { Client } from '../../../../deployment.ts';
import type { Json } from '../../../../index.ts';

type Data = { [key: string]: Json };

/** Sends a request to the service of an entity and waits for the answer. */
export function asking(client: Client) {
  return async <Answer>(entity: string, action: string, data: Data): Promise<Answer> => {
    const to = { exchange: entity, routingKey: `${entity}_requests` };
    return (await client.request(to, { action, data })) as Answer;
  };
}
