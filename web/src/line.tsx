// An edge of the graph, led around the nodes between its ends; style alone colours it, so that lighting it up costs no rendering.
import type { Edge, EdgeProps } from "@xyflow/react";
import { memo } from "react";
import { path, type Place } from "./layout";

export type LineEdge = Edge<{ passes: Place[] }, "line">;

const HEAD = 7;

export const Line = memo(function Line({ sourceX, sourceY, targetX, targetY, data }: EdgeProps<LineEdge>) {
  const drawn = path({ x: sourceX, y: sourceY }, data?.passes ?? [], { x: targetX - HEAD, y: targetY });
  return (
    <>
      <path className="react-flow__edge-path" d={drawn} fill="none" />
      <path className="head" d={`M${targetX - HEAD - 1} ${targetY - 4.5}L${targetX} ${targetY}L${targetX - HEAD - 1} ${targetY + 4.5}z`} />
    </>
  );
});
