// The newsletter: another system, in plain Node, without a client of a broker. It keeps addresses by customer.
import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';

const subscribers = new Map([['0192f000-0000-7000-8000-0000000000c1', 'kim@example.org']]);

const isSigned = (headers, body) => {
  const code = createHmac('sha256', process.env.WEBHOOK__SECRET ?? '')
    .update(`${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`)
    .digest('base64');
  const [expected, found] = [`v1,${code}`, `${headers['webhook-signature']}`].map((text) =>
    Buffer.from(text),
  );
  const isRecent = Math.abs(Date.now() / 1000 - Number(headers['webhook-timestamp'])) < 300;
  return isRecent && expected.length === found.length && timingSafeEqual(expected, found);
};

const server = createServer(async (request, response) => {
  let body = '';
  for await (const chunk of request) body += chunk;
  if (!isSigned(request.headers, body)) return response.writeHead(401).end();
  const { action, ids, dryRun } = JSON.parse(body);
  const known = ids.filter((id) => subscribers.has(id));
  if (action === 'deleting') for (const id of known) subscribers.delete(id);
  console.log(
    `newsletter: ${action}${dryRun ? ' (plan)' : ''}, knows ${known.length} of ${ids.length}`,
  );
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(JSON.stringify(action.startsWith('may') ? { allowed: true } : {}));
});
server.listen(Number(process.env.PORT ?? 0), '127.0.0.1', () => {
  console.log(`newsletter listens on ${server.address().port}`);
});
