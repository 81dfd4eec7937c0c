// Lights up what flows into and out of a card, and what was found. Classes are set on the elements themselves: rendering hundreds
// of cards anew at each move of the mouse would make it stutter.
import { edgeId, type Edge } from "./graph";

export interface Reach {
  up: ReadonlySet<string>;
  down: ReadonlySet<string>;
}

/**
 * @param frame holds the drawn graph
 * @param reach what to light up; null lights nothing and dims nothing
 * @param found cards that a search found; null when there is none
 */
export function light(frame: HTMLElement, edges: readonly Edge[], reach: Reach | null, found: ReadonlySet<string> | null): void {
  for (const card of frame.querySelectorAll<HTMLElement>(".react-flow__node")) {
    const id = card.dataset.id ?? "";
    const lit = reach !== null && (reach.up.has(id) || reach.down.has(id));
    card.classList.toggle("lit", lit);
    card.classList.toggle("found", found?.has(id) ?? false);
    card.classList.toggle("dim", reach !== null ? !lit : found !== null && !found.has(id));
  }
  const lines = new Map([...frame.querySelectorAll<SVGElement>(".react-flow__edge")].map((line) => [line.dataset.id ?? "", line]));
  for (const [from, to] of edges) {
    const lit = reach !== null && ((reach.up.has(from) && reach.up.has(to)) || (reach.down.has(from) && reach.down.has(to)));
    const line = lines.get(edgeId(from, to));
    line?.classList.toggle("lit", lit);
    line?.classList.toggle("dim", reach !== null && !lit);
  }
}
