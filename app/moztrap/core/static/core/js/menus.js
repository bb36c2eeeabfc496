/* Menus and choices that open over the page close again: on Escape, on a click elsewhere,
   and when another one opens. Without this file they stay open until they are pressed.
   Filters are folded on narrow screens. Without this file they are open everywhere. */
(() => {
  "use strict";

  const KINDS = "details.pick, details.menu, details.account-menu";
  const open = () => [...document.querySelectorAll(KINDS)].filter((each) => each.open);

  document.addEventListener("click", (event) => {
    for (const each of open()) {
      if (!each.contains(event.target)) {
        each.open = false;
      }
    }
  });

  document.addEventListener("focusin", (event) => {
    for (const each of open()) {
      if (!each.contains(event.target)) {
        each.open = false;
      }
    }
  });

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") {
      return;
    }
    for (const each of open()) {
      each.open = false;
      if (each.contains(document.activeElement)) {
        each.querySelector("summary").focus();
      }
    }
  });

  // On a narrow screen filters would fill it before anything of the list can be seen.
  const narrow = matchMedia("(max-width: 40rem)");
  const fold = () => {
    for (const each of document.querySelectorAll("[data-fold]")) {
      each.open = !narrow.matches;
    }
  };
  fold();
  narrow.addEventListener("change", fold);

  // On a narrow screen the tab of this page may lie beyond the edge. (scrollIntoView would
  // also have the Tab key begin there, after everything that stands above.)
  const current = document.querySelector(".tabs [aria-current]");
  const tabs = current?.closest("ul");
  if (tabs) {
    const [inner, outer] = [current, tabs].map((each) => each.getBoundingClientRect());
    tabs.scrollLeft += inner.left - outer.left - (outer.width - inner.width) / 2;
  }

  // What was ticked stands in the closed field before the form is sent.
  document.addEventListener("change", (event) => {
    const pick = event.target.closest("details.pick");
    const chosen = pick?.querySelector(".pick__chosen");
    if (!chosen || event.target.type !== "checkbox") {
      return;
    }
    const names = [...pick.querySelectorAll("input:checked")].map((box) =>
      box.closest("label").textContent.trim(),
    );
    chosen.textContent = names.join(", ") || "Any";
  });
})();
