/** Rates from counts: messages a second, by name. Pure. */
import type { ServiceCounts, Traffic } from '../contract.ts';

const windowMs = 5_000;

/** Of the last five seconds. */
export function serviceRate(
  samples: readonly Traffic[],
  service: string,
  count: keyof ServiceCounts,
): number {
  const newest = samples.at(-1);
  const oldest = samples.find(({ atMs }) => newest !== undefined && newest.atMs - atMs <= windowMs);
  if (newest === undefined || oldest === undefined || newest === oldest) return 0;
  const at = (sample: Traffic) => sample.services[service]?.[count] ?? 0;
  return ((at(newest) - at(oldest)) * 1000) / (newest.atMs - oldest.atMs);
}

/** The increase between two samples each, the oldest first. */
export function increases(
  samples: readonly Traffic[],
  service: string,
  count: keyof ServiceCounts,
): readonly number[] {
  return samples
    .slice(1)
    .map(
      ({ services }, index) =>
        (services[service]?.[count] ?? 0) - (samples[index]?.services[service]?.[count] ?? 0),
    );
}

/** Edges with messages since the sample of about 1.5 seconds ago. */
export function busyEdges(samples: readonly Traffic[]): ReadonlySet<string> {
  const newest = samples.at(-1);
  const before = samples.at(-4) ?? samples[0];
  const edges = Object.entries(newest?.edges ?? {});
  return new Set(edges.filter(([id, count]) => count > (before?.edges[id] ?? 0)).map(([id]) => id));
}
