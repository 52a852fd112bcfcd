/** The feed of events: resumed after the last id that was seen, or reset. */
import { EventFeed } from '../../../../edge/inspector/event-feed.ts';
import { VirtualClock } from '../../../../runtime/simulated/virtual-clock.ts';
import { assert, suite } from '../../../support/suite.ts';

const test = suite('inspector: event feed');

async function nextText(events: AsyncGenerator<string>): Promise<string> {
  const { value } = await events.next();
  return String(value);
}

test('numbered: a reader gets what is pushed after its beginning', async () => {
  const feed = new EventFeed('f', new VirtualClock());
  feed.push('a', 1);
  const events = feed.events(undefined);
  assert.is(await nextText(events), ': hello\n\n');
  feed.push('b', { two: 2 });
  assert.is(await nextText(events), 'id: f.2\nevent: b\ndata: {"two":2}\n\n');
  await events.return(undefined);
});

test('numbered: after a lost connection the later events come, each once', async () => {
  const feed = new EventFeed('f', new VirtualClock());
  for (const number of [1, 2, 3]) feed.push('n', number);
  const events = feed.events('f.1');
  await nextText(events);
  const text = await nextText(events);
  assert.equal(text.match(/^id: .*$/gm), ['id: f.2', 'id: f.3']);
  await events.return(undefined);
});

test('reset: an id of another process, of the future, or older than what is kept is no place to begin', async () => {
  const feed = new EventFeed('f', new VirtualClock());
  for (let number = 0; number < 5_000; number += 1) feed.push('n', number);
  for (const id of ['g.4999', 'f.5001', 'f.1', 'nonsense', 'f.']) {
    const events = feed.events(id);
    assert.is(await nextText(events), 'id: f.5000\nevent: reset\ndata: {}\n\n', id);
    await events.return(undefined);
  }
});

test('alive: a comment after a while without events; the end of the feed ends the stream', async () => {
  const clock = new VirtualClock();
  const feed = new EventFeed('f', clock);
  const events = feed.events(undefined);
  await nextText(events);
  const quiet = nextText(events);
  assert.ok(feed.isRead);
  await clock.advance(5_000);
  assert.is(await quiet, ': alive\n\n');
  const last = events.next();
  feed.end();
  assert.equal(await last, { value: undefined, done: true });
  assert.not.ok(feed.isRead);
});

test.run();
