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
