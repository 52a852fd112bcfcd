/** The events of a saga: sent as lines come, resumed after the last one, ended with the saga. */
import { sagaEvents } from '../../../../edge/http/saga-events.ts';
import type { HistoryLine } from '../../../../runtime/ports/journal-rows.ts';
import type { JsonObject } from '../../../../runtime/ports/json.ts';
import { assert, suite } from '../../../support/suite.ts';
import { type HttpWorld, httpWorld } from './http-world.ts';

const test = suite('http: events of a saga', { deadlineMs: 60_000 });
let world: HttpWorld;
let path: string;
let lines: readonly HistoryLine[];

test.before(async () => {
  world = await httpWorld();
  const id = await world.created('objects', 'pump');
  await world.openOrder(id);
  const reply = await world.inject({ method: 'DELETE', url: `/v1/objects/${id}` });
  const saga = String(reply.json<JsonObject>()['saga']);
  path = `/v1/sagas/${saga}`;
  lines = await world.deployment.history(saga);
});
test.after(() => world.stop());

const idsIn = (text: string) => [...text.matchAll(/^id: (.*)$/gm)].map(([, id]) => id);
const ids = () => lines.map(({ id }) => id);

async function events(headers: Record<string, string> = {}) {
  const accept = 'text/event-stream';
  const { statusCode, body } = await world.inject({ url: path, headers: { accept, ...headers } });
  return { statusCode, body };
}

test('a saga that is over: all lines and the end; after an event only the later ones; after the end none', async () => {
  const all = await events();
  assert.equal(idsIn(all.body), [...ids(), 'end']);
  assert.match(all.body, /event: voted\ndata: \{.*"reason":"work order w1 is open: oil"/);
  const [, second = ''] = ids();
  const resumed = await events({ 'last-event-id': second });
  assert.equal(idsIn(resumed.body), [...ids().slice(2), 'end']);
  assert.is((await events({ 'last-event-id': 'end' })).statusCode, 204);
});

test('a saga under way: lines as they come, each once, until the saga or the server ends', async () => {
  let known = 1;
  const history = async () => lines.slice(0, known);
  const pause = async () => {
    known += 1;
    return true;
  };
  const texts: string[] = [];
  for await (const text of sagaEvents(lines[0]?.topic ?? '', { history, pause })) texts.push(text);
  assert.equal(
    texts.map((text) => idsIn(text).length),
    [...lines.map(() => 1), 1],
  );
  assert.equal(idsIn(texts.join('')), [...ids(), 'end']);
  const stopped: string[] = [];
  const early = { history: async () => lines.slice(0, 1), pause: async () => false };
  for await (const text of sagaEvents(lines[0]?.topic ?? '', early)) stopped.push(text);
  assert.equal(idsIn(stopped.join('')), ids().slice(0, 1));
});

test.run();
