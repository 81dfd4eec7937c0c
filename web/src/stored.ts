// The theme that somebody chose, kept in the browser. Where it keeps nothing (blocked storage throws), the system's theme holds.

export type Theme = "light" | "dark";

const KEY = "clew-theme";

export function storedTheme(): Theme | null {
  try {
    const found = localStorage.getItem(KEY);
    return found === "light" || found === "dark" ? found : null;
  } catch {
    return null;
  }
}

export function storeTheme(theme: Theme): void {
  try {
    localStorage.setItem(KEY, theme);
  } catch {
    // This page still has it; the next one asks the system again.
  }
}
