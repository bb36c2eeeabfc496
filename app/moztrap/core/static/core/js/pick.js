/* Fields that choose out of many records: what fits is asked for while somebody types, and
   what is ticked stays above the search. Without this file, the button “Find” does it. */
(() => {
  "use strict";

  const WAIT_MS = 250;

  for (const field of document.querySelectorAll("[data-pick]")) {
    const search = field.querySelector("input[type=search]");
    const found = field.querySelector("[data-found]");
    const chosen = field.querySelector("[data-chosen-here]");
    const told = field.querySelector("[data-told]");
    // The value of another field decides what may be chosen here.
    const along = () =>
      field.dataset.along && search.form ? new FormData(search.form).getAll(field.dataset.along) : [];
    let timer = 0;
    let newest = 0;

    function option({ value, label }) {
      const box = document.createElement("input");
      Object.assign(box, { type: field.dataset.type, name: field.dataset.name, value });
      const text = document.createElement("span");
      text.textContent = label;
      const made = document.createElement("label");
      made.className = "pick__option";
      made.append(box, " ", text);
      return made;
    }

    function note(text) {
      const made = document.createElement("p");
      made.className = "muted";
      made.textContent = text;
      return made;
    }

    const ids = () => [...chosen.querySelectorAll("input:checked")].map((box) => box.value);

    async function look() {
      const number = ++newest;
      const url = new URL(field.dataset.url, window.location.href);
      url.searchParams.set("find", search.value);
      for (const value of along()) {
        url.searchParams.append(field.dataset.along, value);
      }
      let answer;
      try {
        const response = await fetch(url, { credentials: "same-origin" });
        if (!response.ok || response.redirected) {
          return;
        }
        answer = await response.json();
      } catch {
        // The button still finds, with a page of its own.
        return;
      }
      if (number !== newest) {
        return;
      }
      const present = ids();
      const options = answer.found.filter((each) => !present.includes(String(each.value)));
      found.replaceChildren(...options.map(option));
      if (options.length === 0) {
        found.append(note("Nothing else fits."));
      }
      if (answer.has_more) {
        found.append(note("There are more: type a part of the name."));
      }
      const count = found.querySelectorAll("input").length;
      told.textContent = count === 1 ? "1 fits." : `${count} fit.`;
    }

    search.addEventListener("input", () => {
      window.clearTimeout(timer);
      timer = window.setTimeout(look, WAIT_MS);
    });
    search.addEventListener("keydown", (event) => {
      if (event.key === "Enter") {
        event.preventDefault();
        window.clearTimeout(timer);
        look();
      }
    });
    field.querySelector("button[name=find]")?.addEventListener("click", (event) => {
      event.preventDefault();
      look();
    });
    search.form?.addEventListener("change", (event) => {
      if (field.dataset.along && event.target.name === field.dataset.along) {
        look();
      }
    });

    found.addEventListener("change", (event) => {
      const label = event.target.closest("label");
      if (!event.target.checked || !label) {
        return;
      }
      if (field.dataset.type === "radio") {
        chosen.replaceChildren();
      }
      chosen.append(label);
      event.target.focus();
      told.textContent = `Chosen: ${label.textContent.trim()}.`;
    });
  }
})();
