// A job or a dataset as a card of the graph.
import { Handle, Position, type Node, type NodeProps } from "@xyflow/react";
import { memo } from "react";
import { fit } from "./fit";
import type { State, Tested } from "./graph";
import { WIDTH } from "./layout";

const ROOM = WIDTH - 2 * 13 - 26; // pixels beside the sign
const SANS = getComputedStyle(document.body).fontFamily;
const NAME = `600 13px ${SANS}`;
const ABOUT = `11.5px ${SANS}`;

export type CardNode = Node<{ thing: Tested }, "card">;

const STATES: Record<State, { text: string; path: string }> = {
  COMPLETED: { text: "Completed", path: "M4.5 8.3 7 10.8 11.5 5.6" },
  FAILED: { text: "Failed", path: "M5.2 5.2l5.6 5.6M10.8 5.2l-5.6 5.6" },
  RUNNING: { text: "Running", path: "M6.3 5.1v5.8L11 8z" },
  ABORTED: { text: "Aborted", path: "M5.6 5.6h4.8v4.8H5.6z" },
  NEW: { text: "New", path: "M8 5v3.2l2 1.6" },
};

const INTEGRATIONS: Record<string, string> = { AIRFLOW: "Airflow", DBT: "dbt", SPARK: "Spark", FLINK: "Flink" };

export function integration(name: string): string {
  return INTEGRATIONS[name.toUpperCase()] ?? name;
}

function StateMark({ state }: { state: State }) {
  const { text, path } = STATES[state];
  return (
    <span className={`state state-${state.toLowerCase()}`}>
      <svg viewBox="0 0 16 16" width="14" height="14" aria-hidden="true">
        <circle cx="8" cy="8" r="7.2" />
        <path d={path} />
      </svg>
      {text}
    </span>
  );
}

function TestTally({ all, failed }: { all: number; failed: number }) {
  return <span className={`state state-${failed > 0 ? "failed" : "completed"}`}>{failed > 0 ? `✕ ${failed} of ${all} tests` : `✓ ${all} ${all === 1 ? "test" : "tests"}`}</span>;
}

function describe(thing: Tested): string {
  const parts = [thing.job ? "Job" : "Dataset", thing.name, `in ${thing.namespace}`];
  if (thing.job) parts.push(thing.state ? STATES[thing.state].text.toLowerCase() : "no run yet");
  if (thing.tests) parts.push(`${thing.tests.failed} of ${thing.tests.all} tests failed`);
  if (thing.when) parts.push(thing.when);
  return parts.join(", ");
}

function title(thing: Tested): string {
  return [thing.name, thing.namespace, thing.when && `last run ${thing.when}`].filter(Boolean).join("\n");
}

export const Card = memo(function Card({ data: { thing } }: NodeProps<CardNode>) {
  return (
    <>
      <Handle type="target" position={Position.Left} isConnectable={false} />
      <a className="card" href={thing.href ?? undefined} title={title(thing)} aria-label={describe(thing)} data-id={thing.id} draggable={false}>
        <svg className="sort" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
          {thing.job ? (
            <path d="M8 1.8v2M8 12.2v2M1.8 8h2M12.2 8h2M3.6 3.6 5 5M11 11l1.4 1.4M12.4 3.6 11 5M5 11l-1.4 1.4M10.6 8a2.6 2.6 0 1 1-5.2 0 2.6 2.6 0 0 1 5.2 0z" />
          ) : (
            <path d="M2.5 4c0-1.2 2.4-2 5.5-2s5.5.8 5.5 2-2.4 2-5.5 2-5.5-.8-5.5-2v8c0 1.2 2.4 2 5.5 2s5.5-.8 5.5-2V4M2.5 8c0 1.2 2.4 2 5.5 2s5.5-.8 5.5-2" />
          )}
        </svg>
        <span className="name">{fit(thing.title, ROOM, NAME)}</span>
        <span className="about">
          {thing.job ? (
            <>
              {thing.state ? <StateMark state={thing.state} /> : <span className="state">No run yet</span>}
              {thing.integration && (
                <span className={`badge badge-${thing.integration.toLowerCase().replace(/[^a-z]/g, "")}`}>
                  {integration(thing.integration)}
                  {thing.type && ` ${thing.type.toLowerCase()}`}
                </span>
              )}
            </>
          ) : (
            <>
              <span className="space">{fit(thing.namespace, thing.tests ? ROOM - 84 : thing.columns ? ROOM - 52 : ROOM, ABOUT)}</span>
              {thing.tests ? <TestTally {...thing.tests} /> : thing.columns ? <span className="columns">{`${thing.columns} ${thing.columns === 1 ? "col" : "cols"}`}</span> : null}
            </>
          )}
        </span>
      </a>
      <Handle type="source" position={Position.Right} isConnectable={false} />
    </>
  );
});
