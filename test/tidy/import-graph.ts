/**
 * The imports between the files of the project as a graph, and the imports between its folders.
 *
 * Job: find the circles of a graph, count its arrows and floors, and the packages behind a file.
 * Boundary: the allowed imports between layers are a table in `arrows.ts`.
 *
 * - Types included: an import of a type counts, because a reader follows the import as well.
 * - Each file in the root is a folder by itself, because the public entry points are independent.
 */
import { posix } from 'node:path';
import type { ProjectFile } from './project-files.ts';

/** From each node to the other nodes that its files import. */
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

/** The packages that are loaded with `path`: imported by this file, or by files of the project that are loaded with it. */
export function packagesBehind(path: string, files: readonly ProjectFile[]): Set<string> {
  const importsOf = new Map(
    files.map(({ path: name, imports, notLoaded }) => [
      name,
      imports.filter((target) => !notLoaded.includes(target)),
    ]),
  );
  const seen = new Set([path]);
  for (const file of seen) {
    for (const target of importsOf.get(file) ?? []) seen.add(target);
  }
  return new Set([...seen].filter((target) => !importsOf.has(target)));
}

export function arrowCount(graph: ImportGraph): number {
  return [...graph.values()].reduce((sum, targets) => sum + targets.size, 0);
}

/** The number of nodes on the longest path of imports; a circle counts as a single node. */
export function floorCount(graph: ImportGraph): number {
  const floors = new Map<string, number>();
  // Components come lowest first, so the floors below a component are known already.
  for (const nodes of components(graph)) {
    const below = nodes.flatMap((node) => [...(graph.get(node) ?? [])]);
    const floor = 1 + Math.max(0, ...below.map((node) => floors.get(node) ?? 0));
    for (const node of nodes) floors.set(node, floor);
  }
  return Math.max(0, ...floors.values());
}

/** Each largest set of nodes that reach each other, sorted. */
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
