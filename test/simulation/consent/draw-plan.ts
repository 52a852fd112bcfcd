/** Draws the plan of a seed: services, nodes, old peers, operations with their times, faults. */
import type { Chance } from '../../../runtime/ports/chance.ts';
import { seededChance } from '../../../runtime/simulated/seeded-chance.ts';
import { drawnFaultMix, type FaultMix, noFaultMix } from '../../../testing/simulation/fault-mix.ts';
import { cardServices } from './card-world.ts';
import type {
  ConsentOperation,
  ConsentPlan,
  Epilogue,
  Opinion,
  PlannedNode,
  PlannedPeer,
} from './consent-plan.ts';
import { drawFurther } from './draw-further.ts';
import { between, drawNode, drawTree, oneOf } from './draw-tree.ts';
import { type Entity, referencesOf, type Shape, serviceOf, withoutBase } from './entities.ts';

/**
 * The stream of the seed for this file; the simulation and the runner use the streams before it.
 */
const planStream = 6;
const absenceStream = 7;
const furtherStream = 8;
const absentShare = 0.3;
const waveringShare = 0.3;
const skipShare = 0.3;
const windowMs = 8_000;

const casts: readonly (readonly Entity[])[] = [
  ['objects', 'tags'],
  ['objects', 'tags'],
  ['objects', 'tags', 'alerts'],
  ['tags', 'methods', 'constants'],
  ['objects', 'tags', 'methods', 'constants'],
  ['objects', 'tags', 'alerts', 'methods'],
  ['objects', 'tags', 'alerts', 'methods', 'constants'],
];

export function drawPlan(seed: number): ConsentPlan {
  const chance = seededChance(seed, planStream);
  const cast = oneOf(chance, casts) as readonly Entity[];
  const shape: Shape = chance() < 0.35 ? 'plain' : 'crossed';
  const calm = chance() < 0.08;
  const cards = cast.length <= 3 && chance() < 0.15;
  const tree = calm
    ? drawTree(chance, cast, shape).map(withoutRefusal)
    : drawTree(chance, cast, shape);
  const peers = drawPeers(chance, cast, tree, calm);
  const drawn = calm
    ? drawCalm(chance, cast, shape, tree)
    : new Draw(chance, cast, shape, tree, peers).operations(cards);
  const further = seededChance(seed, furtherStream);
  const operations = calm
    ? drawn
    : [...drawn, ...drawFurther(further, { cast, shape, tree, peers, operations: drawn })];
  return {
    ...{ seed, shape, tree, calm, skips: further() < skipShare },
    orders: { apart: false, rows: [] },
    contracts: [],
    operations: [...operations].sort((a, b) => a.atMs - b.atMs),
    peers: calm
      ? peers
      : withAbsent(seededChance(seed, absenceStream), withWavering(further, peers), operations),
    services: [...cast.map(serviceOf), ...(cards ? cardServices : [])],
    faults: calm ? drawDelays(chance) : drawnFaultMix(chance),
    epilogue: oneOf<Epilogue>(chance, ['retry', 'conflict', 'down']) as Epilogue,
  };
}

function drawOpinion(chance: Chance): Opinion {
  const draw = chance();
  return draw < 0.6 ? 'ok' : draw < 0.9 ? 'no' : 'mute';
}

function drawPeers(
  chance: Chance,
  cast: readonly Entity[],
  tree: readonly PlannedNode[],
  calm: boolean,
): readonly PlannedPeer[] {
  if (chance() < 0.45) return [];
  return Array.from({ length: between(chance, 1, 3) }, (_, at) => {
    const entity = oneOf(chance, cast) as Entity;
    const nodes = tree
      .filter((node) => node.entity === entity && chance() < 0.5)
      .map(({ name }) => name);
    const opinion = calm ? 'ok' : drawOpinion(chance);
    return {
      name: `old_${at + 1}`,
      entity,
      directed: chance() < 0.5,
      nodes,
      opinion,
      ...{ wavers: false, absent: false },
      fails: !calm && chance() < 0.3 ? between(chance, 1, 3) : 0,
    };
  });
}

/** Makes some old voters absent, among those with a key of their own and without operations. */
function withAbsent(
  chance: Chance,
  peers: readonly PlannedPeer[],
  operations: readonly ConsentOperation[],
): readonly PlannedPeer[] {
  return peers.map((peer) => {
    const acts = operations.some(
      (operation) => operation.what === 'subscribe' && operation.peer === peer.name,
    );
    return { ...peer, absent: chance() < absentShare && peer.directed && !acts };
  });
}

function withWavering(chance: Chance, peers: readonly PlannedPeer[]): readonly PlannedPeer[] {
  return peers.map((peer) => ({ ...peer, wavers: chance() < waveringShare }));
}

const refusing = new Set(
  referencesOf('crossed').flatMap(({ attribute, onDelete }) =>
    onDelete === 'refuse' ? [attribute] : [],
  ),
);

function withoutRefusal<Node extends Pick<PlannedNode, 'references'>>(node: Node): Node {
  const kept = (references: Readonly<Record<string, string>> = {}) =>
    Object.fromEntries(
      Object.entries(references).filter(([attribute]) => !refusing.has(attribute)),
    );
  return {
    ...node,
    references: kept(node.references),
    ...('later' in node ? { later: kept(node.later as Record<string, string>) } : {}),
  };
}

/** The times of operations that run one after another, each with enough time. */
function drawCalm(
  chance: Chance,
  cast: readonly Entity[],
  shape: Shape,
  tree: readonly PlannedNode[],
): readonly ConsentOperation[] {
  return Array.from({ length: between(chance, 1, 3) }, (_, at) => {
    const atMs = at * 60_000;
    if (at < 1 && chance() < 0.5) {
      const entity = oneOf(chance, cast) as Entity;
      const node = drawNode(chance, `n${at + 1}`, entity, tree, referencesOf(shape));
      if (node.parent !== undefined || !withoutBase.includes(entity))
        return { what: 'create', atMs, ...withoutRefusal(node) };
    }
    const { entity, name: node } = oneOf(chance, tree) as PlannedNode;
    return { what: 'delete', name: `s${at + 1}`, atMs, entity, nodes: [node], oneWay: false };
  });
}

/** Delays without losses. */
function drawDelays(chance: Chance): FaultMix {
  if (chance() < 0.4) return noFaultMix;
  const max = between(chance, 0, 100);
  const delayMs = { min: between(chance, 0, max), max };
  return {
    ...noFaultMix,
    broker: { ...noFaultMix.broker, delayMs },
    journal: { ...noFaultMix.journal, delayMs: { min: 0, max: 20 } },
  };
}

class Draw {
  readonly #chance: Chance;
  readonly #cast: readonly Entity[];
  readonly #shape: Shape;
  readonly #peers: readonly PlannedPeer[];
  readonly #nodes: { readonly name: string; readonly entity: Entity }[];
  #count = 0;

  constructor(
    chance: Chance,
    cast: readonly Entity[],
    shape: Shape,
    tree: readonly PlannedNode[],
    peers: readonly PlannedPeer[],
  ) {
    this.#chance = chance;
    this.#cast = cast;
    this.#shape = shape;
    this.#peers = peers;
    this.#nodes = [...tree];
  }

  operations(cards: boolean): readonly ConsentOperation[] {
    const count = between(this.#chance, 2, 9);
    const drawn = Array.from({ length: count }, () => this.#operation());
    const withCards = cards
      ? [...drawn, ...Array.from({ length: between(this.#chance, 1, 2) }, () => this.#card())]
      : drawn;
    return withCards.sort((a, b) => a.atMs - b.atMs);
  }

  #operation(): ConsentOperation {
    const draw = this.#chance();
    if (draw < 0.4) return this.#delete();
    if (draw < 0.62) return this.#create();
    if (draw < 0.7) return this.#update();
    if (draw < 0.84 && this.#peers.length > 0)
      return draw < 0.78 ? this.#subscribe() : this.#opinion();
    if (draw < 0.87) return this.#poison();
    if (draw < 0.93) return this.#kill();
    return this.#delete();
  }

  #head(prefix: string): { readonly name: string; readonly atMs: number } {
    this.#count += 1;
    // Some operations start at the same time, so that they meet.
    const atMs =
      this.#chance() < 0.3
        ? between(this.#chance, 0, 3) * 1_000
        : between(this.#chance, 0, windowMs);
    return { name: `${prefix}${this.#count}`, atMs };
  }

  #delete(): ConsentOperation {
    const first = oneOf(this.#chance, this.#nodes) as PlannedNode;
    const more =
      this.#chance() < 0.3
        ? this.#nodes.filter(({ entity }) => entity === first.entity && this.#chance() < 0.5)
        : [];
    const nodes = [...new Set([first.name, ...more.map(({ name }) => name)])];
    return {
      ...this.#head('s'),
      what: 'delete',
      entity: first.entity,
      nodes,
      oneWay: this.#chance() < 0.15,
    };
  }

  #create(): ConsentOperation {
    const { name, atMs } = this.#head('n');
    const entity = oneOf(this.#chance, this.#cast) as Entity;
    const { parent, references } = drawNode(
      this.#chance,
      name,
      entity,
      this.#nodes,
      referencesOf(this.#shape),
    );
    this.#nodes.push({ name, entity });
    return {
      name,
      atMs,
      what: 'create',
      entity,
      references,
      ...(parent === undefined ? {} : { parent }),
    };
  }

  #update(): ConsentOperation {
    const { name: node, entity } = oneOf(this.#chance, this.#nodes) as PlannedNode;
    return { ...this.#head('u'), what: 'update', entity, node };
  }

  #subscribe(): ConsentOperation {
    const { name: peer, entity } = oneOf(this.#chance, this.#peers) as PlannedPeer;
    const node = oneOf(
      this.#chance,
      this.#nodes.filter((one) => one.entity === entity),
    );
    return node === undefined
      ? this.#delete()
      : { ...this.#head('l'), what: 'subscribe', peer, node: node.name };
  }

  #opinion(): ConsentOperation {
    const { name: peer } = oneOf(this.#chance, this.#peers) as PlannedPeer;
    return { ...this.#head('v'), what: 'opinion', peer, opinion: drawOpinion(this.#chance) };
  }

  #poison(): ConsentOperation {
    const entity = oneOf(this.#chance, this.#cast) as Entity;
    const body = oneOf(this.#chance, ['no json', 'no action', 'no ids'] as const) ?? 'no json';
    return { ...this.#head('p'), what: 'poison', entity, body };
  }

  #kill(): ConsentOperation {
    const service = serviceOf(oneOf(this.#chance, this.#cast) as Entity);
    return { ...this.#head('k'), what: 'kill', service, downMs: between(this.#chance, 1, 20_000) };
  }

  #card(): ConsentOperation {
    const isOwners = this.#chance() < 0.8;
    // A refused burn has no caller, and becomes a dead letter.
    const how = { async: this.#chance() < 0.5, isOwners, burns: isOwners && this.#chance() < 0.4 };
    return { ...this.#head('c'), what: 'card', files: between(this.#chance, 0, 2), ...how };
  }
}
