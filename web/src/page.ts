// What pages do beyond showing: the theme's switch, the search key, folding, copying, staying current.
import { storeTheme, type Theme } from "./stored";

const root = document.documentElement;

function isDark(): boolean {
  return root.dataset.theme === "dark" || (root.dataset.theme === undefined && matchMedia("(prefers-color-scheme: dark)").matches);
}

function switchTheme(button: HTMLElement): void {
  const tell = () => button.setAttribute("aria-pressed", String(isDark()));
  tell();
  button.addEventListener("click", () => {
    const theme: Theme = isDark() ? "light" : "dark";
    root.dataset.theme = theme;
    storeTheme(theme);
    tell();
  });
}

/** `/` goes to the search box, as it does elsewhere. */
function searchKey(box: HTMLInputElement): void {
  addEventListener("keydown", (event) => {
    const typing = event.target instanceof HTMLElement && event.target.closest("input, textarea, select, [contenteditable]");
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      box.focus();
      box.select();
    }
  });
}

/** A choice in a filter is applied at once. */
function submitOnChoice(choice: HTMLSelectElement | HTMLInputElement): void {
  choice.addEventListener("change", () => choice.form?.requestSubmit());
}

function copy(button: HTMLElement): void {
  button.hidden = !("clipboard" in navigator);
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(button.dataset.copy ?? "");
    button.classList.add("done");
    setTimeout(() => button.classList.remove("done"), 1500);
  });
}

/** Rows of a table that is a tree fold away below their parent; tests fold below their own line and stay so when a parent is opened. */
function foldRows(button: HTMLElement): void {
  button.hidden = false;
  button.addEventListener("click", () => {
    const row = button.closest("tr");
    const open = button.getAttribute("aria-expanded") !== "true";
    button.setAttribute("aria-expanded", String(open));
    button.closest("main")?.setAttribute("data-touched", "");
    const isOfTests = row?.querySelector(".summary") !== null;
    for (const below of rowsBelow(row)) below.toggleAttribute(isOfTests ? "data-folded" : "hidden", !open);
  });
}

function* rowsBelow(row: HTMLElement | null): Generator<HTMLElement> {
  const level = Number(row?.dataset.level);
  for (let next = row?.nextElementSibling; next instanceof HTMLElement && Number(next.dataset.level) > level; next = next.nextElementSibling) {
    yield next;
  }
}

/**
 * Reads the page again from time to time, unless somebody is busy in it.
 *
 * A backend that is slow is asked more seldom: a page costs it at most a twentieth of its time.
 */
function stayCurrent(main: HTMLElement): void {
  const busy = () => document.hidden || main.contains(document.activeElement) || main.dataset.touched !== undefined;
  const later = (took: number) => setTimeout(again, Math.max(Number(main.dataset.live) * 1000, took * 20));
  async function again(): Promise<void> {
    if (busy()) return void later(0);
    const began = performance.now();
    try {
      const answer = await fetch(location.href);
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("main");
      if (answer.ok && fresh && !busy()) {
        main.replaceChildren(...fresh.childNodes);
        main.className = fresh.className;
        main.dataset.live = fresh.dataset.live ?? "30";
        wire(main);
      }
    } catch {
      // The server is away for now. What is shown stays, and the next time may be better.
    }
    later(performance.now() - began);
  }
  later(0);
}

function wire(within: ParentNode): void {
  const each = <E extends HTMLElement>(selector: string, one: (element: E) => void) => within.querySelectorAll<E>(selector).forEach(one);
  each<HTMLSelectElement | HTMLInputElement>("[data-submit]", submitOnChoice);
  each("[data-copy]", copy);
  each("[data-fold]", foldRows);
}

wire(document);
document.querySelectorAll<HTMLElement>("[data-theme-switch]").forEach(switchTheme);
document.querySelectorAll<HTMLInputElement>("[data-search]").forEach(searchKey);
document.querySelectorAll<HTMLElement>("main[data-live]").forEach(stayCurrent);
