// The application that shows these pages in a frame, where one does. It is of the same origin: its routes are what serves us there.
import type { Theme } from "./stored";

/** Returns the document around this one; null where there is none, or it is a stranger's. */
function around(): Document | null {
  try {
    return parent === self ? null : parent.document;
  } catch {
    return null;
  }
}

/** Returns the theme around this page, as Airflow writes it (a class of its root). */
export function themeAround(): Theme | null {
  const classes = around()?.documentElement.classList;
  return classes?.contains("dark") ? "dark" : classes?.contains("light") ? "light" : null;
}

/** Calls back when the theme around this page may have changed. */
export function onThemeAround(tell: () => void): void {
  const root = around()?.documentElement;
  if (root) new MutationObserver(tell).observe(root, { attributeFilter: ["class"] });
}

/** Lets the document around follow links that leave the frame: a frame's sandbox lets it neither open windows nor lead the page away. */
export function leaveThroughAround(event: MouseEvent): void {
  const link = event.target instanceof Element ? event.target.closest<HTMLAnchorElement>("a[target]") : null;
  const outer = around();
  if (link === null || outer === null) return;
  event.preventDefault();
  const same = outer.createElement("a");
  same.href = link.href;
  same.target = link.target;
  same.rel = link.rel;
  same.click();
}
