/** A process is killed while it takes out what is over; the next one goes on, and what is young stays. */

import { MemoryJournal } from '../../../runtime/memory/memory-journal.ts';
import type { FailpointName } from '../../../runtime/ports/failpoints.ts';
import { Simulation } from '../../../testing/simulation/simulation.ts';
import { line, turn } from '../../contract/journal/samples.ts';
import { assert, suite } from '../../support/suite.ts';
import { ordersService } from '../simulated/orders.ts';

const test = suite('housekeeping that is killed', { deadlineMs: 30_000 });
/** Two batches and a half. */
const oldLines = 2_500;

/** Lines that are left when the process is killed there for the first time after so many have gone. */
const deaths: readonly (readonly [FailpointName, number])[] = [
  ['prune.before-batch', 0],
  ['prune.batch-gone', 1_000],
  ['prune.before-batch', 1_000],
  ['prune.batch-gone', 2_000],
];

for (const [at, gone] of deaths) {
  test(`at ${at}, when ${gone} lines have gone: the others go all the same, and nothing else`, async () => {
    const journal = new CountingJournal({ stores: [] });
    const reach = (name: FailpointName): void => {
      if (name === at && journal.gone === gone) simulation.crash('orders');
    };
    const simulation: Simulation = new Simulation({
      services: [
        ordersService({
          now: () => simulation.clock.now(),
          after: (ms, ring) => simulation.clock.after(ms, ring),
        }),
      ],
      ...{ journal, failpoints: { reach } },
    });
    const history = Array.from({ length: oldLines }, (_, n) => line(`old ${n}`, n));
    const young = line('young', simulation.clock.now());
    await journal.open();
    await journal.commit('long ago', [turn({ history: [...history, young] })]);
    void simulation.launch('orders');
    assert.ok(await simulation.moveUntil(() => !simulation.isRunning('orders'), 10_000));
    assert.is((await journal.history('saga-1')).length, oldLines - gone + 1);
    journal.gone = Number.NaN;
    await simulation.start();
    await simulation.advance('2 s');
    assert.equal(
      (await journal.history('saga-1')).map(({ id }) => id),
      ['young'],
    );
    await simulation.stop();
  });
}

class CountingJournal extends MemoryJournal {
  gone = 0;

  override async prune(...args: Parameters<MemoryJournal['prune']>): Promise<number> {
    const gone = await super.prune(...args);
    this.gone += gone;
    return gone;
  }
}

test.run();
