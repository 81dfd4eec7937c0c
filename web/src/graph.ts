// The graph as the server gives it, and questions to it.

export type State = "NEW" | "RUNNING" | "COMPLETED" | "FAILED" | "ABORTED";

export interface Thing {
  id: string;
  job: boolean;
  /** A job that only looks at data, to say whether it is as expected. */
  test: boolean;
  name: string;
  title: string;
  namespace: string;
  integration: string | null;
  type: string | null;
  state: State | null;
  at: string | null;
  when: string | null;
  columns: number | null;
  /** Null where the reader may not see the page. */
  href: string | null;
  run: string | null;
}

/** A node with what the tests said that are not drawn for themselves. */
export interface Tested extends Thing {
  tests?: { all: number; failed: number };
}

export type Edge = readonly [origin: string, destination: string];

export interface Graph {
  nodes: Tested[];
  edges: Edge[];
  /** What was asked for: one node, or the parts of a job that has no datasets of its own. */
  centres: string[];
  /** How many nodes there are beyond these, farther away than they are. */
  left: number;
}

export function edgeId(origin: string, destination: string): string {
  return `${origin} → ${destination}`;
}

export type Neighbours = ReadonlyMap<string, readonly string[]>;

/** Lists the nodes next to each node, along the edges or against them. */
export function neighbours(edges: readonly Edge[], direction: "down" | "up"): Neighbours {
  const found = new Map<string, string[]>();
  for (const [origin, destination] of edges) {
    const [from, to] = direction === "down" ? [origin, destination] : [destination, origin];
    const known = found.get(from);
    if (known) known.push(to);
    else found.set(from, [to]);
  }
  return found;
}

/** Walks from a node as far as it goes; the node itself is in the answer. */
export function reach(start: string, next: Neighbours): Set<string> {
  const seen = new Set([start]);
  const open = [start];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    for (const to of next.get(at) ?? []) {
      if (!seen.has(to)) {
        seen.add(to);
        open.push(to);
      }
    }
  }
  return seen;
}

/** Finds nodes by a part of their namespace or name. */
export function matches(graph: Graph, words: string): Set<string> {
  const wanted = words.trim().toLowerCase();
  if (wanted === "") return new Set();
  return new Set(graph.nodes.filter(({ name, namespace }) => `${namespace} ${name}`.toLowerCase().includes(wanted)).map(({ id }) => id));
}

/** Says how much a graph holds. */
export function tally({ nodes, left }: Graph): string {
  const jobs = nodes.filter(({ job }) => job).length;
  const failed = nodes.filter(({ state }) => state === "FAILED").length;
  const many = (count: number, noun: string) => `${count} ${noun}${count === 1 ? "" : "s"}`;
  return [many(jobs, "job"), many(nodes.length - jobs, "dataset"), ...(failed > 0 ? [`${failed} failed`] : []), ...(left > 0 ? [`${left} farther away are not drawn`] : [])].join(" · ");
}

/** Draws tests as a tally on what they look at; a test that was asked for stays, and so does one that writes. */
export function foldTests(graph: Graph): Graph {
  const writers = new Set(graph.edges.map(([origin]) => origin));
  const folded = new Map(graph.nodes.filter((n) => n.test && !writers.has(n.id) && !isAskedFor(graph, n)).map((n) => [n.id, n]));
  const tests = new Map<string, { all: number; failed: number }>();
  for (const [origin, destination] of graph.edges) {
    const test = folded.get(destination);
    if (test === undefined) continue;
    const { all, failed } = tests.get(origin) ?? { all: 0, failed: 0 };
    tests.set(origin, { all: all + 1, failed: failed + (test.state === "FAILED" ? 1 : 0) });
  }
  return {
    nodes: graph.nodes.filter(({ id }) => !folded.has(id)).map((node) => ({ ...node, ...(tests.has(node.id) ? { tests: tests.get(node.id)! } : {}) })),
    edges: graph.edges.filter(([, destination]) => !folded.has(destination)),
    centres: graph.centres.filter((id) => !folded.has(id)),
    left: graph.left,
  };
}

/** Parts of a job that was asked for are many; a test alone was meant. */
function isAskedFor({ centres }: Graph, { id }: Thing): boolean {
  return centres.length === 1 && centres[0] === id;
}
