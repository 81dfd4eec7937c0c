// What pages do beyond showing: the theme's switch, the search key, folding, copying.
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

/** Rows of a table that is a tree fold away below their parent. */
function foldRows(button: HTMLElement): void {
  const row = button.closest("tr");
  button.hidden = false;
  button.addEventListener("click", () => {
    const open = button.getAttribute("aria-expanded") !== "true";
    button.setAttribute("aria-expanded", String(open));
    const level = Number(row?.dataset.level);
    for (let next = row?.nextElementSibling; next instanceof HTMLElement && Number(next.dataset.level) > level; next = next.nextElementSibling) {
      next.hidden = !open;
      if (open) next.querySelector("[data-fold]")?.setAttribute("aria-expanded", "true");
    }
  });
}

function each<E extends HTMLElement>(selector: string, wire: (element: E) => void): void {
  document.querySelectorAll<E>(selector).forEach(wire);
}

each("[data-theme-switch]", switchTheme);
each<HTMLInputElement>("[data-search]", searchKey);
each<HTMLSelectElement | HTMLInputElement>("[data-submit]", submitOnChoice);
each("[data-copy]", copy);
each("[data-fold]", foldRows);
