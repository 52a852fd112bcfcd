/** The record of a saga as lines for a terminal. Pure. */
import type { SagaRecord } from '../actors/consent/saga-record-schema.ts';

function because(reason: string | null): string {
  return reason === null ? '' : `: ${reason}`;
}

/** What happened, each with its moment. */
function events(record: SagaRecord): readonly (readonly [number, string])[] {
  return [
    ...record.roster.map(
      ({ listedAtMs, voter, askedBy, nodeId }) =>
        [listedAtMs, `${askedBy} has ${voter} on the list of ${nodeId}`] as const,
    ),
    ...record.answers.map(
      ({ atMs, voter, askedBy, nodeId, question, answer, reason }) =>
        [
          atMs,
          `${voter} to ${askedBy}, ${question} ${nodeId}: ${answer}${because(reason)}`,
        ] as const,
    ),
    ...record.decisions.map(
      ({ atMs, service, what, reasons }) =>
        [atMs, `${service}: ${what}${because(reasons.join('; ') || null)}`] as const,
    ),
    ...record.removed.map(
      ({ atMs, service, id, cn }) => [atMs, `${service} removed ${cn} (${id})`] as const,
    ),
    ...record.overrides.map(
      ({ atMs, operation, voter, by, why }) =>
        [atMs, `${by}: ${operation}${voter === null ? '' : ` ${voter}`}: ${why}`] as const,
    ),
    ...record.alarms.map(
      ({ atMs, level, service, waitingFor, reason }) =>
        [
          atMs,
          `${level}: ${service} waits for ${waitingFor.join(', ')}${because(reason)}`,
        ] as const,
    ),
    ...record.legacy.map(
      ({ atMs, service, hole, peers }) =>
        [atMs, `${service}: ${hole} ${peers.join(', ')}`] as const,
    ),
  ];
}

export function recordLines(record: SagaRecord): readonly string[] {
  const { saga, verb, state, owner, requestedBy, requestedAtMs, open } = record;
  const happened = [...events(record)].sort(([a], [b]) => a - b);
  return [
    `${verb} ${saga}: ${state} (${owner ?? 'owner unknown'}, asked for by ${requestedBy ?? 'nobody named'})`,
    ...happened.map(([atMs, text]) => `${String(atMs - requestedAtMs).padStart(8)} ms  ${text}`),
    ...open.map(
      ({ service, question, waitingFor }) =>
        `open: ${service} waits for ${waitingFor.join(', ')} (${question})`,
    ),
  ];
}
