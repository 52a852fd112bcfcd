/**
 * Draws further operations: moves, changed references, old peers that arrive at the wrong moment or
 * leave, operators. The stream of random numbers is separate, so the rest of a seed's plan does not
 * depend on these draws.
 */
import type { Chance } from '../../../runtime/ports/chance.ts';
import type { ConsentOperation, PlannedNode, PlannedPeer } from './consent-plan.ts';
import { between, oneOf } from './draw-tree.ts';
import { type Entity, parents, referencesOf, type Shape, serviceOf } from './entities.ts';

interface Drawn {
  readonly cast: readonly Entity[];
  readonly shape: Shape;
  readonly tree: readonly PlannedNode[];
  readonly peers: readonly PlannedPeer[];
  readonly operations: readonly ConsentOperation[];
}
type Delete = Extract<ConsentOperation, { readonly what: 'delete' }>;

const windowMs = 10_000;
/** Duration of a vote that waits for a voter. */
const voteMs = 11_000;

export function drawFurther(chance: Chance, drawn: Drawn): readonly ConsentOperation[] {
  const deletes = drawn.operations.filter(
    (operation): operation is Delete => operation.what === 'delete',
  );
  const kinds: readonly (readonly [share: number, draw: () => ConsentOperation | undefined])[] = [
    [0.2, () => move(chance, drawn)],
    [0.2, () => refer(chance, drawn)],
    [0.5, () => lateSubscribe(chance, drawn, deletes)],
    [0.25, () => unsubscribe(chance, drawn)],
    [0.3, () => lostOwner(chance, drawn, deletes)],
    [0.3, () => cancel(chance, drawn, deletes)],
    [0.2, () => skip(chance, drawn, deletes)],
    [0.1, () => retire(chance, drawn)],
    [0.03, () => release(chance, deletes)],
    [0.2, () => plan(chance, drawn)],
    [0.8, () => lostCards(chance, drawn)],
  ];
  const operations = kinds.flatMap(([share, draw]) => (chance() < share ? (draw() ?? []) : []));
  return operations.map((operation, at) => ({ ...operation, name: `x${at + 1}` }));
}

const unnamed = { name: '' };

function move(chance: Chance, { tree }: Drawn): ConsentOperation | undefined {
  const node = oneOf(
    chance,
    tree.filter(({ entity }) => parents[entity].length > 0),
  );
  if (node === undefined) return undefined;
  const parent = oneOf(
    chance,
    tree.filter(({ name, entity }) => name !== node.name && parents[node.entity].includes(entity)),
  );
  if (parent === undefined) return undefined;
  return {
    ...unnamed,
    atMs: between(chance, 0, windowMs),
    what: 'update',
    entity: node.entity,
    node: node.name,
    parent: parent.name,
  };
}

function refer(chance: Chance, { tree, shape }: Drawn): ConsentOperation | undefined {
  const reference = oneOf(
    chance,
    referencesOf(shape).filter(({ from, to }) =>
      [from, to].every((entity) => tree.some((node) => node.entity === entity)),
    ),
  );
  if (reference === undefined) return undefined;
  const node = oneOf(
    chance,
    tree.filter(({ entity }) => entity === reference.from),
  );
  const target = oneOf(
    chance,
    tree.filter(({ entity }) => entity === reference.to),
  );
  if (node === undefined || target === undefined) return undefined;
  const references = { [reference.attribute]: target.name };
  return {
    ...unnamed,
    atMs: between(chance, 0, windowMs),
    what: 'update',
    entity: node.entity,
    node: node.name,
    references,
  };
}

/** A subscription during the vote, so that the owner sees the subscription only at the decision. */
function lateSubscribe(
  chance: Chance,
  { peers }: Drawn,
  deletes: readonly Delete[],
): ConsentOperation | undefined {
  const asked = oneOf(
    chance,
    deletes.filter(({ entity }) => peers.some((peer) => peer.entity === entity)),
  );
  const peer = oneOf(
    chance,
    peers.filter(({ entity }) => entity === asked?.entity),
  );
  const node = oneOf(chance, asked?.nodes ?? []);
  if (asked === undefined || peer === undefined || node === undefined) return undefined;
  return {
    ...unnamed,
    atMs: asked.atMs + between(chance, 1, 300),
    what: 'subscribe',
    peer: peer.name,
    node,
  };
}

/** A delete that waits for a voter without an ok, where the plan has one. */
function slowOne(
  chance: Chance,
  peers: readonly PlannedPeer[],
  deletes: readonly Delete[],
): Delete | undefined {
  const slow = deletes.filter(({ entity }) =>
    peers.some((peer) => peer.entity === entity && peer.opinion === 'mute'),
  );
  return oneOf(chance, slow.length > 0 ? slow : deletes);
}

/** The owner dies during the vote, and is away until the promising voters are in doubt. */
function lostOwner(
  chance: Chance,
  { peers }: Drawn,
  deletes: readonly Delete[],
): ConsentOperation | undefined {
  const about = slowOne(chance, peers, deletes);
  if (about === undefined) return undefined;
  const atMs = about.atMs + between(chance, 1, voteMs);
  return {
    ...unnamed,
    atMs,
    what: 'kill',
    service: serviceOf(about.entity),
    downMs: between(chance, 15_000, 40_000),
  };
}

/** The cards service dies about the time of a burn. */
function lostCards(chance: Chance, { operations }: Drawn): ConsentOperation | undefined {
  const about = operations.find(({ what }) => what === 'card');
  if (about === undefined) return undefined;
  return {
    ...unnamed,
    atMs: about.atMs + between(chance, 0, 150),
    what: 'kill',
    service: 'mcards',
    downMs: between(chance, 1, 10_000),
  };
}

function unsubscribe(chance: Chance, { peers }: Drawn): ConsentOperation | undefined {
  const peer = oneOf(
    chance,
    peers.filter(({ nodes }) => nodes.length > 0),
  );
  const node = oneOf(chance, peer?.nodes ?? []);
  if (peer === undefined || node === undefined) return undefined;
  return {
    ...unnamed,
    atMs: between(chance, 0, windowMs),
    what: 'unsubscribe',
    peer: peer.name,
    node,
  };
}

function cancel(
  chance: Chance,
  { cast, peers }: Drawn,
  deletes: readonly Delete[],
): ConsentOperation | undefined {
  const about = slowOne(chance, peers, deletes);
  if (about === undefined) return undefined;
  // Mostly a message to the owner; a voter may withdraw too.
  const entity = chance() < 0.7 ? about.entity : (oneOf(chance, cast) as Entity);
  const atMs = about.atMs + between(chance, 1, voteMs / 2);
  return {
    ...unnamed,
    atMs,
    what: 'operate',
    service: serviceOf(entity),
    word: 'cancel',
    saga: about.name,
  };
}

function skip(
  chance: Chance,
  { cast, peers }: Drawn,
  deletes: readonly Delete[],
): ConsentOperation | undefined {
  const failing = peers.filter(({ fails, opinion }) => fails > 0 && opinion === 'ok');
  const met = deletes.filter(({ entity }) => failing.some((peer) => peer.entity === entity));
  const about = oneOf(chance, met.length > 0 ? met : deletes);
  const names = failing.filter(({ entity }) => entity === about?.entity).map(({ name }) => name);
  const voter = oneOf(chance, names.length > 0 ? names : cast.map(serviceOf));
  if (about === undefined || voter === undefined) return undefined;
  const atMs = about.atMs + between(chance, 1, voteMs / 4);
  return {
    ...unnamed,
    atMs,
    what: 'operate',
    service: serviceOf(about.entity),
    word: 'skip',
    saga: about.name,
    voter,
  };
}

/** Only an old peer is retired: a service of ours would leave its nodes behind. */
function retire(chance: Chance, { peers }: Drawn): ConsentOperation | undefined {
  const peer = oneOf(chance, peers);
  if (peer === undefined) return undefined;
  const atMs = between(chance, 0, windowMs);
  return {
    ...unnamed,
    atMs,
    what: 'operate',
    service: serviceOf(peer.entity),
    word: 'retire',
    peer: peer.name,
  };
}

/** A release at an owner with a journal: the release is refused, or finds no promise. */
function release(chance: Chance, deletes: readonly Delete[]): ConsentOperation | undefined {
  const about = oneOf(chance, deletes);
  if (about === undefined) return undefined;
  const atMs = about.atMs + between(chance, 1, voteMs);
  return {
    ...unnamed,
    atMs,
    what: 'operate',
    service: serviceOf(about.entity),
    word: 'release',
    saga: about.name,
  };
}

function plan(chance: Chance, { tree }: Drawn): ConsentOperation | undefined {
  const node = oneOf(chance, tree);
  if (node === undefined) return undefined;
  const pauseMs = chance() < 0.5 ? 0 : between(chance, 0, windowMs / 2);
  return {
    ...unnamed,
    atMs: between(chance, 0, windowMs),
    what: 'plan',
    entity: node.entity,
    nodes: [node.name],
    pauseMs,
  };
}
