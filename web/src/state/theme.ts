// Light or dark: as the system says, which at night is dark, until somebody chooses otherwise on this computer.

import { computed, effect, signal } from "@preact/signals";

export type Choice = "auto" | "light" | "dark";

const KEY = "medseal-theme";
const system = window.matchMedia("(prefers-color-scheme: light)");
const systemIsLight = signal(system.matches);

function kept(): Choice {
  try {
    const word = window.localStorage.getItem(KEY);
    return word === "light" || word === "dark" ? word : "auto";
  } catch {
    return "auto";
  }
}

export const choice = signal<Choice>(kept());
export const theme = computed(() => (choice.value === "auto" ? (systemIsLight.value ? "light" : "dark") : choice.value));

/** Shows the theme and follows the system. */
export function watchTheme(): void {
  system.addEventListener("change", (event) => (systemIsLight.value = event.matches));
  effect(() => {
    document.documentElement.dataset["theme"] = theme.value;
    document.querySelector('meta[name="theme-color"]')?.setAttribute("content", theme.value === "light" ? "#f1f4f7" : "#07090c");
  });
}

/** Auto, then the other than the system's, then the system's own on purpose, then auto again. */
export function nextTheme(): void {
  const other = systemIsLight.peek() ? "dark" : "light";
  const order: Choice[] = ["auto", other, other === "dark" ? "light" : "dark"];
  choice.value = order[(order.indexOf(choice.peek()) + 1) % order.length]!;
  try {
    window.localStorage.setItem(KEY, choice.peek());
  } catch {
    // Without storage the choice lasts as long as the page.
  }
}
