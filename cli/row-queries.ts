/**
 * The rows behind the commands `actors …`, `timers list`, `outbox list` and `machines list`.
 *
 * - redacted: contexts have passed `config/redact.ts`, like every text that leaves the process.
 */
import { MachineView } from '../actors/waiting/machine-view.ts';
import { uuidAtMs } from '../actors/waiting/saga-waiting.ts';
import { isJsonObject } from '../config/json.ts';
import { redact } from '../config/redact.ts';
import type { CheckedJournal } from '../runtime/duties/stored-check.ts';
import { type ActorAddress, addressId } from '../runtime/ports/address.ts';
import { Refused } from '../runtime/ports/errors.ts';
import type { ActorRecord } from '../runtime/ports/journal-rows.ts';
import type { Json, JsonObject } from '../runtime/ports/json.ts';
import { print } from './print.ts';
import type { StorageOptions } from './storage-options.ts';
import { type StoredJournal, withStoredServices } from './stored-services.ts';

export interface RowOptions extends StorageOptions {
  readonly service?: string;
  readonly limit: number;
  readonly json?: boolean;
}

type JsonOption = { readonly json?: boolean };

/** The number of rows that are read of an actor, and in one batch of a survey. */
const rowsMax = 500;

function addressText({ service, machine, key }: ActorAddress): string {
  return `${service}/${machine}/${key}`;
}

function timeText(atMs: number): string {
  return new Date(atMs).toISOString();
}

function statesOf(address: ActorAddress, record: ActorRecord): string {
  const view = MachineView.of({ address, record, timers: {}, activities: [] });
  return view.states.filter((state) => state !== '').join(', ');
}

function show<Row extends Json>(
  rows: readonly Row[],
  { json }: JsonOption,
  { none, line }: { readonly none: string; readonly line: (row: Row) => string },
): void {
  if (json === true) print(JSON.stringify(rows));
  else if (rows.length === 0) print(none);
  else for (const row of rows) print(line(row));
}

/** The names of the services of a journal that the options ask for. */
function wanted({ names }: StoredJournal, service: string | undefined): readonly string[] {
  return service === undefined ? names : names.filter((name) => name === service);
}

/**
 * At most `limit` rows of all journals. Rejects with `Refused('not-found')` for a service that
 * neither a config nor a running process has.
 */
async function rowsOf<Row>(
  { service, limit, ...options }: RowOptions,
  list: (
    journal: CheckedJournal,
    services: readonly string[],
    limit: number,
  ) => Promise<readonly Row[]>,
): Promise<readonly Row[]> {
  return withStoredServices(options, async ({ configs, journals }) => {
    const known = [
      ...configs.map(({ svcName }) => svcName),
      ...journals.flatMap(({ names }) => names),
    ];
    if (service !== undefined && !known.includes(service))
      throw new Refused('not-found', `no config or --module is the one of service '${service}'`);
    const rows: Row[] = [];
    for (const stored of journals) {
      const services = wanted(stored, service);
      if (services.length > 0 && rows.length < limit)
        rows.push(...(await list(stored.journal, services, limit - rows.length)));
    }
    return rows;
  });
}

export async function listActors(options: RowOptions): Promise<void> {
  const found = await rowsOf(options, (journal, services, limit) =>
    journal.listActors(services, undefined, limit),
  );
  const rows = found.map(({ address, record }) => ({
    address,
    version: record.machineVersion,
    states: statesOf(address, record),
  }));
  show(rows, options, {
    none: 'no actor is stored that has not ended',
    line: ({ address, version, states }) => `${addressText(address)}  v${version}  ${states}`,
  });
}

export async function listTimers(options: RowOptions): Promise<void> {
  const found = await rowsOf(options, (journal, services, limit) =>
    journal.listTimers(services, undefined, limit),
  );
  const rows = found.map(({ address, dueAtMs }) => ({ address, dueAtMs }));
  rows.sort((a, b) => a.dueAtMs - b.dueAtMs);
  show(rows, options, {
    none: 'no timer is stored',
    line: ({ address, dueAtMs }) => `${timeText(dueAtMs)}  ${addressText(address)}`,
  });
}

export async function listOutbox(options: RowOptions): Promise<void> {
  const found = await rowsOf(options, (journal, services, limit) =>
    journal.listOutbox(services, '', limit),
  );
  const rows = found.map(({ id, address, exchange, routingKey, body }) => ({
    id,
    address,
    exchange,
    routingKey,
    action: isJsonObject(body) && typeof body['action'] === 'string' ? body['action'] : null,
    atMs: uuidAtMs(id),
  }));
  show(rows, options, {
    none: 'no message waits to be published',
    line: ({ id, address, exchange, routingKey, action, atMs }) => {
      const to = `${exchange === '' ? '(default)' : exchange} ${routingKey}`;
      const time = atMs === null ? id : timeText(atMs);
      return `${time}  ${addressText(address)}  ${action ?? 'answer'} to ${to}`;
    },
  });
}

export async function listMachines({
  json,
  ...options
}: StorageOptions & JsonOption): Promise<void> {
  const rows = await withStoredServices(options, async ({ journals }) => {
    const counted = await Promise.all(
      journals.map(async ({ journal, services }) => {
        const names = services.map(({ name }) => name);
        const counts = await actorCounts(journal, names);
        return services.flatMap(({ name: service, machines }) =>
          [...machines.keys()].map((machine) => ({
            service,
            machine,
            actors: Object.fromEntries(counts.get(`${service}/${machine}`) ?? []),
          })),
        );
      }),
    );
    return counted.flat();
  });
  show(rows, json === undefined ? {} : { json }, {
    none: 'no service has stored anything',
    line: ({ service, machine, actors }) => {
      const stored = Object.entries(actors).map(([version, count]) => `${count} in v${version}`);
      return `${service}/${machine}  ${stored.join(', ') || 'no actor'}`;
    },
  });
}

/** Actors that have not ended, by `<service>/<machine>` and version. */
async function actorCounts(
  journal: CheckedJournal,
  services: readonly string[],
): Promise<ReadonlyMap<string, ReadonlyMap<number, number>>> {
  const counts = new Map<string, Map<number, number>>();
  let after: ActorAddress | undefined;
  do {
    const batch = await journal.listActors(services, after, rowsMax);
    for (const { address, record } of batch) {
      const machine = `${address.service}/${address.machine}`;
      const versions = counts.get(machine) ?? new Map<number, number>();
      versions.set(record.machineVersion, (versions.get(record.machineVersion) ?? 0) + 1);
      counts.set(machine, versions);
    }
    after = batch.length < rowsMax ? undefined : batch.at(-1)?.address;
  } while (after !== undefined);
  return counts;
}

/** The address that the text names, and the journal that has the rows of its service. */
function placeOf(text: string, journals: readonly StoredJournal[]) {
  const [service = '', machine = '', ...rest] = text.split('/');
  const stored = journals.find(({ names }) => names.includes(service));
  return { address: { service, machine, key: rest.join('/') }, journal: stored?.journal };
}

/** Rejects with `Refused('not-found')` if no journal has the actor. */
export async function showActor(
  text: string,
  { json, ...options }: StorageOptions & JsonOption,
): Promise<void> {
  const found = await withStoredServices(options, async ({ journals }) => {
    const { address, journal } = placeOf(text, journals);
    const [loaded] = (await journal?.load([{ address, messageIds: [] }])) ?? [];
    const record = loaded?.record;
    if (journal === undefined || record === undefined || record === null)
      throw new Refused('not-found', `no journal has an actor ${text}`);
    const from = { address, token: '' };
    const isOwn = (row: { readonly address: ActorAddress }) =>
      addressId(row.address) === addressId(address);
    const timers = await journal.listTimers([address.service], from, rowsMax);
    const activities = await journal.listActivities([address.service], from, rowsMax);
    const family = isJsonObject(record.family) ? record.family['root'] : null;
    const root: JsonObject = isJsonObject(family) ? family : {};
    return {
      address,
      version: record.machineVersion,
      status: record.status,
      states: statesOf(address, record),
      context: redact(root['context'] ?? null),
      timers: timers.filter(isOwn).map(({ dueAtMs }) => dueAtMs),
      activities: activities.filter(isOwn).map(({ kind, path, attempt, notBeforeMs }) => ({
        kind,
        path,
        attempt,
        notBeforeMs,
      })),
    };
  });
  if (json === true) return print(JSON.stringify(found));
  print(`${text}  v${found.version}  ${found.status}  ${found.states}`);
  for (const dueAtMs of found.timers) print(`timer     ${timeText(dueAtMs)}`);
  for (const { kind, attempt, notBeforeMs } of found.activities)
    print(`activity  ${kind}, ${attempt} tries, next ${timeText(notBeforeMs)}`);
  print(`context   ${JSON.stringify(found.context, null, 2)}`);
}
