/**
 * History lines as sentences: who was asked, who answered, who removed what. Pure.
 *
 * Lines that differ only in the node they are about become one sentence.
 */
import type { HistoryLine } from '../../runtime/ports/journal.ts';
import type { Json, JsonObject } from '../../runtime/ports/json.ts';

/** `cn` by id. */
export type Names = ReadonlyMap<string, string>;

export interface Sentence {
  /** Who did it. */
  readonly service: string;
  readonly text: string;
}

const shownNames = 3;

/** A service by the entity it keeps. */
export function shortName(service: string): string {
  return service.replace(/_model_crud$/, '').replace(/_api_crud$/, ' gateway');
}

function strings(value: Json | undefined): readonly string[] {
  return Array.isArray(value)
    ? value.filter((item) => typeof item === 'string')
    : typeof value === 'string'
      ? [value]
      : [];
}

/** Ids a line is about, whichever way it names them. */
export function nodeIdsOf(line: JsonObject): readonly string[] {
  const { nodes, nodeIds, nodeId } = line;
  const objects = Array.isArray(nodes)
    ? nodes.flatMap((node) => strings((node as JsonObject | null)?.['id']))
    : [];
  return [...objects, ...strings(nodes), ...strings(nodeIds), ...strings(nodeId)];
}

function listed(ids: readonly string[], names: Names): string {
  const known = ids.map((id) => names.get(id) ?? id);
  const rest = known.length - shownNames;
  return rest > 1 ? `${known.slice(0, shownNames).join(', ')} and ${rest} more` : known.join(', ');
}

function peers(value: Json | undefined): string {
  return strings(value).map(shortName).join(', ');
}

function fileName(url: Json | undefined): string {
  return String(url).split('/').slice(-2).join('/');
}

function refusals(line: JsonObject, names: Names): string {
  const reasons = (line['refusals'] as readonly JsonObject[] | undefined) ?? [];
  const texts = reasons.map(
    ({ service, nodeId, reason }) =>
      `${shortName(String(service))} says of ${listed([String(nodeId)], names)}: ${reason}`,
  );
  return [...texts, ...strings(line['silent']).map((who) => `${shortName(who)} is silent`)].join(
    '; ',
  );
}

type Wording = (line: JsonObject, about: string, names: Names) => string;

const wordings: Readonly<Record<string, Wording>> = {
  engaged: ({ role, requestedBy }, about) =>
    role === 'root'
      ? `is told by ${peers(requestedBy)} to delete ${about}: frozen`
      : `finds what depends on it here: ${about}: frozen`,
  asked: ({ voters }, about) => `asks ${peers(voters)}: may they go? ${about}`,
  voted: ({ voter, response, reason }, about) =>
    response === 'ok'
      ? `hears from ${peers(voter)}: ok for ${about}`
      : `hears from ${peers(voter)}: no for ${about}: ${reason}`,
  promised: (_line, about) => `promises to add nothing to ${about}, and says ok`,
  refused: (line, _about, names) => `refuses: ${refusals(line, names)}`,
  unreachable: ({ voters }) => `cannot reach ${peers(voters)}`,
  decided: ({ role }, about) =>
    role === 'root' ? `DECIDES: ${about} will go` : `hears that it is decided: ${about} will go`,
  deleted: (_line, about) => `REMOVES ${about}`,
  fulfilled: (_line, about) => `has done its part for ${about}, and says so`,
  cleaned: ({ voter }, about) => `hears from ${peers(voter)}: done for ${about}`,
  'called off': (line, _about, names) => `CALLS IT OFF: ${refusals(line, names)}`,
  released: (_line, about) => `takes its promise back: ${about}`,
  'card created': ({ card, files }) => `keeps ${card} with ${files} files`,
  transaction: ({ transaction, state }) => `${transaction} is ${state}`,
  'card state': ({ card, state }) => `shows ${card} as ${state}`,
  'lock taken': ({ lock }) => `locks ${lock}`,
  'lock released': ({ lock }) => `unlocks ${lock}`,
  'card removed': ({ card, files }) =>
    `REMOVES the row of ${card}, and hands on its ${strings(files).length} files`,
  'file queued': ({ url }) => `will remove ${fileName(url)}`,
  'file removed': ({ url, bytes, sha256 }) =>
    `REMOVES ${fileName(url)}: ${bytes} bytes, sha256 ${String(sha256).slice(0, 12)}`,
  'file absent': ({ url }) => `finds no ${fileName(url)} any more`,
};

/** Lines that follow each other and differ only in the node, as one. */
export function grouped(lines: readonly HistoryLine[]): readonly HistoryLine[] {
  const groups: { key: string; lines: HistoryLine[] }[] = [];
  for (const line of lines) {
    const key = JSON.stringify({ ...line.line, nodeId: null, service: line.address.service });
    const last = groups.at(-1);
    if (last?.key === key) last.lines.push(line);
    else groups.push({ key, lines: [line] });
  }
  return groups.map((group) => merged(group.lines));
}

function merged(lines: readonly HistoryLine[]): HistoryLine {
  const [first] = lines as readonly [HistoryLine];
  const { nodeId: _nodeId, ...line } = first.line;
  return lines.length === 1
    ? first
    : {
        ...first,
        line: { ...line, nodeIds: lines.flatMap((each) => strings(each.line['nodeId'])) },
      };
}

export function sentencesOf(lines: readonly HistoryLine[], names: Names): readonly Sentence[] {
  return grouped(lines).map(({ address, line }) => {
    const { what, ...rest } = line;
    const text =
      wordings[String(what)]?.(line, listed(nodeIdsOf(line), names), names) ??
      `${what} ${JSON.stringify(rest)}`;
    return { service: shortName(address.service), text };
  });
}
