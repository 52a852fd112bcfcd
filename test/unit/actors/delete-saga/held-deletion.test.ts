/** The tries of a held deletion: what the answer to a try leads to ("Holds that end" in `docs/protocol.md`). */
import { heldDeletionMachine } from '../../../../actors/delete-saga/held-deletion-machine.ts';
import type { JsonObject } from '../../../../runtime/ports/json.ts';
import { caller, given, type MachineSpec, message } from '../../../../testing.ts';
import { assert, suite } from '../../../support/suite.ts';
import { id, tagsSettings } from '../consent/sample.ts';

const test = suite('held deletion');

const minuteMs = 60_000;
const timeAt = (ms: number) => new Date(ms).toISOString();
const aTry = { action: 'delete' };

/** A deletion whose hold has ended: its first try is under way. */
function trying(giveUpAtMs: number | null = null): MachineSpec {
  const held = { id: id(1), saga: 'S', until: timeAt(0), giveUpAtMs, requestedBy: null };
  const spec = given(heldDeletionMachine(tagsSettings), { atMs: 0 });
  return spec.when(message('holdDeletion', held)).waits(0).then({ state: 'trying' });
}

function refused(more: JsonObject): JsonObject {
  const error = { code: 409, name: 'refused', message: 'it was called off', refusals: [] };
  return { error: { ...error, silent: [], unreachable: [], ...more } };
}
const says = (until?: number) => ({
  ...{ service: 'vault', nodeId: id(1), reason: 'held' },
  ...(until === undefined ? {} : { until: timeAt(until) }),
});
const silent = refused({ silent: ['vault'] });

for (const [why, answer] of [
  ['silent', silent],
  ['unreachable', refused({ unreachable: ['vault'] })],
  ['not understood', refused({ malformed: [{ service: 'vault' }] })],
  ['silent beside a hold that has ended', refused({ silent: ['b'], refusals: [says(0)] })],
  ['too many new ones', refused({})],
] as const)
  test(`silence is no refusal: a try whose voters are ${why} is repeated after a minute`, () => {
    const waiting = trying().answers(aTry, answer);
    waiting.then({ state: 'unanswered', timers: [minuteMs], records: [] });
    waiting.waits(minuteMs).then({ state: 'trying', asks: [aTry] });
  });

test('the waits between tries without an answer grow up to an hour', () => {
  let spec = trying();
  const waits = [1, 2, 4, 8, 16, 32, 60, 60].map((minutes) => {
    spec = spec.answers(aTry, silent).then({ timers: [minutes * minuteMs] });
    spec = spec.waits(minutes * minuteMs).then({ state: 'trying' });
    return minutes;
  });
  assert.is(waits.length, 8);
});

test('the last try without an answer is at the end of the waiting', () => {
  const last = trying(1.5 * minuteMs)
    .answers(aTry, silent)
    .waits(minuteMs)
    .answers(aTry, silent);
  last.then({ state: 'unanswered', timers: [0.5 * minuteMs] });
  const over = last.waits(0.5 * minuteMs).answers(aTry, silent);
  over.then({ state: 'over' }).thenEnded();
  const [end] = over.records();
  assert.match(JSON.stringify(end), /"outcome":"given up"/);
});

for (const [why, answer] of [
  ['a reason without an end', refused({ refusals: [says()] })],
  ['a reason without an end beside silence', refused({ refusals: [says()], silent: ['b'] })],
  ['a cancellation', refused({ cancelled: { by: 'ada', why: 'a mistake' } })],
] as const)
  test(`${why} ends the waiting`, () => {
    trying().answers(aTry, answer).then({ state: 'over' });
  });

test('a hold beside silence is waited for', () => {
  const answer = refused({ silent: ['b'], refusals: [says(5 * minuteMs)] });
  trying()
    .answers(aTry, answer)
    .then({ state: 'waiting', timers: [5 * minuteMs] });
});

test('an operator ends the waiting for an answer, and a lifted hold shortens it', () => {
  const waiting = trying().answers(aTry, silent);
  const operator = { id: id(1), by: 'ada', why: 'a mistake' };
  waiting.when(message('cancelHeld', operator, { replyTo: caller('m') })).then({ state: 'over' });
  waiting.when(message('unheld', { id: id(1) })).then({ state: 'trying', asks: [aTry] });
});

test('a hold that is lifted during a try is not waited for: the voter may have voted before', () => {
  const held = refused({ refusals: [says(500 * minuteMs)] });
  const lifted = trying().when(message('unheld', { id: id(1) }));
  const paused = lifted.answers(aTry, held).then({ state: 'paused', timers: [minuteMs] });
  const again = paused.waits(minuteMs).then({ state: 'trying', asks: [aTry] });
  again.answers(aTry, held).then({ state: 'waiting', timers: [499 * minuteMs] });
  lifted.answers(aTry, refused({ refusals: [says()] })).then({ state: 'over' });
});

test('silence uses up no try for a hold whose end has passed', () => {
  let spec = trying();
  for (let at = 0; at < 70; at += 1) spec = spec.answers(aTry, silent).waits(60 * minuteMs);
  spec.answers(aTry, refused({ refusals: [says(0)] })).then({ state: 'paused' });
});

test.run();
