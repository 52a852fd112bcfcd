/**
 * The record of a saga as lines for a terminal: one event a line, in the order of time, then the
 * open questions. Pure.
 */
import type { SagaRecord } from '../actors/consent/saga-record-schema.ts';
import { retainedText } from './retained-text.ts';

interface Event {
  readonly atMs: number;
  readonly text: string;
}

export function sagaLines(record: SagaRecord): readonly string[] {
  const { saga, verb, state, owner, requestedBy, requestedAtMs, open } = record;
  const events = [...eventsOf(record)].sort((a, b) => a.atMs - b.atMs);
  const people = `${owner ?? 'owner unknown'}, asked for by ${requestedBy ?? 'nobody named'}`;
  return [
    `${verb} ${saga}: ${state} (${people})`,
    ...events.map(({ atMs, text }) => `${String(atMs - requestedAtMs).padStart(8)} ms  ${text}`),
    ...open.map(({ service, question, waitingFor }) =>
      waitingFor.length === 0
        ? `open: ${question} of ${service}`
        : `open: ${service} waits for ${waitingFor.join(', ')} (${question})`,
    ),
  ];
}

function eventsOf(record: SagaRecord): readonly Event[] {
  const { roster, answers, decisions, removed, files, detached, retained } = record;
  const { overrides, alarms, blocked, legacy } = record;
  return [
    ...roster.map(({ listedAtMs, voter, askedBy, nodeId }) => ({
      atMs: listedAtMs,
      text: `${askedBy} has ${voter} on the list of ${nodeId}`,
    })),
    ...answers.map(({ atMs, voter, askedBy, nodeId, question, answer, reason }) => ({
      atMs,
      text: `${voter} to ${askedBy}, ${question} ${nodeId}: ${answer}${because(reason)}`,
    })),
    ...decisions.map(({ atMs, service, what, reasons }) => ({
      atMs,
      text: `${service}: ${what}${because(reasons.join('; '))}`,
    })),
    ...removed.map(({ atMs, service, id, cn }) => ({
      atMs,
      text: `${service} removed ${cn} (${id})`,
    })),
    ...files.map(({ atMs, ...file }) => ({ atMs, text: fileText(file) })),
    ...detached.map(({ atMs, service, id, cn, attribute, referredId }) => ({
      atMs,
      text: `${service} took ${referredId} out of ${attribute} of ${cn} (${id})`,
    })),
    ...retained.map(({ atMs, service, nodeId, endedAtMs: _ended, ...kept }) => ({
      atMs,
      text: `${service} keeps of ${nodeId}: ${retainedText(kept)}`,
    })),
    ...retained.flatMap(({ service, nodeId, what, endedAtMs }) =>
      endedAtMs === null
        ? []
        : [{ atMs: endedAtMs, text: `${service} no longer keeps ${what} of ${nodeId}` }],
    ),
    ...overrides.map(({ atMs, operation, voter, by, why }) => ({
      atMs,
      text: `${by}: ${operation}${voter === null ? '' : ` ${voter}`}: ${why}`,
    })),
    ...alarms.map(({ atMs, level, service, waitingFor, reason }) => ({
      atMs,
      text: `${level}: ${service} waits for ${waitingFor.join(', ')}${because(reason)}`,
    })),
    ...blocked.map(({ atMs, service, reason }) => ({
      atMs,
      text: `blocked: ${service} cannot go on${because(reason)}`,
    })),
    ...legacy.map(({ atMs, service, hole, peers }) => ({
      atMs,
      text: `${service}: ${hole} ${peers.join(', ')}`,
    })),
  ];
}

function fileText({
  service,
  url,
  state,
  bytes,
  sha256,
  reason,
}: Omit<SagaRecord['files'][number], 'atMs'>): string {
  if (state === 'not removed') return `${service} could not remove ${url}${because(reason)}`;
  const content = bytes === null ? '' : `, ${bytes} bytes, sha256 ${sha256 ?? 'unknown'}`;
  return `${service}: ${url}: ${state}${because(reason)}${content}`;
}

function because(reason: string | null): string {
  return reason === null || reason === '' ? '' : `: ${reason}`;
}
