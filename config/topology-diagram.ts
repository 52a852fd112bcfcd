/**
 * A topology as a Mermaid flowchart: exchanges on the left, queues on the right, an arrow for each
 * binding.
 *
 * - any-name: names are quoted, and characters with a meaning in Mermaid are written as entities.
 * - stable: the same topology gives the same text.
 */
import type {
  BindingDeclaration,
  ExchangeDeclaration,
  QueueDeclaration,
  Topology,
} from './topology.ts';

/** Characters that end a label, begin an entity, a tag or Markdown, or are not printable. */
const special = /["#;&<>`\\\p{Cc}]/gu;

function label(text: string): string {
  return `"${text.replaceAll(special, (character) => `#${character.codePointAt(0)};`)}"`;
}

function exchangeLine({ name, type }: ExchangeDeclaration, index: number): string {
  return `  e${index}{{${label(`${name} (${type})`)}}}`;
}

function queueLine({ name, arguments: given }: QueueDeclaration, index: number): string {
  const type = given['x-queue-type'];
  return `  q${index}[(${label(type === undefined ? name : `${name} (${String(type)})`)})]`;
}

/** The routing key, then the headers that a headers exchange compares. */
function keyOf({ routingKey, arguments: given }: BindingDeclaration): string {
  const compared = Object.entries(given).map(([name, value]) => `${name}=${String(value)}`);
  return [...(routingKey === '' ? [] : [routingKey]), ...compared].join(', ');
}

/** The text of the flowchart, without a line break at the end. */
export function topologyDiagram({ exchanges, queues, bindings }: Topology): string {
  const ids = (prefix: string, named: readonly { readonly name: string }[]) =>
    new Map(named.map(({ name }, index) => [name, `${prefix}${index}`]));
  const exchangeIds = ids('e', exchanges);
  const queueIds = ids('q', queues);
  const arrows = bindings.map((binding) => {
    const key = keyOf(binding);
    const arrow = key === '' ? '-->' : `-->|${label(key)}|`;
    return `  ${exchangeIds.get(binding.exchange)} ${arrow} ${queueIds.get(binding.queue)}`;
  });
  return ['flowchart LR', ...exchanges.map(exchangeLine), ...queues.map(queueLine), ...arrows].join(
    '\n',
  );
}
