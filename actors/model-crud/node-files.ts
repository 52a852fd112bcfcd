/**
 * The files of nodes: attributes that hold URLs, and the messages to the file remover when a node is
 * removed. Pure.
 *
 * 1. The messages belong to the commit of the removal, so no file is lost or goes without its node.
 * 2. A file that another node of the entity lists stays. The commit expects the version of the other
 *    node, so of two nodes that go at the same moment the later one takes the file along.
 * 3. The id of a message names the saga, the node and the file: a repeated step is one removal.
 */
import { identityOf } from '../../runtime/ports/identity.ts';
import type { Json } from '../../runtime/ports/json.ts';
import type { Publish } from '../../runtime/step/effects.ts';
import type { Added, HookedNode, NodeFile, NodeHooks, SharingNode } from '../consent/nodes.ts';
import type { ConsentSettings } from '../consent/settings.ts';
import { hierarchyRead, hierarchyWrite } from '../hierarchy/store.ts';

type FileSettings = Pick<ConsentSettings, 'values'> & {
  readonly files?: Pick<NonNullable<ConsentSettings['files']>, 'attributes'>;
};

type NodeFiles = {
  readonly sharing: NonNullable<NodeHooks['sharing']>;
  readonly files: NonNullable<NodeHooks['files']>;
  readonly removed: (
    nodes: readonly HookedNode[],
    saga: string,
    sharing: readonly SharingNode[],
  ) => Added;
};

/** Whether the attribute lists files. With the values of LDAP names are compared without case. */
export function listsFiles({ files, values }: FileSettings, name: string): boolean {
  if (files === undefined) return false;
  const fold = (text: string) => (values === 'ldap' ? text.toLowerCase() : text);
  return files.attributes.some((attribute) => fold(attribute) === fold(name));
}

/** The URLs in the attributes that list files, each once. */
export function fileUrlsOf(
  settings: FileSettings,
  { attributes }: Pick<HookedNode, 'attributes'>,
): readonly string[] {
  const lists = Object.entries(attributes).flatMap(([name, values]) =>
    listsFiles(settings, name) ? values : [],
  );
  return [...new Set(lists.filter(isText))];
}

/** Undefined for an entity without files. */
export function nodeFiles(settings: ConsentSettings): NodeFiles | undefined {
  const { files, service } = settings;
  if (files === undefined) return undefined;
  const { remover } = files;
  return {
    sharing: (nodes) => sharingReads(settings, files.attributes, urlsOf(settings, nodes)),
    files: (nodes, sharing) => filesGoing(settings, nodes, sharersOf(settings, nodes, sharing)),
    removed: (nodes, saga, sharing) => {
      const sharers = sharersOf(settings, nodes, sharing);
      const messages = filesGoing(settings, nodes, sharers).map(({ nodeId: node, url }) =>
        removal({ remover, service, saga, node, url }),
      );
      return { before: locks(sharers), writes: [], messages };
    },
  };
}

function sharersOf(
  settings: FileSettings,
  nodes: readonly HookedNode[],
  sharing: readonly SharingNode[],
): readonly SharingNode[] {
  const urls = new Set(urlsOf(settings, nodes));
  return sharing.filter((node) => fileUrlsOf(settings, node).some((url) => urls.has(url)));
}

/** Each file once, with the first node that lists it; without the files of nodes that stay. */
function filesGoing(
  settings: FileSettings,
  nodes: readonly HookedNode[],
  sharers: readonly SharingNode[],
): readonly NodeFile[] {
  const urls = new Set(urlsOf(settings, nodes));
  const kept = new Set(urlsOf(settings, sharers));
  return nodes.flatMap((node) =>
    fileUrlsOf(settings, node)
      .filter((url) => !kept.has(url) && urls.delete(url))
      .map((url) => ({ nodeId: node.id, url })),
  );
}

function urlsOf(
  settings: FileSettings,
  nodes: readonly Pick<HookedNode, 'attributes'>[],
): readonly string[] {
  return [...new Set(nodes.flatMap((node) => fileUrlsOf(settings, node)))];
}

/** Before the removal, which may raise the version of a node that stays. */
function locks(sharers: readonly SharingNode[]) {
  if (sharers.length === 0) return [];
  const versions = Object.fromEntries(sharers.map(({ id, version }) => [id, version]));
  return [hierarchyWrite('lock', {}, { versions })];
}

/**
 * One read for each attribute, because a filter that names several attributes demands all of them.
 */
function sharingReads(
  { objectClass, values }: ConsentSettings,
  attributes: readonly string[],
  urls: readonly string[],
) {
  if (urls.length === 0) return [];
  const query = { objectClass, attributes, getVersion: true, values };
  return attributes.map((name) => hierarchyRead('search', { ...query, filter: { [name]: urls } }));
}

function removal({
  remover,
  service,
  saga,
  node,
  url,
}: {
  readonly remover: Pick<Publish, 'exchange' | 'routingKey'>;
  readonly service: string;
  readonly saga: string;
  readonly node: string;
  readonly url: string;
}): Publish {
  const id = identityOf('file', service, saga, node, url);
  return { ...remover, action: 'remove', data: { id, url, saga }, messageId: id, mandatory: true };
}

function isText(value: Json): value is string {
  return typeof value === 'string';
}
