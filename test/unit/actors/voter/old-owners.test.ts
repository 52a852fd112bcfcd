import { given } from '../../../../testing.ts';
import { suite } from '../../../support/suite.ts';
import { id, ok } from '../consent/sample.ts';
import { event, machine, reads, service, write } from './voter-scenario.ts';

const test = suite('voter: old owners');

const old = { headers: {} };

test('an old owner has no saga: its exchange and the node stand for it; the promise alone has an end, after five minutes', () => {
  const key = `tags:${id(1)}`;
  const asked = given(machine, { key, reads })
    .when(event('mayDelete', [1], old))
    .then({ state: 'engaged', timers: [300_000], replies: [{ body: ok }] });
  asked.waits(299_999).then({ state: 'engaged', asks: [] });
  asked
    .waits(300_000)
    .then({ state: 'released', asks: [], writes: [write('release', { saga: key, service })] })
    .thenEnded();
});

test('its `deleting` within that time is done like any other', () => {
  const asked = given(machine, { key: `tags:${id(1)}`, reads }).when(event('mayDelete', [1], old));
  asked
    .when(event('deleting', [1], old))
    .then({ state: 'fulfilled', replies: [{ body: ok }] })
    .thenEnded();
});

test.run();
