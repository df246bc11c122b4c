// Addresses of the pages, and moving between them without loading the page anew (the live stream goes on).

import { signal } from "@preact/signals";

export type Route =
  | { page: "ward" }
  | { page: "patient"; id: string }
  | { page: "people" }
  | { page: "correct"; association: string }
  | { page: "letter"; id: string }
  | { page: "sources" }
  | { page: "alarms" }
  | { page: "patient-limits"; id: string }
  | { page: "profile-limits"; profile: "adult" | "paediatric" | "neonate" }
  | { page: "refused" }
  | { page: "audit" }
  | { page: "delivery" }
  | { page: "unknown" };

export function routeOf(path: string): Route {
  const [first, second, ...rest] = path.split("/").filter((part) => part !== "");
  if (first === "people" && second === "correct" && rest.length === 1) return { page: "correct", association: rest[0]! };
  if (first === "alarms" && rest.length === 1) return limitsRoute(second!, rest[0]!);
  if (rest.length > 0) return { page: "unknown" };
  if (first === undefined) return { page: "ward" };
  if (first === "patients" && second !== undefined) return patient(second);
  if (first === "delivery" && second !== undefined) return { page: "letter", id: second };
  if (second !== undefined) return { page: "unknown" };
  if (first === "alarms") return { page: "alarms" };
  if (first === "refused" || first === "audit" || first === "delivery" || first === "people" || first === "sources") return { page: first };
  return { page: "unknown" };
}

function patient(part: string, page: "patient" | "patient-limits" = "patient"): Route {
  try {
    return { page, id: decodeURIComponent(part) };
  } catch {
    return { page: "unknown" };
  }
}

function limitsRoute(whose: string, name: string): Route {
  if (whose === "patients") return patient(name, "patient-limits");
  if (whose === "profiles" && (name === "adult" || name === "paediatric" || name === "neonate")) return { page: "profile-limits", profile: name };
  return { page: "unknown" };
}

export const route = signal<Route>(typeof window === "undefined" ? { page: "ward" } : routeOf(window.location.pathname));

export function go(path: string): void {
  window.history.pushState(null, "", path);
  route.value = routeOf(window.location.pathname);
  window.scrollTo(0, 0);
  // As after loading a page: the next Tab leads into its content, and screen readers begin there.
  document.getElementById("main")?.focus({ preventScroll: true });
}

export function watchRoute(): void {
  window.addEventListener("popstate", () => (route.value = routeOf(window.location.pathname)));
  document.addEventListener("click", (event) => {
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) return;
    const anchor = (event.target as Element | null)?.closest("a[href]");
    if (!(anchor instanceof HTMLAnchorElement) || anchor.origin !== window.location.origin) return;
    if (anchor.hasAttribute("download") || anchor.target !== "") return;
    event.preventDefault();
    go(anchor.pathname);
  });
}
