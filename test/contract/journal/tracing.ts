/** The context of a trace in every row that waits. */
import { systemClock } from '../../../runtime/ports/clock.ts';
import { assert, type Suite } from '../../support/suite.ts';
import type { Bench } from './bench.ts';
import { activity, anActor, ask, line, message, timer, turn } from './samples.ts';

const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
const trace = { traceparent, tracestate: 'vendor=a' };

export function tracing(test: Suite, bench: () => Bench): void {
  test('a timer keeps its trace beside timers without one', async () => {
    const { journal } = bench();
    const [traced, plain] = [{ ...timer('t1', 100), trace }, timer('t2', 200)];
    await journal.commit('one', [turn({ timers: [traced, plain] })]);
    assert.equal(await journal.dueTimers(['objects'], 300, 10), [traced, plain]);
    assert.equal(await journal.listTimers(['objects'], undefined, 10), [traced, plain]);
  });

  test('an activity keeps its trace for the process that takes it over', async () => {
    const { journal } = bench();
    await journal.commit('one', [turn({ activities: [{ ...activity('a1'), trace }] })]);
    assert.equal(
      (await journal.activitiesOf(anActor)).map((row) => row.trace),
      [trace],
    );
    const listed = await journal.listActivities(['objects'], undefined, 10);
    assert.equal(
      listed.map((row) => row.trace),
      [trace],
    );
    const { activities } = await journal.adopt('two', ['objects'], systemClock.now(), 10);
    assert.equal(
      activities.map((row) => row.trace),
      [trace],
    );
  });

  test('a message, a question and a history line keep their trace', async () => {
    const { journal } = bench();
    const properties = { ...message('o1').properties, headers: trace };
    const question = { ...ask('q1'), trace };
    const entry = { ...line('h1', 1), trace: traceparent.slice(3, 35) };
    await journal.commit('one', [
      turn({ outbox: [{ ...message('o1'), properties }], asks: [question], history: [entry] }),
    ]);
    assert.equal(await journal.findAsks(['q1']), [question]);
    assert.equal(await journal.history('saga-1'), [entry]);
    const { outbox } = await journal.adopt('two', ['objects'], systemClock.now(), 10);
    assert.equal(
      outbox.map((row) => row.properties.headers),
      [trace],
    );
  });
}
