// An edge of the graph, led around the nodes between its ends.
import { BaseEdge, type Edge, type EdgeProps } from "@xyflow/react";
import { memo } from "react";
import { path, type Place } from "./layout";

export type LineEdge = Edge<{ passes: Place[] }, "line">;

export const Line = memo(function Line({ sourceX, sourceY, targetX, targetY, data, markerEnd }: EdgeProps<LineEdge>) {
  const drawn = path({ x: sourceX, y: sourceY }, data?.passes ?? [], { x: targetX, y: targetY });
  return <BaseEdge path={drawn} {...(markerEnd === undefined ? {} : { markerEnd })} interactionWidth={0} />;
});
