/**
 * The processes that the journals know, for the command `services`: one entry for each process,
 * also over several journals, and the services that no process works for.
 *
 * - silent: a process without a heartbeat for its lease is dead, or cannot reach the database. Its
 *   rows stay until a living process takes over its work.
 * - as told: the messages that a process has taken are those that its last heartbeat told.
 */
import { uuidAtMs } from '../actors/waiting/saga-waiting.ts';
import { serviceConfigPaths } from '../config/load.ts';
import { systemClock } from '../runtime/ports/clock.ts';
import type {
  Beating,
  HeldOutbox,
  MachineReach,
  ProcessService,
} from '../runtime/ports/journal-processes.ts';
import { print } from './print.ts';
import type { StorageOptions } from './storage-options.ts';
import { type StoredServices, withStoredServices } from './stored-services.ts';
import { span } from './why-text.ts';

/** Messages that wait, and the age of the oldest in milliseconds; null without messages. */
interface Lag {
  readonly messages: number;
  readonly oldestMs: number | null;
}

interface LivingService {
  readonly service: string;
  readonly machines: readonly MachineReach[];
  /** A process with newer code works for the service. */
  readonly handedOver: boolean;
  /** Taken from the queues and not handled yet. */
  readonly taken: Lag;
  /** Committed and not yet published. */
  readonly outbox: Lag;
}

export interface LivingProcess {
  readonly instance: string;
  readonly state: 'alive' | 'silent';
  /** Host and process id; null for a process of older code, like the next two. */
  readonly place: string | null;
  readonly startedAtMs: number | null;
  readonly prefetch: number | null;
  readonly beatenAtMs: number;
  /** Time since the last heartbeat. */
  readonly quietMs: number;
  readonly services: readonly LivingService[];
}

interface Listed {
  readonly processes: readonly LivingProcess[];
  /**
   * Services of the configs that no living process works for; with `--module` alone, without the
   * services of the package.
   */
  readonly notRunning: readonly string[];
  /** Messages of ended or forgotten processes; a living process takes these messages over. */
  readonly abandoned: readonly (Lag & { readonly service: string })[];
}

/** What is known of the processes of one journal. */
interface Known {
  readonly beating: readonly Beating[];
  readonly runs: readonly ProcessService[];
  readonly outboxes: readonly HeldOutbox[];
}

/** Of a process whose code tells no lease, milliseconds. */
const leaseDefaultMs = 5_000;

export async function listServices({
  json,
  ...options
}: StorageOptions & { readonly json?: boolean }): Promise<void> {
  const onlyModules = options.config === undefined && (options.module ?? []).length > 0;
  const unnamed = new Set(onlyModules ? serviceConfigPaths() : []);
  const listed = await withStoredServices(options, (stored) => listedProcesses(stored, unnamed));
  if (json === true) print(JSON.stringify(listed));
  else for (const line of linesOf(listed)) print(line);
}

/** `unnamed`: config files of services that nobody has asked about. */
async function listedProcesses(
  { configs, journals }: StoredServices,
  unnamed: ReadonlySet<string>,
): Promise<Listed> {
  const known = await Promise.all(
    journals.map(async ({ journal, names }): Promise<Known> => {
      const [beating, runs, outboxes] = await Promise.all([
        journal.beating(),
        journal.processes(names, 0),
        journal.heldOutboxes(names),
      ]);
      return { beating, runs, outboxes };
    }),
  );
  const nowMs = systemClock.now();
  const processes = known.flatMap((each) => processesOf(each, nowMs)).reduce(merged, []);
  const running = new Set(
    processes
      .filter(({ state }) => state === 'alive')
      .flatMap(({ services }) => services.filter(({ handedOver }) => !handedOver))
      .map(({ service }) => service),
  );
  const names = configs.filter(({ file }) => !unnamed.has(file)).map(({ svcName }) => svcName);
  return {
    processes,
    notRunning: names.filter((name) => !running.has(name)),
    abandoned: known.flatMap((each) => abandonedIn(each, nowMs)),
  };
}

function abandonedIn({ beating, outboxes }: Known, nowMs: number): Listed['abandoned'] {
  const known = new Set(beating.map(({ instance }) => instance));
  return outboxes
    .filter(({ instance }) => !known.has(instance))
    .map(({ service, messages, oldestId }) => ({
      service,
      ...lag(messages, uuidAtMs(oldestId), nowMs),
    }));
}

/** Processes that run none of the services are left out. */
function processesOf({ beating, runs, outboxes }: Known, nowMs: number): readonly LivingProcess[] {
  return beating.flatMap(({ instance, beatenAtMs, state, ...beat }) => {
    const quietMs = Math.max(0, Math.round(beat.quietMs));
    const services = runs
      .filter((run) => run.instance === instance)
      .map(({ service, machines, yielded }): LivingService => {
        const taken = state?.taken.find((each) => each.service === service);
        const outbox = outboxes.find(
          (each) => each.instance === instance && each.service === service,
        );
        return {
          service,
          machines,
          handedOver: yielded,
          taken: lag(taken?.messages, taken?.oldestAtMs ?? null, beatenAtMs + quietMs),
          outbox: lag(outbox?.messages, uuidAtMs(outbox?.oldestId ?? ''), nowMs),
        };
      });
    if (services.length === 0) return [];
    const isAlive = quietMs < (state?.leaseMs ?? leaseDefaultMs);
    return {
      instance,
      state: isAlive ? 'alive' : 'silent',
      place: state?.place ?? null,
      startedAtMs: state?.startedAtMs ?? null,
      prefetch: state?.prefetch ?? null,
      beatenAtMs,
      quietMs,
      services,
    };
  });
}

function lag(messages = 0, oldestAtMs: number | null, nowMs: number): Lag {
  const oldestMs = oldestAtMs === null ? null : Math.max(0, Math.round(nowMs - oldestAtMs));
  return { messages, oldestMs };
}

/** A process has the same instance in all its journals. */
function merged(processes: LivingProcess[], next: LivingProcess): LivingProcess[] {
  const at = processes.findIndex(({ instance }) => instance === next.instance);
  const found = processes[at];
  if (found === undefined) return [...processes, next];
  const services = [...found.services, ...next.services];
  return processes.with(at, { ...found, services });
}

function linesOf({ processes, notRunning, abandoned }: Listed): readonly string[] {
  return [
    ...(processes.length === 0 ? ['no process lives'] : processes.flatMap(processLines)),
    ...(notRunning.length === 0 ? [] : [`no process works for ${notRunning.join(', ')}`]),
    ...abandoned.map(
      ({ service, ...held }) => `messages of ${service} left by an ended process: ${lagText(held)}`,
    ),
  ];
}

function processLines(process: LivingProcess): readonly string[] {
  const { instance, state, place, startedAtMs, prefetch, quietMs, services } = process;
  const since =
    startedAtMs === null ? 'start not known' : `since ${new Date(startedAtMs).toISOString()}`;
  const heartbeat = `heartbeat ${span(quietMs)} ago`;
  const bound = prefetch === null ? '' : `, prefetch ${prefetch}`;
  const silent = state === 'silent' ? '  SILENT: dead, or without its database' : '';
  return [
    `${place ?? instance}  ${since}, ${heartbeat}${bound}${silent}`,
    ...services.flatMap(serviceLines),
  ];
}

function serviceLines({ service, machines, handedOver, taken, outbox }: LivingService) {
  const versions = machines.map(({ machine, writes, reads }) =>
    writes === reads ? `${machine} v${writes}` : `${machine} v${writes} (reads v${reads})`,
  );
  const handing = handedOver ? '  handed over to a process with newer code' : '';
  const waiting = `taken ${lagText(taken)}; to publish ${lagText(outbox)}`;
  return [
    `  ${service}${handing}  ${waiting}`,
    ...(versions.length === 0 ? [] : [`    ${versions.join(', ')}`]),
  ];
}

function lagText({ messages, oldestMs }: Lag): string {
  return oldestMs === null ? String(messages) : `${messages}, the oldest for ${span(oldestMs)}`;
}
