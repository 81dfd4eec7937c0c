// The graph of one node at a depth that can be changed.
import { ReactFlowProvider } from "@xyflow/react";
import { useEffect, useState } from "react";
import { Canvas } from "./canvas";
import type { Graph } from "./graph";

interface Asked {
  /** Address of the graph's data. */
  source: string;
  centre: string;
  firstDepth: number;
  /** Part of a longer page; otherwise the page's own address tells the depth. */
  embedded: boolean;
}

export function Lineage({ source, centre, firstDepth, embedded }: Asked) {
  const [depth, setDepth] = useState(firstDepth);
  const { graph, error } = useGraph(source, centre, depth);
  const deepen = (to: number) => {
    setDepth(to);
    if (!embedded) {
      const address = new URL(location.href);
      address.searchParams.set("depth", String(to));
      history.replaceState(null, "", address);
    }
  };
  if (error !== null) return <p className="note" role="alert">{error}</p>;
  if (graph === null) return <p className="note" aria-busy="true">Drawing the graph…</p>;
  return (
    <ReactFlowProvider>
      <Canvas graph={graph} depth={depth} deepen={deepen} embedded={embedded} />
    </ReactFlowProvider>
  );
}

interface Read {
  graph: Graph | null;
  error: string | null;
}

function useGraph(source: string, centre: string, depth: number): Read {
  const [read, setRead] = useState<Read>({ graph: null, error: null });
  useEffect(() => {
    const stop = new AbortController();
    fetchGraph(source, centre, depth, stop.signal)
      .then((graph) => setRead({ graph, error: null }))
      .catch((reason: unknown) => {
        const why = reason instanceof Error ? reason.message : String(reason);
        if (!stop.signal.aborted) setRead({ graph: null, error: `The graph could not be read: ${why} Reload the page to try again.` });
      });
    return () => stop.abort();
  }, [source, centre, depth]);
  return read;
}

async function fetchGraph(source: string, centre: string, depth: number, signal: AbortSignal): Promise<Graph> {
  const answer = await fetch(`${source}?${new URLSearchParams({ nodeId: centre, depth: String(depth) })}`, { signal });
  if (!answer.ok) throw new Error(`the server answered ${answer.status}.`);
  return (await answer.json()) as Graph;
}
