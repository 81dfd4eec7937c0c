// What stands above the graph: how far it goes, finding in it, and how much it shows.
import { Panel } from "@xyflow/react";
import { tally, type Graph } from "./graph";

const DEEPEST = 20; // a real Marquez goes no further

interface Given {
  graph: Graph;
  depth: number;
  deepen: (to: number) => void;
  words: string;
  find: (words: string) => void;
  /** Goes to the first that was found. */
  go: () => void;
  /** Whether tests are drawn for themselves; null where there are none. */
  tests: { shown: boolean; show: (shown: boolean) => void } | null;
}

export function Tools({ graph, depth, deepen, words, find, go, tests }: Given) {
  return (
    <Panel position="top-left" className="tools">
      <fieldset className="depth">
        <legend>Depth</legend>
        <button type="button" onClick={() => deepen(depth - 1)} disabled={depth <= 1} aria-label="One job less in each direction">
          −
        </button>
        <output aria-live="polite">{depth}</output>
        <button type="button" onClick={() => deepen(depth + 1)} disabled={depth >= DEEPEST} aria-label="One job more in each direction">
          +
        </button>
      </fieldset>
      <input
        type="search"
        placeholder="Find in the graph"
        aria-label="Find in the graph"
        value={words}
        onChange={(event) => find(event.target.value)}
        onKeyDown={(event) => event.key === "Enter" && go()}
      />
      {tests && (
        <label className="tests">
          <input type="checkbox" checked={tests.shown} onChange={(event) => tests.show(event.target.checked)} /> Tests
        </label>
      )}
      <span className="tally">{tally(graph)}</span>
    </Panel>
  );
}
