/**
 * An actor for a person: its machines with their charts and active states, contexts, timers,
 * activities, and reasons.
 *
 * - A stored version that the code does not know has no chart.
 */

import type { ActorRows } from '../../actors/waiting/machine-view.ts';
import { MachineView } from '../../actors/waiting/machine-view.ts';
import { waitingReasons } from '../../actors/waiting/waiting-reason.ts';
import { isJsonObject } from '../../config/json.ts';
import type { ServiceDefinition } from '../../runtime/messages/service-definition.ts';
import type { ActorAddress } from '../../runtime/ports/address.ts';
import { Refused } from '../../runtime/ports/errors.ts';
import type { Journal } from '../../runtime/ports/journal.ts';
import type { HistoryLine } from '../../runtime/ports/journal-rows.ts';
import type { Json, JsonObject } from '../../runtime/ports/json.ts';
import { activeStates, machineChart } from '../../runtime/step/machine-chart.ts';
import type { MachineDefinition } from '../../runtime/step/machine-definition.ts';
import { routeFrom } from '../../runtime/step/machine-versions.ts';
import type { TrailStep } from './actor-trail.ts';
import type { ActorDetail, ActorMachine, ActorStep } from './contract.ts';

export type ActorSources = {
  readonly service: ServiceDefinition;
  readonly journal: Journal;
  readonly trail: readonly TrailStep[];
};

const timersMax = 1_000;
const linesMax = 200;

/** Rejects with `Refused('not-found')` if the journal has no such actor. */
export async function actorDetail(
  address: ActorAddress,
  { service, journal, trail }: ActorSources,
): Promise<Omit<ActorDetail, 'nowMs'>> {
  const record = await journal.inspect(address);
  if (record === undefined)
    throw new Refused('not-found', `there is no actor ${address.key} of ${address.machine}`);
  const timers = await journal.listTimers([address.service], { address, token: '' }, timersMax);
  const own = timers.filter(
    ({ address: { machine, key } }) => machine === address.machine && key === address.key,
  );
  const activities = await journal.activitiesOf(address);
  const rows: ActorRows = {
    address,
    record,
    timers: Object.fromEntries(own.map(({ token, dueAtMs }) => [token, dueAtMs])),
    activities,
  };
  const versioned = service.machines.get(address.machine);
  const definition = versioned && routeFrom(versioned, record.machineVersion)?.definition;
  return {
    address,
    status: record.status,
    machineVersion: record.machineVersion,
    machines: machinesOf(familyRoot(record.family), definition, rows, []),
    reasons: waitingReasons(rows),
    activities: activities.map(
      ({ kind, path, attempt, notBeforeMs, input, progress, instance }) => ({
        kind,
        path,
        attempt,
        notBeforeMs,
        input: input ?? null,
        progress: progress ?? null,
        instance,
      }),
    ),
    history: await ownHistory(address, record.family, journal),
    steps: trail.map((step) => stepOf(step, definition)),
  };
}

function familyRoot(family: Json): JsonObject {
  const root = isJsonObject(family) ? family['root'] : undefined;
  return isJsonObject(root) ? root : {};
}

/** The machine and its children, parents first. */
function machinesOf(
  stored: JsonObject,
  definition: MachineDefinition | undefined,
  rows: ActorRows,
  path: readonly string[],
): readonly ActorMachine[] {
  const name = typeof stored['machine'] === 'string' ? stored['machine'] : rows.address.machine;
  const chart = definition === undefined ? null : machineChart(definition);
  const timers = Object.values(objectOf(stored['timers'])).flatMap((timer) => {
    const { token, event } = objectOf(timer);
    const dueAtMs = rows.timers[String(token)];
    return dueAtMs === undefined ? [] : [{ event: String(objectOf(event)['type']), dueAtMs }];
  });
  const own: ActorMachine = {
    path,
    name,
    status: String(stored['status'] ?? ''),
    chart,
    active: chart === null ? [] : activeStates(chart, stored['value']),
    value: stored['value'] ?? null,
    context: stored['context'] ?? null,
    timers,
  };
  const children = Object.entries(objectOf(stored['children'])).flatMap(([id, child]) => {
    const below = objectOf(child);
    const kind = typeof below['machine'] === 'string' ? below['machine'] : id;
    return machinesOf(below, definition?.children.get(kind), rows, [...path, id]);
  });
  return [own, ...children];
}

function objectOf(value: Json | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}

function stepOf(
  { atMs, family, status, handled, sent }: TrailStep,
  definition: MachineDefinition | undefined,
): ActorStep {
  const root = familyRoot(family);
  const value = root['value'] ?? null;
  return {
    atMs,
    status,
    handled,
    sent,
    value,
    active: definition === undefined ? [] : activeStates(machineChart(definition), value),
    context: root['context'] ?? null,
  };
}

/** The history lines that the actor has written under its key or its saga. */
async function ownHistory(
  { service, machine, key }: ActorAddress,
  family: Json,
  journal: Journal,
): Promise<readonly Pick<HistoryLine, 'atMs' | 'line'>[]> {
  const { saga } = objectOf(familyRoot(family)['context']);
  const topics = new Set([key, typeof saga === 'string' ? saga : key]);
  const found = await Promise.all([...topics].map((topic) => journal.history(topic)));
  return found
    .flat()
    .filter(({ address: by }) => by.service === service && by.machine === machine && by.key === key)
    .slice(-linesMax)
    .map(({ atMs, line }) => ({ atMs, line }));
}

/** The active states in one text, for lists. */
export function statesText(rows: ActorRows): string {
  return MachineView.of(rows)
    .states.filter((state) => state !== '')
    .join(', ');
}
