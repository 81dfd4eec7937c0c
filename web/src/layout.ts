// Places nodes in layers from left to right, as data flows, and leads edges around the nodes between.
import { Graph as Layers, layout } from "@dagrejs/dagre";
import { edgeId, type Graph } from "./graph";

export const WIDTH = 250;
export const HEIGHT = 58;
const BETWEEN_LAYERS = 56;
const MANY = 120; // nodes; above it the quicker way to find layers, at the price of an edge that is longer than it need be

export interface Place {
  x: number;
  y: number;
}

export interface Box {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

export interface Plan {
  /** Upper left corner of each node. */
  places: Map<string, Place>;
  /** Where an edge passes the layers between its ends: middle of the layer, from left to right. */
  passes: Map<string, Place[]>;
}

export function plan(graph: Graph): Plan {
  const layers = new Layers()
    .setGraph({ rankdir: "LR", nodesep: 20, edgesep: 14, ranksep: BETWEEN_LAYERS, ranker: graph.nodes.length > MANY ? "tight-tree" : "network-simplex" })
    .setDefaultEdgeLabel(() => ({}));
  for (const node of graph.nodes) layers.setNode(node.id, { width: WIDTH, height: HEIGHT });
  for (const [origin, destination] of graph.edges) layers.setEdge(origin, destination);
  layout(layers);
  const middles = new Map(graph.nodes.map(({ id }) => [id, layers.node(id) as Place]));
  const columns = new Set([...middles.values()].map(({ x }) => Math.round(x)));
  // The layout also bends edges between layers; there they are free to curve.
  const inLayers = ({ x }: Place) => columns.has(Math.round(x));
  return {
    places: new Map([...middles].map(([id, { x, y }]) => [id, { x: x - WIDTH / 2, y: y - HEIGHT / 2 }])),
    passes: new Map(
      graph.edges.map(([origin, destination]) => {
        const { points } = layers.edge(origin, destination) as { points: Place[] };
        return [edgeId(origin, destination), points.slice(1, -1).filter(inLayers)];
      }),
    ),
  };
}

/** Draws an edge: straight past each layer, curved between them. Where data flows in a circle, an edge leads back to the left. */
export function path(from: Place, passes: readonly Place[], to: Place): string {
  const half = to.x < from.x ? -WIDTH / 2 : WIDTH / 2;
  const stops = [from, ...passes.flatMap(({ x, y }) => [{ x: x - half, y }, { x: x + half, y }]), to];
  return stops.reduce((drawn, stop, n) => {
    const before = stops[n - 1];
    if (before === undefined) return `M${stop.x} ${stop.y}`;
    const between = (before.x + stop.x) / 2;
    return `${drawn}C${between} ${before.y} ${between} ${stop.y} ${stop.x} ${stop.y}`;
  }, "");
}

/** Returns the box around places of nodes. */
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
