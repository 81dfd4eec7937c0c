// The graph with its tools: depth, find, fit, zoom; hovering or focusing a card shows what flows into it and out of it.
import { Controls, MarkerType, MiniMap, Panel, ReactFlow, ReactFlowProvider, useReactFlow } from "@xyflow/react";
import { useCallback, useEffect, useMemo, useRef, useState, type KeyboardEvent } from "react";
import { Card, type CardNode } from "./card";
import { edgeId, neighbours, reach, type Graph, type Neighbours } from "./graph";
import { box, HEIGHT, plan, viewpoint, WIDTH } from "./layout";
import { Line, type LineEdge } from "./line";

const DEEPEST = 20;
const READABLE = 0.55; // zoom; a graph that fits only below it is first shown around its centre
const CLOSE = 0.85; // zoom of that first view
const FITTED = { padding: { top: "68px", right: "24px", bottom: "24px", left: "24px" }, maxZoom: 1.1 } as const; // the tools stand on top
const CARDS = { card: Card };
const LINES = { line: Line };

interface Asked {
  source: string;
  centre: string;
  firstDepth: number;
  /** Address of the page that shows this graph alone; null where this is that page. */
  page: string | null;
}

export function Lineage(asked: Asked) {
  const [depth, setDepth] = useState(asked.firstDepth);
  const { graph, error } = useGraph(asked.source, asked.centre, depth);
  const deepen = (to: number) => {
    setDepth(to);
    if (asked.page === null) {
      const address = new URL(location.href);
      address.searchParams.set("depth", String(to));
      history.replaceState(null, "", address);
    }
  };
  if (error !== null) return <p className="note" role="alert">{error}</p>;
  if (graph === null) return <p className="note" aria-busy="true">Drawing the graph…</p>;
  return (
    <ReactFlowProvider>
      <Canvas graph={graph} depth={depth} deepen={deepen} embedded={asked.page !== null} />
    </ReactFlowProvider>
  );
}

function useGraph(source: string, centre: string, depth: number): { graph: Graph | null; error: string | null } {
  const [graph, setGraph] = useState<Graph | null>(null);
  const [error, setError] = useState<string | null>(null);
  useEffect(() => {
    const stop = new AbortController();
    const address = `${source}?${new URLSearchParams({ nodeId: centre, depth: String(depth) })}`;
    fetch(address, { signal: stop.signal })
      .then(async (answer) => {
        if (!answer.ok) throw new Error(`The backend answered ${answer.status}.`);
        setGraph((await answer.json()) as Graph);
        setError(null);
      })
      .catch((reason: unknown) => {
        if (!stop.signal.aborted) setError(`The graph could not be read. ${reason instanceof Error ? reason.message : ""} Reload the page to try again.`);
      });
    return () => stop.abort();
  }, [source, centre, depth]);
  return { graph, error };
}

interface Shown {
  graph: Graph;
  depth: number;
  deepen: (to: number) => void;
  /** Part of a longer page, whose scrolling it must not take. */
  embedded: boolean;
}

function Canvas({ graph, depth, deepen, embedded }: Shown) {
  const flow = useReactFlow();
  const frame = useRef<HTMLDivElement>(null);
  const [at, setAt] = useState<string | null>(null);
  const [words, setWords] = useState("");
  const { places: place, passes } = useMemo(() => plan(graph), [graph]);
  const down = useMemo(() => neighbours(graph.edges, "down"), [graph]);
  const up = useMemo(() => neighbours(graph.edges, "up"), [graph]);
  const lit = useMemo(() => (at === null ? null : { down: reach(at, down), up: reach(at, up) }), [at, down, up]);
  const centres = useMemo(() => new Set(graph.centres), [graph]);
  const found = useMemo(() => matches(graph, words), [graph, words]);

  const nodes = useMemo<CardNode[]>(
    () =>
      graph.nodes.map((thing) => ({
        id: thing.id,
        type: "card",
        position: place.get(thing.id) ?? { x: 0, y: 0 },
        width: WIDTH,
        height: HEIGHT,
        data: { thing },
        className: [
          thing.job ? "job" : "dataset",
          thing.state === "FAILED" ? "failed" : "",
          centres.has(thing.id) ? "centre" : "",
          lit === null ? "" : lit.down.has(thing.id) || lit.up.has(thing.id) ? "lit" : "dim",
          words !== "" ? (found.has(thing.id) ? "found" : "dim") : "",
        ].join(" "),
      })),
    [graph, place, centres, lit, found, words],
  );
  const lines = useMemo<LineEdge[]>(
    () =>
      graph.edges.map(([source, target]) => {
        const on = lit !== null && ((lit.down.has(source) && lit.down.has(target)) || (lit.up.has(source) && lit.up.has(target)));
        return {
          id: edgeId(source, target),
          type: "line" as const,
          source,
          target,
          data: { passes: passes.get(edgeId(source, target)) ?? [] },
          focusable: false,
          className: lit === null ? "" : on ? "lit" : "dim",
          markerEnd: { type: MarkerType.ArrowClosed, width: 16, height: 16, color: on ? "var(--accent)" : "var(--graph-line)" },
        };
      }),
    [graph, passes, lit],
  );

  const show = useCallback(async () => {
    await flow.fitView(FITTED);
    const seen = frame.current?.getBoundingClientRect();
    if (flow.getZoom() >= READABLE || !seen) return;
    const wanted = box(graph.centres.flatMap((id) => place.get(id) ?? []));
    const { x, y } = viewpoint(wanted, box(place.values()), seen.width / CLOSE - 60, (seen.height - 60) / CLOSE - 60);
    await flow.setCenter(x, y - 30 / CLOSE, { zoom: CLOSE });
  }, [flow, graph, place]);
  useEffect(() => {
    const soon = requestAnimationFrame(() => void show());
    return () => cancelAnimationFrame(soon);
  }, [show]);

  const goTo = (id: string | undefined) => {
    if (id === undefined) return;
    const card = [...(frame.current?.querySelectorAll<HTMLElement>("a.card") ?? [])].find((a) => a.dataset.id === id);
    card?.focus({ preventScroll: true });
  };
  const onFocus = (id: string | null) => {
    setAt(id);
    const to = id === null ? undefined : place.get(id);
    if (to && frame.current) {
      const { x, y } = flow.flowToScreenPosition({ x: to.x + WIDTH / 2, y: to.y + HEIGHT / 2 });
      const seen = frame.current.getBoundingClientRect();
      const inside = x > seen.left + 60 && x < seen.right - 60 && y > seen.top + 40 && y < seen.bottom - 40;
      if (!inside) void flow.setCenter(to.x + WIDTH / 2, to.y + HEIGHT / 2, { zoom: flow.getZoom() });
    }
  };
  const onKey = (event: KeyboardEvent) => {
    const id = event.target instanceof HTMLElement ? event.target.dataset.id : undefined;
    if (id === undefined) return;
    const to = step(event.key, id, { up, down, place });
    if (to !== null) {
      event.preventDefault();
      goTo(to);
    }
  };

  return (
    <div
      ref={frame}
      className="canvas"
      onFocus={(event) => event.target.matches(":focus-visible") && event.target.dataset.id !== undefined && onFocus(event.target.dataset.id)}
      onBlur={() => setAt(null)}
      onKeyDown={onKey}
    >
      <ReactFlow<CardNode, LineEdge>
        nodes={nodes}
        edges={lines}
        nodeTypes={CARDS}
        edgeTypes={LINES}
        nodesDraggable={false}
        nodesConnectable={false}
        nodesFocusable={false}
        edgesFocusable={false}
        elementsSelectable={false}
        onlyRenderVisibleElements={false}
        minZoom={0.05}
        maxZoom={2}
        preventScrolling={!embedded}
        zoomOnScroll={!embedded}
        onNodeMouseEnter={(_, node) => setAt(node.id)}
        onNodeMouseLeave={() => setAt(null)}
        deleteKeyCode={null}
        selectionKeyCode={null}
        proOptions={{ hideAttribution: true }}
      >
        <Controls position="top-right" orientation="horizontal" showInteractive={false} fitViewOptions={FITTED} />
        {graph.nodes.length > 12 && !embedded && <MiniMap pannable zoomable nodeClassName={(node) => node.className ?? ""} ariaLabel="The whole graph, small" />}
        <Panel position="top-left" className="tools">
          <fieldset className="depth">
            <legend>Depth</legend>
            <button type="button" onClick={() => deepen(depth - 1)} disabled={depth <= 1} aria-label="One job less in each direction">−</button>
            <output aria-live="polite">{depth}</output>
            <button type="button" onClick={() => deepen(depth + 1)} disabled={depth >= DEEPEST} aria-label="One job more in each direction">+</button>
          </fieldset>
          <input
            type="search"
            placeholder="Find in the graph"
            aria-label="Find in the graph"
            value={words}
            onChange={(event) => setWords(event.target.value)}
            onKeyDown={(event) => event.key === "Enter" && goTo([...found][0])}
          />
          <span className="tally">{tally(graph)}</span>
        </Panel>
      </ReactFlow>
    </div>
  );
}

function matches(graph: Graph, words: string): Set<string> {
  const wanted = words.trim().toLowerCase();
  if (wanted === "") return new Set();
  return new Set(graph.nodes.filter(({ name, namespace }) => `${namespace} ${name}`.toLowerCase().includes(wanted)).map(({ id }) => id));
}

function tally({ nodes }: Graph): string {
  const jobs = nodes.filter(({ job }) => job).length;
  const failed = nodes.filter(({ state }) => state === "FAILED").length;
  const many = (count: number, noun: string) => `${count} ${noun}${count === 1 ? "" : "s"}`;
  return [many(jobs, "job"), many(nodes.length - jobs, "dataset"), ...(failed > 0 ? [`${failed} failed`] : [])].join(" · ");
}

interface Map2D {
  up: Neighbours;
  down: Neighbours;
  place: ReadonlyMap<string, { x: number; y: number }>;
}

/** Tells where an arrow key leads: left and right along the edges, up and down within a layer; null where it leads nowhere. */
function step(key: string, from: string, { up, down, place }: Map2D): string | null {
  const here = place.get(from);
  if (here === undefined) return null;
  const nearest = (ids: Iterable<string>) =>
    [...ids].sort((a, b) => Math.abs((place.get(a)?.y ?? 0) - here.y) - Math.abs((place.get(b)?.y ?? 0) - here.y))[0] ?? null;
  const beside = (way: 1 | -1) => nearest([...place].filter(([, p]) => Math.abs(p.x - here.x) < WIDTH / 2 && (p.y - here.y) * way > 0).map(([id]) => id));
  switch (key) {
    case "ArrowLeft":
      return nearest(up.get(from) ?? []);
    case "ArrowRight":
      return nearest(down.get(from) ?? []);
    case "ArrowUp":
      return beside(-1);
    case "ArrowDown":
      return beside(1);
    default:
      return null;
  }
}
