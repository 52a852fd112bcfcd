/**
 * What must be so when a deletion is over, whoever was killed meanwhile: nothing half-happened, and the record tells the truth.
 *
 * 1. What is gone is gone in every service, each node tombstoned under the saga by the service that kept it; what is left is untouched.
 * 2. No hold, promise, open question, timer, unsent message or dead letter is left, and no subscription of who or to what is gone.
 * 3. The record says who answered what, and nothing is open in it.
 */
import { sagaRecord } from '../../../../actors/consent/saga-record.ts';
import type { SagaRecord } from '../../../../actors/consent/saga-record-schema.ts';
import type { HistoryLine } from '../../../../runtime/ports/journal-rows.ts';
import { assert } from '../../../support/suite.ts';
import type { ConsentBench } from '../bench.ts';
import { type Entity, serviceOf } from '../entity-configs.ts';

/** A node and the entity it is of. */
export type Placed = readonly [id: string, entity: Entity];
/** Who answered which question how, about which node. */
export type Answered = readonly [voter: string, nodeId: string, question: string, answer: string];

export interface Ending {
  /** The node the request named. */
  readonly about: string;
  readonly state: 'done' | 'called off';
  readonly gone: readonly Placed[];
  readonly kept: readonly Placed[];
  readonly answers: readonly Answered[];
  /** Who is on the list of a node that is left. */
  readonly lists?: Readonly<Record<string, readonly string[]>>;
  /** Why it was called off, as the root's decision names it. */
  readonly reasons?: readonly string[];
}

export async function expectEnding(bench: ConsentBench, ending: Ending): Promise<void> {
  const { gone, kept } = ending;
  const ids = [...gone, ...kept].map(([id]) => id);
  assert.equal(await bench.traces(...ids), []);
  const record = recordOf(await bench.history(), ending.about);
  for (const [id, entity] of gone) await expectGone(bench, record.saga, id, entity);
  for (const [id] of kept) assert.is(await bench.exists(id), true, `${id} has gone`);
  await expectLists(bench, ending);
  assert.equal([record.state, record.open], [ending.state, []]);
  assert.equal(answersIn(record), [...ending.answers].map((answer) => answer.join(' ')).sort());
  assert.equal(record.removed.map(({ id }) => id).sort(), gone.map(([id]) => id).sort());
  const reasons = record.decisions
    .filter(({ role }) => role === 'root')
    .flatMap((decision) => decision.reasons);
  assert.equal(reasons, ending.reasons ?? []);
}

/** Of the last saga that began with this node. */
export function recordOf(lines: readonly HistoryLine[], about: string): SagaRecord {
  const isBeginning = ({ line }: HistoryLine) =>
    line['what'] === 'engaged' && line['role'] === 'root';
  const names = ({ line }: HistoryLine) =>
    (line['nodes'] as readonly { readonly id: string }[]).some(({ id }) => id === about);
  const saga = lines.filter((line) => isBeginning(line) && names(line)).at(-1)?.topic ?? '';
  const record = sagaRecord(saga, lines);
  if (record === undefined) throw new Error(`no saga began with ${about}`);
  return record;
}

async function expectGone(
  bench: ConsentBench,
  saga: string,
  id: string,
  entity: Entity,
): Promise<void> {
  assert.is(await bench.exists(id), false, `${id} is still there`);
  const states = await bench.read('engagementStates', {
    saga,
    service: serviceOf(entity),
    nodeIds: [id],
  });
  assert.equal(states, [{ nodeId: id, state: 'tombstoned' }]);
}

/** Nobody is on the list of what is gone, or has promised anything about it; the lists named are as they should be. */
async function expectLists(bench: ConsentBench, { gone, kept, lists = {} }: Ending): Promise<void> {
  const services = [...new Set([...gone, ...kept].map(([, entity]) => serviceOf(entity)))];
  for (const [id] of gone) {
    assert.equal(await bench.listOf(id), []);
    for (const service of services) {
      const { links } = await bench.read('place', {
        service,
        baseNode: 'objects',
        references: [id],
      });
      assert.equal(
        links.flatMap(({ promises }) => promises),
        [],
      );
    }
  }
  for (const [id, subscribers] of Object.entries(lists))
    assert.equal(await bench.listOf(id), subscribers);
}

function answersIn({ answers }: SagaRecord): readonly string[] {
  return answers
    .map(({ voter, nodeId, question, answer }) => [voter, nodeId, question, answer].join(' '))
    .sort();
}
