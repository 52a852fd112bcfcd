/**
 * History lines as sentences about a service: the service freezes, asks, agrees, decides, removes.
 * Pure.
 *
 * - once: an event is told by the service that causes it. The line of a service that only hears of
 *   the event has no sentence.
 * - grouped: neighbouring lines that differ only in their node become a single sentence.
 */
import { isJsonObject } from '../../config/json.ts';
import type { HistoryLine } from '../../runtime/ports/journal-rows.ts';
import type { Json, JsonObject } from '../../runtime/ports/json.ts';

/** `cn` of nodes by their ids. */
export type NodeNames = ReadonlyMap<string, string>;

export interface Sentence {
  /** The subject, by its short name. */
  readonly service: string;
  readonly text: string;
  /** Of the first line of the sentence, milliseconds since the epoch. */
  readonly atMs: number;
}

const namesMax = 2;

/** `tags_model_crud` is tags, `tags_api_crud` is the tags gateway. */
export function shortName(service: string): string {
  return service.replace(/_model_crud$/, '').replace(/_api_crud$/, ' gateway');
}

/** Ids of the nodes that a line is about. */
export function nodeIdsOf({ nodes, nodeIds, nodeId }: JsonObject): readonly string[] {
  const objects = Array.isArray(nodes) ? nodes.filter(isJsonObject) : [];
  const inObjects = objects.flatMap(({ id }) => textsOf(id));
  return [...inObjects, ...textsOf(nodes), ...textsOf(nodeIds), ...textsOf(nodeId)];
}

export function sentencesOf(lines: readonly HistoryLine[], names: NodeNames): readonly Sentence[] {
  return grouped(lines).flatMap(({ address, atMs, line }) => {
    const wording = wordings.get(String(line['what']));
    const text = wording?.({ line, names, ids: nodeIdsOf(line) });
    return text === undefined ? [] : [{ service: shortName(address.service), text, atMs }];
  });
}

interface About {
  readonly line: JsonObject;
  readonly ids: readonly string[];
  readonly names: NodeNames;
}

type Wording = (about: About) => string | undefined;

/**
 * By the line's `what`. For the kinds that are missing here, another service's line has the
 * sentence.
 */
const wordings: ReadonlyMap<string, Wording> = new Map([
  ['engaged', engaged],
  ['asked', ({ line, ids }) => `asks ${services(line['voters'])} about ${nodes(ids)}`],
  ['promised', ({ ids }) => `agrees about ${nodes(ids)}, and promises no new dependants`],
  ['refused', refused],
  ['unreachable', ({ line }) => `cannot reach ${services(line['voters'])}`],
  ['called off', calledOff],
  ['deleted', (about) => `REMOVES ${listed(about)}`],
  ['card state', ({ line: { card, state } }) => `marks ${card} as ${state}`],
  ['lock taken', ({ line }) => `locks ${line['lock']}`],
  ['lock released', ({ line }) => `unlocks ${line['lock']}`],
  ['transaction', ({ line: { transaction, state } }) => `sets ${transaction} to ${state}`],
  ['burn signed', ({ line }) => `signs the burn of the ${tokenName(line)}`],
  ['burn in a block', ({ line }) => `finds the burn in block ${line['block']}`],
  ['token burned', ({ line }) => `BURNS the ${tokenName(line)}`],
  ['card removed', cardRemoved],
  ['file removed', fileRemoved],
  ['file absent', ({ line }) => `does not find ${fileName(line)}`],
  ['decided', decided],
]);

function engaged(about: About): string {
  const { line } = about;
  return line['role'] === 'root'
    ? `freezes ${listed(about)} for ${services(line['requestedBy'])}`
    : `finds and freezes ${listed(about)}`;
}

/** The other services only learn of the decision. */
function decided(about: About): string | undefined {
  if (about.line['role'] !== 'root') return undefined;
  return `DECIDES to delete ${listed(about)} with all dependants`;
}

/** A reason may belong to several nodes, and a node may have several reasons. */
function refused({ line, names }: About): string {
  const { refusals } = line;
  const reasons = new Map<string, Set<string>>();
  for (const { nodeId, reason } of Array.isArray(refusals) ? refusals.filter(isJsonObject) : []) {
    const node = names.get(String(nodeId)) ?? String(nodeId);
    reasons.set(node, (reasons.get(node) ?? new Set()).add(withoutIds(String(reason))));
  }
  const texts = [...reasons].map(([node, own]) => `${node}: ${[...own].join('; ')}`);
  return `REFUSES to lose ${texts.join('; ')}`;
}

function calledOff(about: About): string {
  const { silent } = about.line;
  const reason = textsOf(silent).length === 0 ? '' : `: ${services(silent)} did not answer`;
  return `cancels the deletion, and unfreezes ${listed(about)}${reason}`;
}

function cardRemoved({ line: { card, files } }: About): string {
  const { length } = textsOf(files);
  const handed = `${length} ${length === 1 ? 'file' : 'files'}`;
  return `REMOVES the row of ${card}, and hands ${handed} to the file remover`;
}

/** Without the address of the contract. */
function tokenName({ token }: JsonObject): string {
  return String(token).replace(/ of 0x[0-9a-fA-F]{40}/, '');
}

function fileRemoved({ line }: About): string {
  const { bytes, sha256 } = line;
  return `REMOVES ${fileName(line)}: ${bytes} bytes, sha256 ${String(sha256).slice(0, 12)}…`;
}

/** Folder and name. */
function fileName({ url }: JsonObject): string {
  return String(url).split('/').slice(-2).join('/');
}

/** `name (id, attribute)` without what is in brackets: names are enough to read. */
function withoutIds(text: string): string {
  return text.replaceAll(/ \([0-9a-f]{8}-[0-9a-f-]{27}[^)]*\)/g, '');
}

function services(value: Json | undefined): string {
  return textsOf(value).map(shortName).join(', ');
}

function nodes(ids: readonly string[]): string {
  return `${ids.length} ${ids.length === 1 ? 'node' : 'nodes'}`;
}

/** The nodes by their names; of many nodes, how many and the first names. */
function listed({ ids, names }: About): string {
  const known = ids.map((id) => names.get(id) ?? id);
  if (known.length <= namesMax + 1) return known.join(', ');
  const rest = known.length - namesMax;
  return `${nodes(ids)}: ${known.slice(0, namesMax).join(', ')} and ${rest} more`;
}

function textsOf(value: Json | undefined): readonly string[] {
  if (typeof value === 'string') return [value];
  return Array.isArray(value) ? value.filter((each) => typeof each === 'string') : [];
}

/** Neighbouring lines of the same kind as a single line with `nodeIds`. */
function grouped(lines: readonly HistoryLine[]): readonly HistoryLine[] {
  const groups: { readonly key: string; readonly lines: HistoryLine[] }[] = [];
  for (const line of lines) {
    const key = JSON.stringify([line.address.service, { ...line.line, nodeId: null }]);
    const last = groups.at(-1);
    if (last?.key === key) last.lines.push(line);
    else groups.push({ key, lines: [line] });
  }
  return groups.flatMap((group) => merged(group.lines));
}

function merged(lines: readonly HistoryLine[]): readonly HistoryLine[] {
  const [first] = lines;
  if (first === undefined || lines.length === 1) return lines;
  const { nodeId: _nodeId, ...rest } = first.line;
  const nodeIds = lines.flatMap(({ line }) => textsOf(line['nodeId']));
  return [{ ...first, line: { ...rest, nodeIds } }];
}
