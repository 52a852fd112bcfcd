/** Dead letters that are handled again; the titles name the invariants of `replays.ts`. */
import { Replays } from '../../../../runtime/duties/replays.ts';
import { MemoryJournal } from '../../../../runtime/memory/memory-journal.ts';
import { noFailpoints } from '../../../../runtime/ports/failpoints.ts';
import { InstanceName } from '../../../../runtime/ports/instance-name.ts';
import { VirtualClock } from '../../../../runtime/simulated/virtual-clock.ts';
import { deadLetter } from '../../../contract/journal/samples.ts';
import { assert, suite } from '../../../support/suite.ts';

const test = suite('replays');

test('tried until stopped: the delays between the tries double, up to a minute', async () => {
  const clock = new VirtualClock(0);
  const journal = new MemoryJournal({ stores: [] });
  await journal.open();
  const triedAtMs: number[] = [];
  const replays = new Replays({
    journal,
    clock,
    instance: new InstanceName('one'),
    services: () => ['objects'],
    log: () => undefined,
    failpoints: noFailpoints,
    handle: async () => {
      triedAtMs.push(clock.now());
      return triedAtMs.length < 9 ? 'retry' : 'done';
    },
  });
  await journal.addDeadLetter(deadLetter('d1', 10));
  await journal.requestReplay({ ids: ['d1'] });
  await replays.poll(0);
  await clock.advance(300_000);
  const delaysMs = triedAtMs.slice(1).map((atMs, index) => atMs - (triedAtMs[index] ?? 0));
  assert.equal(delaysMs, [1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]);
  assert.equal([replays.isIdle, await journal.deadLetter('d1')], [true, undefined]);
});

test.run();
