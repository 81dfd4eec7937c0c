// Where arrow keys lead in the graph.
import type { Neighbours } from "./graph";
import { WIDTH, type Place } from "./layout";

export interface Ways {
  up: Neighbours;
  down: Neighbours;
}

/** Tells where a key leads: left and right along the edges, up and down within a layer; null where it leads nowhere. */
export function step(key: string, from: string, ways: Ways, places: ReadonlyMap<string, Place>): string | null {
  const here = places.get(from);
  if (here === undefined) return null;
  const away = (id: string) => Math.abs((places.get(id)?.y ?? 0) - here.y);
  const nearest = (ids: readonly string[]) => [...ids].sort((a, b) => away(a) - away(b))[0] ?? null;
  const inLayer = (isWanted: (y: number) => boolean) =>
    [...places].filter(([, { x, y }]) => Math.abs(x - here.x) < WIDTH / 2 && isWanted(y)).map(([id]) => id);
  switch (key) {
    case "ArrowLeft":
      return nearest(ways.up.get(from) ?? []);
    case "ArrowRight":
      return nearest(ways.down.get(from) ?? []);
    case "ArrowUp":
      return nearest(inLayer((y) => y < here.y));
    case "ArrowDown":
      return nearest(inLayer((y) => y > here.y));
    default:
      return null;
  }
}
