/**
 * Why one saga waits: gathers its record, the parts of the services, their actors, and the sagas
 * that hold its nodes.
 */
import { sagaRecord } from '../actors/consent/saga-record.ts';
import { type Holder, type SagaWaiting, sagaWaiting } from '../actors/waiting/saga-waiting.ts';
import type { WhySources } from './why-sources.ts';

/** undefined: no service of these databases knows the saga. */
export async function whySaga(saga: string, sources: WhySources): Promise<SagaWaiting | undefined> {
  const [found, lines] = await Promise.all([sources.parts(saga), sources.history(saga)]);
  const record = sagaRecord(saga, lines);
  if (found.length === 0 && record === undefined) return undefined;
  const parts = await Promise.all(
    found.map(async (part) => {
      const { service, role, actor: key } = part;
      const machine = role === 'owner' ? 'delete-saga' : 'voter';
      return { part, rows: await sources.actor({ service, machine, key }) };
    }),
  );
  const waiting = found.filter(({ states }) => states.includes('waiting'));
  const holders = await holdersOf(
    saga,
    waiting.flatMap(({ nodeIds }) => nodeIds),
    sources,
  );
  return sagaWaiting({ saga, record, parts, holders });
}

/** The other sagas that hold one of the nodes. */
async function holdersOf(
  saga: string,
  nodeIds: readonly string[],
  sources: WhySources,
): Promise<readonly Holder[]> {
  if (nodeIds.length === 0) return [];
  const holds = await sources.holds(nodeIds);
  const others = holds.filter((hold) => hold.saga !== saga);
  return others.map(({ nodeId, saga: other, service, mode, state }) => ({
    nodeId,
    saga: other,
    service,
    mode,
    state,
  }));
}
