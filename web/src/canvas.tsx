// The drawn graph: cards and lines in layers; hovering or focusing a card lights up what flows into it and out of it.
import { Controls, MiniMap, ReactFlow, useReactFlow, useStore } from "@xyflow/react";
import { useCallback, useEffect, useMemo, useRef, useState, type FocusEvent, type KeyboardEvent, type RefObject } from "react";
import { Card, type CardNode } from "./card";
import { edgeId, foldTests, matches, neighbours, reach, type Graph } from "./graph";
import { box, HEIGHT, plan, viewpoint, WIDTH, type Place, type Plan } from "./layout";
import { light } from "./light";
import { Line, type LineEdge } from "./line";
import { Tools } from "./tools";
import { step } from "./walk";

const READABLE = 0.45; // zoom; a graph that fits only below it is first shown around its centre
const CLOSE = 0.85; // zoom of that first view
const MANY = 12; // cards; above it a small picture of the whole helps
const TOP = 60; // pixels that the tools take
const SMALL = 170; // pixels that the small picture takes at the bottom
const FITTED = { padding: { top: `${TOP + 8}px`, right: "24px", bottom: "24px", left: "24px" }, maxZoom: 1.1 } as const;
const CARDS = { card: Card };
const LINES = { line: Line };
const UNSIGNED = { hideAttribution: true }; // the licences page names the library

interface Shown {
  graph: Graph;
  depth: number;
  deepen: (to: number) => void;
  /** Part of a longer page, whose scrolling it must not take. */
  embedded: boolean;
}

export function Canvas({ graph: whole, depth, deepen, embedded }: Shown) {
  const frame = useRef<HTMLDivElement>(null);
  const [withTests, setWithTests] = useState(false);
  const graph = useMemo(() => (withTests ? whole : foldTests(whole)), [whole, withTests]);
  const drawn = useMemo(() => plan(graph), [graph]);
  const cards = useMemo(() => cardsOf(graph, drawn), [graph, drawn]);
  const lines = useMemo(() => linesOf(graph, drawn), [graph, drawn]);
  const [words, setWords] = useState("");
  const found = useMemo(() => matches(graph, words), [graph, words]);
  const [at, setAt] = useState<string | null>(null);
  const ways = useMemo(() => ({ up: neighbours(graph.edges, "up"), down: neighbours(graph.edges, "down") }), [graph]);
  const view = useView(frame, graph, drawn);

  useEffect(() => {
    const reached = at === null ? null : { up: reach(at, ways.up), down: reach(at, ways.down) };
    if (frame.current) light(frame.current, graph.edges, reached, words.trim() === "" ? null : found);
  }, [graph, at, ways, words, found]);

  // The same functions each time: new ones would render every card anew.
  const enter = useCallback((_: unknown, { id }: CardNode) => setAt(id), []);
  const leave = useCallback(() => setAt(null), []);
  const onFocus = ({ target }: FocusEvent<HTMLElement>) => {
    if (target.dataset.id === undefined || !target.matches(":focus-visible")) return;
    setAt(target.dataset.id);
    view.bringIn(target.dataset.id);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const id = event.target instanceof HTMLElement ? event.target.dataset.id : undefined;
    const to = id === undefined ? null : step(event.key, id, ways, drawn.places);
    if (to === null) return;
    event.preventDefault();
    focusCard(frame.current, to);
  };

  return (
    <div ref={frame} className="canvas" onFocus={onFocus} onBlur={leave} onKeyDown={onKeyDown}>
      <ReactFlow<CardNode, LineEdge>
        nodes={cards}
        edges={lines}
        nodeTypes={CARDS}
        edgeTypes={LINES}
        nodesDraggable={false}
        nodesConnectable={false}
        nodesFocusable={false}
        edgesFocusable={false}
        elementsSelectable={false}
        minZoom={0.05}
        maxZoom={2}
        preventScrolling={!embedded}
        zoomOnScroll={!embedded}
        onNodeMouseEnter={enter}
        onNodeMouseLeave={leave}
        deleteKeyCode={null}
        selectionKeyCode={null}
        proOptions={UNSIGNED}
      >
        <Controls position="top-right" orientation="horizontal" showInteractive={false} fitViewOptions={FITTED} />
        {graph.nodes.length > MANY && !embedded && <Overview whole={box(drawn.places.values())} />}
        <Tools
          graph={graph}
          depth={depth}
          deepen={deepen}
          words={words}
          find={setWords}
          go={() => focusCard(frame.current, [...found][0])}
          tests={whole.nodes.some(({ test }) => test) ? { shown: withTests, show: setWithTests } : null}
        />
      </ReactFlow>
    </div>
  );
}

/** The whole graph, small, while a part of it is out of sight. */
function Overview({ whole }: { whole: ReturnType<typeof box> }) {
  const hidden = useStore(({ transform: [x, y, zoom], width, height }) => {
    const [left, top] = [whole.left * zoom + x, whole.top * zoom + y];
    const [right, bottom] = [whole.right * zoom + x, whole.bottom * zoom + y];
    return left < 0 || top < 0 || right > width || bottom > height;
  });
  return hidden ? <MiniMap pannable zoomable nodeClassName={classOf} ariaLabel="The whole graph, small" /> : null;
}

function cardsOf(graph: Graph, { places }: Plan): CardNode[] {
  // Where most of it was asked for, a mark on everything would mark nothing.
  const centres = new Set(graph.centres.length <= Math.max(1, graph.nodes.length / 3) ? graph.centres : []);
  return graph.nodes.map((thing) => ({
    id: thing.id,
    type: "card",
    position: places.get(thing.id) ?? { x: 0, y: 0 },
    width: WIDTH,
    height: HEIGHT,
    data: { thing },
    className: [thing.job ? "job" : "dataset", thing.state === "FAILED" || thing.tests?.failed ? "failed" : "", centres.has(thing.id) ? "centre" : ""].join(" "),
  }));
}

function linesOf(graph: Graph, { passes }: Plan): LineEdge[] {
  return graph.edges.map(([source, target]) => {
    const id = edgeId(source, target);
    return { id, type: "line", source, target, focusable: false, data: { passes: passes.get(id) ?? [] } };
  });
}

function classOf(card: CardNode): string {
  return card.className ?? "";
}

function focusCard(frame: HTMLElement | null, id: string | undefined): void {
  if (frame === null || id === undefined) return;
  const card = [...frame.querySelectorAll<HTMLElement>("a.card")].find((a) => a.dataset.id === id);
  card?.focus({ preventScroll: true });
}

/** Moves the view: at first to the whole graph or, where that is too small to read, to what was asked for; later to a focused card. */
function useView(frame: RefObject<HTMLDivElement | null>, graph: Graph, { places }: Plan) {
  const flow = useReactFlow();
  const show = useCallback(async () => {
    await flow.fitView(FITTED);
    const seen = frame.current?.getBoundingClientRect();
    if (flow.getZoom() >= READABLE || !seen) return;
    const wanted = box(graph.centres.flatMap((id) => places.get(id) ?? []));
    const whole = box(places.values());
    const { x, y } = viewpoint(wanted, { ...whole, bottom: whole.bottom + SMALL / CLOSE }, seen.width / CLOSE - TOP, (seen.height - TOP) / CLOSE - TOP);
    await flow.setCenter(x, y - TOP / 2 / CLOSE, { zoom: CLOSE });
  }, [flow, frame, graph, places]);
  useEffect(() => {
    const soon = requestAnimationFrame(() => void show());
    return () => cancelAnimationFrame(soon);
  }, [show]);

  const bringIn = (id: string) => {
    const corner = places.get(id);
    const seen = frame.current?.getBoundingClientRect();
    if (!corner || !seen) return;
    const middle = { x: corner.x + WIDTH / 2, y: corner.y + HEIGHT / 2 };
    if (!isInside(flow.flowToScreenPosition(middle), seen)) void flow.setCenter(middle.x, middle.y, { zoom: flow.getZoom() });
  };
  return { bringIn };
}

function isInside({ x, y }: Place, { left, right, top, bottom }: DOMRect): boolean {
  return x > left + WIDTH / 2 && x < right - WIDTH / 2 && y > top + TOP + HEIGHT / 2 && y < bottom - HEIGHT / 2;
}
