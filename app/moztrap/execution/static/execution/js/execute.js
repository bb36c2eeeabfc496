// Running tests without leaving the page: forms and links of a case are answered with the
// case alone, and everything has a key. Without this file the same forms and links load the
// page again. What others find meanwhile is shown by live.js.
"use strict";

(() => {
  const list = document.getElementById("cells");
  const keys = document.getElementById("keys");
  const announce = document.getElementById("announce");
  if (!list || !window.fetch) return;

  const fragment = { headers: { "X-Fragment": "1" }, credentials: "same-origin" };
  const cellOf = (node) => node && node.closest && node.closest(".cell");
  const linkOf = (cell) => cell.querySelector(".cell__link");
  const say = (text) => { announce.textContent = text; };

  function replace(cell, html) {
    const template = document.createElement("template");
    template.innerHTML = html;
    const fresh = template.content.querySelector(".cell");
    if (!fresh) return null;
    cell.replaceWith(fresh);
    return fresh;
  }

  // An answer that is no case is a login page or an error: then the page says it better.
  async function load(cell, url, options) {
    let answer;
    try {
      answer = await fetch(url, { ...fragment, ...options });
    } catch {
      say("The site does not answer. Nothing was recorded.");
      window.alert("The site does not answer. Nothing was recorded; please try again.");
      return null;
    }
    const fresh = (answer.ok || answer.status === 422) && !answer.redirected
      ? replace(cell, await answer.text())
      : null;
    if (!fresh) window.location.assign(cell.dataset.url);
    return fresh && { cell: fresh, ok: answer.ok };
  }

  async function toggle(cell, wanted) {
    const isOpen = cell.classList.contains("cell--open");
    if (wanted === isOpen) return cell;
    const url = new URL(cell.dataset.url, window.location.href);
    url.searchParams.set("back", window.location.search.slice(1));
    if (isOpen) url.searchParams.set("closed", "1");
    const loaded = await load(cell, url);
    if (!loaded) return null;
    linkOf(loaded.cell).focus();
    return loaded.cell;
  }

  async function send(form, submitter) {
    const cell = cellOf(form);
    const data = new FormData(form);
    if (submitter && submitter.name) data.append(submitter.name, submitter.value);
    cell.setAttribute("aria-busy", "true");
    const loaded = await load(cell, form.action, { method: "POST", body: data });
    if (!loaded) return;
    if (loaded.ok) {
      say(`${linkOf(loaded.cell).textContent}: ${loaded.cell.dataset.status}`);
      linkOf(loaded.cell).focus();
      document.dispatchEvent(new CustomEvent("moztrap:recorded"));
    } else {
      const wrong = loaded.cell.querySelector(".field--wrong textarea, .field--wrong input, .form__errors");
      if (wrong) wrong.focus();
      say("Not recorded; please look at the marked fields.");
    }
  }

  list.addEventListener("submit", (event) => {
    event.preventDefault();
    send(event.target, event.submitter);
  });
  list.addEventListener("click", (event) => {
    const link = event.target.closest(".cell__link");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    toggle(cellOf(link));
  });

  // --- keys ---------------------------------------------------------------------
  const cells = () => [...list.querySelectorAll(":scope > .cell")];
  const current = () => cellOf(document.activeElement);

  function move(step, fits = () => true) {
    const all = cells();
    const from = current() ? all.indexOf(current()) : step > 0 ? -1 : all.length;
    for (let place = from + step; place >= 0 && place < all.length; place += step) {
      if (fits(all[place])) {
        linkOf(all[place]).focus();
        all[place].scrollIntoView({ block: "nearest" });
        return;
      }
    }
    say("There is none on this page.");
  }

  async function explain(key) {
    const cell = current() && await toggle(current(), true);
    if (!cell) return;
    const comment = cell.querySelector(".verdict textarea");
    if (!comment) return;
    comment.dataset.key = key;
    comment.focus();
    say("Say why, then press Control and Enter to record.");
  }

  function press(key) {
    const button = current() && current().querySelector(`button[data-key="${key}"]`);
    if (button) button.click();
  }

  async function failAt(number) {
    const cell = current() && await toggle(current(), true);
    if (!cell) return;
    const step = cell.querySelector(`input[name="step"][value="${number}"]`);
    if (!step) {
      say(`There is no step ${number}.`);
      return;
    }
    step.checked = true;
    explain("f");
  }

  const actions = {
    j: () => move(1),
    k: () => move(-1),
    n: () => move(1, (cell) => cell.dataset.status === "pending"),
    o: () => current() && toggle(current()),
    p: () => press("p"),
    r: () => press("r"),
    f: () => explain("f"),
    b: () => explain("b"),
    i: () => explain("i"),
    "?": () => keys.showModal(),
  };

  document.addEventListener("keydown", (event) => {
    const field = event.target.closest("input:not([type=radio]):not([type=checkbox]), textarea, select");
    if (field) {
      if (event.key === "Escape") {
        const cell = cellOf(field);
        if (cell) linkOf(cell).focus();
      } else if (event.key === "Enter" && event.ctrlKey && cellOf(field)) {
        event.preventDefault();
        press(field.dataset.key || "f");
      }
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || keys.open) return;
    const act = /^[1-9]$/.test(event.key) ? () => failAt(event.key) : actions[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });

  const button = document.getElementById("keys-button");
  button.hidden = false;
  button.addEventListener("click", () => keys.showModal());
})();
