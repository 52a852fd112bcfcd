/**
 * Which file imports which, as a graph; and the same between folders.
 *
 * Job: the circles of a graph, its number of arrows and its number of floors.
 * Boundary: knows nothing of layers (`arrows.ts`). Imports of types count like others, because a reader follows both.
 *
 * - A file in the root is a node of its own among the folders: the public entry points do not belong together.
 */
import { posix } from 'node:path';
import type { ProjectFile } from './project-files.ts';

/** From each node to the nodes that its files import, itself excluded. */
export type ImportGraph = ReadonlyMap<string, ReadonlySet<string>>;

export function fileGraph(files: readonly ProjectFile[]): ImportGraph {
  return graphBetween(files, (path) => path);
}

export function folderGraph(files: readonly ProjectFile[]): ImportGraph {
  return graphBetween(files, (path) => (path.includes('/') ? posix.dirname(path) : path));
}

function graphBetween(
  files: readonly ProjectFile[],
  nodeOf: (path: string) => string,
): ImportGraph {
  const known = new Set(files.map(({ path }) => path));
  const graph = new Map<string, Set<string>>();
  for (const { path, imports } of files) {
    const from = nodeOf(path);
    const targets = graph.get(from) ?? new Set();
    graph.set(from, targets);
    for (const target of imports.filter((each) => known.has(each))) {
      if (nodeOf(target) !== from) targets.add(nodeOf(target));
    }
  }
  return graph;
}

/** The packages that `path` imports, itself or by files of the project. */
export function packagesBehind(path: string, files: readonly ProjectFile[]): Set<string> {
  const importsOf = new Map(files.map((file) => [file.path, file.imports]));
  const seen = new Set([path]);
  for (const file of seen) {
    for (const target of importsOf.get(file) ?? []) seen.add(target);
  }
  return new Set([...seen].filter((target) => !importsOf.has(target)));
}

export function arrowCount(graph: ImportGraph): number {
  return [...graph.values()].reduce((sum, targets) => sum + targets.size, 0);
}

/** The longest way down. The nodes of a circle stand on one floor. */
export function floorCount(graph: ImportGraph): number {
  const floors = new Map<string, number>();
  // Components come lowest first, so that every floor below is known already.
  for (const nodes of components(graph)) {
    const below = nodes.flatMap((node) => [...(graph.get(node) ?? [])]);
    const floor = 1 + Math.max(0, ...below.map((node) => floors.get(node) ?? 0));
    for (const node of nodes) floors.set(node, floor);
  }
  return Math.max(0, ...floors.values());
}

/** Each largest set of nodes that reach one another, sorted. */
export function circlesOf(graph: ImportGraph): string[][] {
  return components(graph)
    .filter((nodes) => nodes.length > 1)
    .map((nodes) => nodes.sort());
}

interface Visit {
  readonly graph: ImportGraph;
  readonly order: Map<string, number>;
  readonly open: string[];
  readonly found: string[][];
}

/** Tarjan's strongly connected components. */
function components(graph: ImportGraph): string[][] {
  const visit: Visit = { graph, order: new Map(), open: [], found: [] };
  for (const node of graph.keys()) {
    if (!visit.order.has(node)) lowestReached(node, visit);
  }
  return visit.found;
}

/** The smallest order number of an open node that `node` reaches. */
function lowestReached(node: string, visit: Visit): number {
  const { graph, order, open, found } = visit;
  const own = order.size;
  order.set(node, own);
  open.push(node);
  let lowest = own;
  for (const target of graph.get(node) ?? []) {
    const reached = order.has(target)
      ? open.includes(target)
        ? (order.get(target) ?? own)
        : own
      : lowestReached(target, visit);
    lowest = Math.min(lowest, reached);
  }
  if (lowest === own) found.push(open.splice(open.indexOf(node)));
  return lowest;
}
