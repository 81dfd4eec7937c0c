// Places nodes in layers from left to right, as data flows.
import { Graph as Layers, layout } from "@dagrejs/dagre";
import type { Graph } from "./graph";

export const WIDTH = 224;
export const HEIGHT = 58;

export interface Place {
  x: number;
  y: number;
}

export function places(graph: Graph): Map<string, Place> {
  const layers = new Layers().setGraph({ rankdir: "LR", nodesep: 20, ranksep: 46, marginx: 16, marginy: 16 }).setDefaultEdgeLabel(() => ({}));
  for (const node of graph.nodes) layers.setNode(node.id, { width: WIDTH, height: HEIGHT });
  for (const [origin, destination] of graph.edges) layers.setEdge(origin, destination);
  layout(layers);
  return new Map(
    graph.nodes.map(({ id }) => {
      const { x, y } = layers.node(id) as Place;
      return [id, { x: x - WIDTH / 2, y: y - HEIGHT / 2 }];
    }),
  );
}

export interface Box {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

/** Returns the box around places. */
export function box(places: Iterable<Place>): Box {
  const all = [...places];
  const xs = all.map(({ x }) => x);
  const ys = all.map(({ y }) => y);
  return { left: Math.min(...xs), top: Math.min(...ys), right: Math.max(...xs) + WIDTH, bottom: Math.max(...ys) + HEIGHT };
}

/** Returns the point nearest to the middle of what is asked for from which a window of that size shows no more emptiness than it must. */
export function viewpoint(wanted: Box, whole: Box, width: number, height: number): Place {
  const along = (from: number, to: number, low: number, high: number, size: number) =>
    high - low <= size ? (low + high) / 2 : Math.min(Math.max((from + to) / 2, low + size / 2), high - size / 2);
  return {
    x: along(wanted.left, wanted.right, whole.left, whole.right, width),
    y: along(wanted.top, wanted.bottom, whole.top, whole.bottom, height),
  };
}
