/**
 * How many sagas a deployment carries, and how long one takes: a closed queueing network, solved by mean value analysis
 * (Reiser and Lavenberg, 1980). Pure.
 *
 * Stations: the processes of the services, the journals, the broker. Each serves one saga at a time for the processor time that a saga
 * needs there, in turns; work is spread evenly. Between stations a saga waits for disks and networks, which serve all at once.
 *
 * - One machine: when everything shares the cores of one machine, the rate is also bounded by all processor time together.
 * - Means only: no tails, no conflicts, no growth of cost with contention. So the model is an upper bound that a measurement is held
 *   against, never a promise.
 */

/** What one saga costs. */
export type SagaCosts = {
  /** Processor time in the processes of the services, milliseconds. */
  readonly processMs: number;
  /** Processor time in the databases, milliseconds. */
  readonly journalMs: number;
  /** Processor time in the broker, milliseconds. */
  readonly brokerMs: number;
  /** Waiting that does not depend on load: disks, networks, milliseconds. */
  readonly waitMs: number;
};

export type Plant = {
  readonly processes: number;
  readonly journals: number;
  /** Sagas that a journal works on at once: the cores of its machine. Default 1. */
  readonly journalCores?: number;
  /** Cores of the one machine that everything shares. Without it, every part has a machine of its own. */
  readonly sharedCores?: number;
};

export type Prediction = {
  /** Sagas a second. */
  readonly rate: number;
  /** Mean time of a saga, milliseconds. */
  readonly latencyMs: number;
  /** The part that is full first when more sagas come. */
  readonly limit: 'processes' | 'journals' | 'broker' | 'machine';
};

/** `inFlight`: sagas under way all the time, at least 1. */
export function predicted(plant: Plant, costs: SagaCosts, inFlight: number): Prediction {
  const servers = stationsOf(plant, costs);
  const alone = meanValues(servers, costs.waitMs, inFlight);
  const shared =
    plant.sharedCores === undefined
      ? Number.POSITIVE_INFINITY
      : (plant.sharedCores * 1_000) / workMs(costs);
  const rate = Math.min(alone, shared);
  const fullest = servers.reduce((most, each) => (each.demandMs > most.demandMs ? each : most));
  return {
    rate,
    latencyMs: (inFlight * 1_000) / rate,
    limit: 1_000 / fullest.demandMs > shared ? 'machine' : fullest.part,
  };
}

type Station = {
  readonly part: Exclude<Prediction['limit'], 'machine'>;
  /** Stations of this kind. */
  readonly count: number;
  /** Of one saga at one of them, milliseconds. */
  readonly demandMs: number;
};

function stationsOf({ processes, journals, journalCores = 1 }: Plant, costs: SagaCosts) {
  const databases = journals * journalCores;
  const stations: readonly Station[] = [
    { part: 'processes', count: processes, demandMs: costs.processMs / processes },
    { part: 'journals', count: databases, demandMs: costs.journalMs / databases },
    { part: 'broker', count: 1, demandMs: costs.brokerMs },
  ];
  return stations;
}

/** Sagas a second with so many of them under way. */
function meanValues(stations: readonly Station[], waitMs: number, inFlight: number): number {
  let queued = stations.map(() => 0);
  let rate = 0;
  for (let sagas = 1; sagas <= inFlight; sagas += 1) {
    const timesMs = stations.map(({ demandMs }, index) => demandMs * (1 + (queued[index] ?? 0)));
    const all = timesMs.reduce(
      (sum, ms, index) => sum + ms * (stations[index]?.count ?? 1),
      waitMs,
    );
    rate = sagas / all;
    queued = timesMs.map((ms) => rate * ms);
  }
  return rate * 1_000;
}

function workMs({ processMs, journalMs, brokerMs }: SagaCosts): number {
  return processMs + journalMs + brokerMs;
}
