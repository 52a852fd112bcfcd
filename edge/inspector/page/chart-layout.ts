/**
 * Places the states and transitions of a machine: elkjs in a worker, loaded when a chart is shown
 * first.
 */
import type { ElkExtendedEdge, ElkNode } from 'elkjs/lib/elk-api';
import type { ChartState, ChartTransition } from '../contract.ts';
import { eventText } from './format.ts';

export type Point = { readonly x: number; readonly y: number };

export type PlacedState = {
  readonly state: ChartState;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly depth: number;
};

export type PlacedLabel = Point & {
  readonly text: string;
  readonly width: number;
  readonly height: number;
};

export type PlacedTransition = {
  readonly id: string;
  readonly source: string;
  readonly points: readonly Point[];
  readonly labels: readonly PlacedLabel[];
};

export type PlacedChart = {
  readonly width: number;
  readonly height: number;
  readonly states: readonly PlacedState[];
  readonly transitions: readonly PlacedTransition[];
};

const options: Readonly<Record<string, string>> = {
  'elk.algorithm': 'layered',
  'elk.direction': 'DOWN',
  'elk.hierarchyHandling': 'INCLUDE_CHILDREN',
  'elk.json.shapeCoords': 'ROOT',
  'elk.json.edgeCoords': 'ROOT',
  'elk.edgeRouting': 'ORTHOGONAL',
  'elk.layered.spacing.nodeNodeBetweenLayers': '34',
  'elk.layered.spacing.edgeNodeBetweenLayers': '18',
  'elk.spacing.nodeNode': '30',
  'elk.spacing.edgeNode': '18',
  'elk.spacing.edgeEdge': '12',
  'elk.spacing.edgeLabel': '4',
};
const inside = { 'elk.padding': '[top=38,left=16,bottom=16,right=16]' };
const glyph = 7.2;
const stateHeight = 32;
const labelHeight = 16;
const linesMax = 3;
const labelMax = 24;

type Edges = ReadonlyMap<string, readonly ChartTransition[]>;

/** Resolves with the places; the caller keeps the result of its chart. */
export async function placedChart(chart: ChartState): Promise<PlacedChart> {
  const [{ default: Elk }, { default: workerUrl }] = await Promise.all([
    import('elkjs/lib/elk-api'),
    import('elkjs/lib/elk-worker.min.js?url'),
  ]);
  const elk = new Elk({ workerUrl });
  try {
    const edges = edgesOf(chart);
    const graph: ElkNode = {
      id: '',
      layoutOptions: { ...options },
      children: [nodeOf(chart)],
      edges: [...edges].map(([id, transitions]) => edgeOf(id, transitions)),
    };
    return placesOf(await elk.layout(graph), chart);
  } finally {
    elk.terminateWorker();
  }
}

function nodeOf(state: ChartState): ElkNode {
  const children = state.states.map(nodeOf);
  const width = Math.max(84, state.key.length * glyph + 34);
  if (children.length === 0) return { id: state.id, width, height: stateHeight };
  return { id: state.id, width, height: stateHeight, children, layoutOptions: { ...inside } };
}

/**
 * Transitions between the same two states are one line with several labels. Those without a target
 * are left out.
 */
function edgesOf(chart: ChartState): Edges {
  const edges = new Map<string, ChartTransition[]>();
  const visit = (state: ChartState): void => {
    for (const transition of state.transitions)
      for (const target of transition.targets) {
        const id = JSON.stringify([state.id, target]);
        edges.set(id, [...(edges.get(id) ?? []), transition]);
      }
    state.states.forEach(visit);
  };
  visit(chart);
  return edges;
}

function edgeOf(id: string, transitions: readonly ChartTransition[]): ElkExtendedEdge {
  const [source = '', target = ''] = JSON.parse(id) as readonly string[];
  return {
    id,
    sources: [source],
    targets: [target],
    labels: labelsOf(transitions).map((text) => ({
      text,
      width: shortLabel(text).length * glyph * 0.95 + 6,
      height: labelHeight,
    })),
  };
}

function labelsOf(transitions: readonly ChartTransition[]): readonly string[] {
  const texts = transitions.map(({ event, guard }) =>
    guard === null ? eventText(event) : `${eventText(event)} [${guard}]`,
  );
  const distinct = [...new Set(texts)];
  const left = distinct.length - linesMax;
  return left > 0 ? [...distinct.slice(0, linesMax), `and ${left} more`] : distinct;
}

export function shortLabel(text: string): string {
  return text.length > labelMax ? `${text.slice(0, labelMax - 1)}…` : text;
}

function placesOf(graph: ElkNode, chart: ChartState): PlacedChart {
  const known = new Map<string, ChartState>();
  const note = (state: ChartState): void => {
    known.set(state.id, state);
    state.states.forEach(note);
  };
  note(chart);
  const states: PlacedState[] = [];
  const visit = (node: ElkNode, depth: number): void => {
    const state = known.get(node.id);
    const { x = 0, y = 0, width = 0, height = 0 } = node;
    if (state !== undefined) states.push({ state, x, y, width, height, depth });
    for (const child of node.children ?? []) visit(child, depth + 1);
  };
  visit(graph, -1);
  const { width = 0, height = 0, edges = [] } = graph;
  return { width, height, states, transitions: edges.map(transitionOf) };
}

function transitionOf({
  id,
  sources,
  sections = [],
  labels = [],
}: ElkExtendedEdge): PlacedTransition {
  return {
    id,
    source: sources[0] ?? '',
    points: sections.flatMap(({ startPoint, bendPoints = [], endPoint }) => [
      startPoint,
      ...bendPoints,
      endPoint,
    ]),
    labels: labels.map(({ text = '', x = 0, y = 0, width = 0, height = 0 }) => ({
      text,
      x,
      y,
      width,
      height,
    })),
  };
}
